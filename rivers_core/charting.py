"""Charts the course of a launched backfill: the runs that are left in each stage, and what blocks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rivers_core.pinning import PinnedRepository
from rivers_core.planning.blocking import Blocking
from rivers_core.planning.links import Links
from rivers_core.run_queue import RunQueue
from rivers_core.runner import Course
from rivers_core.states import PartitionState
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.stores import Stores

Config = Mapping[str, Mapping[str, Any]]
Ordinals = NDArray[np.int64]


def chart(
    launched: LaunchedBackfill,
    remaining: Ordinals,
    repository: PinnedRepository,
    stores: Stores,
    config: Config | None = None,
) -> Course:
    """The course of the runs whose numbers remain; `config` is used instead of the stored one, which lacks secrets."""
    plan, owner = launched.plan, launched.backfill_id
    assert plan is not None
    assert owner is not None
    planned = {name: stage.definition for stage in launched.stages for name in stage.assets}
    links = Links(repository.spec, {**repository.definitions, **planned})
    stages = []
    for place in range(len(launched.stages)):
        queue = _queue(launched, place, remaining, plan.request.config if config is None else config)
        if queue:
            stages.append((queue, _blocking(launched, place, repository, links, stores)))
    return Course(owner, tuple(stages), repository.grids_for(launched.stages), plan.request.failure_policy)


def _queue(launched: LaunchedBackfill, place: int, remaining: Ordinals, config: Config) -> RunQueue:
    assert launched.plan is not None
    stage, request = launched.stages[place], launched.plan.request
    first = launched.first_run + sum(before.num_runs for before in launched.stages[:place])
    return RunQueue(
        stage,
        first,
        remaining[(remaining >= first) & (remaining < first + stage.num_runs)],
        backfill_id=launched.backfill_id,
        config=config,
        tags=request.tags,
        retry=request.retry,
    )


def _blocking(
    launched: LaunchedBackfill, place: int, repository: PinnedRepository, links: Links, stores: Stores
) -> Callable[[], Blocking]:
    """A look at what failed in the earlier stages, to be taken when they are over."""
    earlier = launched.stages[:place]
    planned = {name: stage.definition for stage in earlier for name in stage.assets}

    def failed_of(asset: str) -> Ordinals:
        stored = stores.states.snapshot(asset, planned[asset], ("attempt", "attempt_run"))
        runs = stored.columns["attempt_run"]
        here = (runs >= launched.first_run) & (runs < launched.first_run + launched.num_runs)
        return np.flatnonzero(here & (stored.columns["attempt"] == PartitionState.FAILED)).astype(np.int64)

    return lambda: Blocking.of(launched.stages[place], earlier, repository.spec, links, failed_of)
