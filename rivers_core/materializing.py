"""Materializes assets once, in runs of their own outside of any backfill."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from rivers_core.claims import Claims
from rivers_core.clashes import Clashes, named
from rivers_core.control import Control
from rivers_core.exceptions import ExecutionError
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.blocking import Blocking
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.recorder import Recorder
from rivers_core.records import RunRecord, format_run_id
from rivers_core.run_queue import RunQueue
from rivers_core.runner import Course, Runner
from rivers_core.states import FailurePolicy, RunState
from rivers_core.steps.task import RunOutcome
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.lease import Holder
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores
from rivers_core.workplace import Workplace

_BETWEEN_LOOKS: Final = 0.02


@dataclass(frozen=True, slots=True)
class AssetOutcome:
    """What became of one asset of a run; `error` is None when it was materialized."""

    asset: str
    error: str | None


@dataclass(frozen=True, slots=True)
class DirectRun:
    """A run outside of any backfill, with each of its assets."""

    record: RunRecord
    assets: tuple[AssetOutcome, ...]


class Materializing:
    """Runs plans in the calling thread, run after run, until one fails."""

    def __init__(self, stores: Stores, workplace: Workplace, claims: Claims, holder: Holder) -> None:
        self._stores = stores
        self._workplace = workplace
        self._claims = claims
        self._holder = holder

    def run(self, plan: BackfillPlan, repository: PinnedRepository) -> tuple[DirectRun, ...]:
        """The runs as they ended; those after a failed one are not begun."""
        ended: list[DirectRun] = []
        for stage in plan.stages:
            for alone in _one_by_one(stage):
                ended.append(self._run(alone, plan, repository))
                if any(outcome.error is not None for outcome in ended[-1].assets):
                    return tuple(ended)
        return tuple(ended)

    def _run(self, stage: Stage, plan: BackfillPlan, repository: PinnedRepository) -> DirectRun:
        request = plan.request
        launched = self._begin(stage, request.tags)
        owner = format_run_id(launched.first_run)
        queue = _queue(launched, request.config, request.tags, request.retry)
        course = Course(owner, ((queue, lambda: Blocking(())),), repository.grids_for([stage]), FailurePolicy.CONTINUE)
        self._claims.enter(owner, stage.assets)
        try:
            ending = Runner(
                course,
                make_executor=lambda: self._workplace.make_executor(""),
                recorder=Recorder(self._stores, launched),
                control=Control(1),
                claims=self._claims,
            ).run()
        except BaseException:
            self._cancel(launched)
            raise
        finally:
            self._claims.leave(owner)
        self._stores.writer.flush()
        if ending.error is not None:
            self._cancel(launched)
        record = self._stores.runs.record(launched.first_run)
        return DirectRun(record, tuple(self._outcome(name, stage, record, ending.error) for name in stage.assets))

    def _begin(self, stage: Stage, tags: Sequence[tuple[str, str]]) -> LaunchedBackfill:
        """Raises ExecutionError where another process is at the same partitions."""
        clashes = Clashes(self._stores, self._holder, lambda: (stage,))
        while True:
            clashes.look()
            launched = self._stores.runs.begin_direct(stage, self._holder, tags=tags, clashes=clashes)
            if launched is not None:
                return launched
            if clashes.with_id is not None:
                raise ExecutionError(
                    f"{', '.join(stage.assets)}: another program computes the same partitions, in "
                    f"{named(clashes.with_id)}. Wait until it has ended, or cancel it, then materialize again."
                )
            time.sleep(_BETWEEN_LOOKS)  # somebody began after the look

    def _cancel(self, launched: LaunchedBackfill) -> None:
        """The run was broken off, or never began."""
        now = time.time()
        outcome = RunOutcome(launched.first_run, RunState.CANCELED, now, now)
        self._stores.writer.put(RecordRuns(launched, outcomes=[outcome]))
        self._stores.writer.flush()

    def _outcome(self, asset: str, stage: Stage, run: RunRecord, error: str | None) -> AssetOutcome:
        if error is not None:
            return AssetOutcome(asset, error)
        for ordinal in stage.ordinals.tolist() if stage.definition is not None else [-1]:
            partition = self._stores.runs.partition(asset, stage.definition, ordinal)
            if partition.attempt_run == run.run_id and partition.attempt_state is not RunState.COMPLETED:
                reason = partition.error or run.error
                return AssetOutcome(asset, "it was canceled" if reason is None else reason.summary)
        return AssetOutcome(asset, None)


def _one_by_one(stage: Stage) -> Iterator[Stage]:
    """The stage's runs, each a stage of its own."""
    if stage.num_runs == 1:
        yield stage
        return
    for index in range(stage.num_runs):
        bounds = slice(int(stage.bounds[index]), int(stage.bounds[index + 1]))
        ordinals = stage.ordinals[bounds]
        ends = np.array([0, len(ordinals)], dtype=np.int64)
        yield replace(stage, ordinals=ordinals, bounds=ends, states=stage.states[bounds])


def _queue(
    launched: LaunchedBackfill,
    config: Mapping[str, Mapping[str, Any]],
    tags: Sequence[tuple[str, str]],
    retry: Mapping[str, Any] | None,
) -> RunQueue:
    return RunQueue(
        launched.stages[0],
        launched.first_run,
        np.array([launched.first_run], dtype=np.int64),
        backfill_id=None,
        config=config,
        tags=tuple(tags),
        retry=retry,
    )
