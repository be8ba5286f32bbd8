"""The questions about backfills, runs and partitions that the engine answers from what is stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rivers_core.board import Board, StateSnapshot
from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.asked import of_subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.selection import downstream_of, upstream_of
from rivers_core.planning.staleness import StaleCause
from rivers_core.records import (
    BackfillRecord,
    FailedPartition,
    LogRecord,
    PartitionRecord,
    RunOutput,
    RunRecord,
    StepRecord,
    parse_run_id,
)
from rivers_core.reruns import RERUN_TAG
from rivers_core.states import BackfillState, PartitionState, RunState
from rivers_core.storage.stores import Stores

_PAGE = 1_000
_FINAL = tuple(state for state in BackfillState if state.is_final)
_ENDS = (PartitionState.COMPLETED, PartitionState.FAILED, PartitionState.CANCELED)


class Looking(ABC):
    """What only looks and changes nothing. Raises UnknownBackfillError, AssetNotFoundError, StorageError."""

    _stores: Stores
    _board: Board

    @abstractmethod
    def _repository(self) -> PinnedRepository:
        """The code as it is loaded, its definitions pinned to about now."""

    # Assets

    def definition(self, asset: str) -> PartitionsDefinition | None:
        """The asset's partitions up to now, None without any; AssetNotFoundError."""
        return self._repository().definition(asset)

    def upstream(self, asset: str) -> tuple[str, ...]:
        """Everything the asset is made from, in dependency order."""
        repository = self._repository()
        return upstream_of(repository.spec, [repository.asset(asset).name])

    def downstream(self, asset: str) -> tuple[str, ...]:
        """Everything that is made from the asset, in dependency order."""
        repository = self._repository()
        return downstream_of(repository.spec, [repository.asset(asset).name])

    def get_dynamic_partitions(self, name: str) -> list[str]:
        """The keys of the dynamic partitions of that name, in the order in which they were added."""
        return list(self._stores.dynamic.keys(name))

    # Partitions

    def states(self, asset: str) -> StateSnapshot:
        """What every cell of an asset shows."""
        self._repository()
        return self._board.snapshot(asset)

    def asset_counts(self) -> dict[str, dict[PartitionState, int]]:
        """For every asset how many cells show which state; an asset without partitions has one cell."""
        counts = {}
        for asset in self._repository().spec.assets:
            found = np.bincount(self._board.snapshot(asset.name).states, minlength=len(PartitionState))
            counts[asset.name] = {PartitionState(state): int(count) for state, count in enumerate(found) if count}
        return counts

    def last_materialized(self) -> dict[str, float | None]:
        """For every asset when something was last stored for it, in seconds since the epoch."""
        repository = self._repository()
        return {name: self._last_materialized(name, repository) for name in repository.definitions}

    def partition(self, asset: str, ordinal: int) -> PartitionRecord:
        """Both halves of one partition's state; `ordinal` is -1 for an asset without partitions.

        Raises `PartitionValidationError` if there is no such partition, as after keys were deleted.
        """
        definition = self._repository().definition(asset)
        size = definition.size() if definition is not None else 0
        if not (0 <= ordinal < size or (definition is None and ordinal == -1)):
            raise PartitionValidationError(f"{asset} has no partition {ordinal + 1:,} any more: there are {size:,}.")
        record = self._stores.runs.partition(asset, definition, ordinal)
        return replace(record, state=self._board.state_of(asset, max(ordinal, 0)))

    def stale_causes(self, asset: str) -> tuple[StaleCause, ...]:
        """Why partitions of an asset are stale: other code, or upstream assets whose data changed, with counts."""
        self._repository().asset(asset)
        return self._board.stale_causes(asset)

    def unfitting(self, asset: str) -> list[str]:
        """The keys with a stored state that the asset's definition no longer has."""
        definition = self._repository().definition(asset)
        return [orphan.key for orphan in self._stores.states.orphans(asset, definition)]

    # Backfills

    def backfills(
        self,
        *,
        states: Collection[BackfillState] | None = None,
        asset: str | None = None,
        text: str | None = None,
        tag: str | tuple[str, str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[BackfillRecord]:
        """Newest first; `since` and `until` bound when they were created, `tag` is a name or a name and a value."""
        page = self._stores.backfills.list(
            states=states or (),
            asset=asset,
            text=text or "",
            tag=tag,
            since=since,
            until=until,
            limit=limit,
            offset=offset,
        )
        return list(page.records)

    def count_backfills(
        self,
        *,
        states: Collection[BackfillState] | None = None,
        asset: str | None = None,
        text: str | None = None,
        tag: str | tuple[str, str] | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> int:
        """How many backfills `backfills` would list with no limit."""
        page = self._stores.backfills.list(
            states=states or (), asset=asset, text=text or "", tag=tag, since=since, until=until, limit=0
        )
        return page.total

    def backfills_ended_before(self, moment: float) -> list[BackfillRecord]:
        """All backfills that ended before a moment, in seconds since the epoch; newest first."""
        found: list[BackfillRecord] = []
        while page := self.backfills(states=_FINAL, until=moment, limit=_PAGE, offset=len(found)):
            found += page
        return [record for record in found if record.ended is not None and record.ended < moment]

    def backfill(self, backfill_id: str) -> BackfillRecord:
        return self._stores.backfills.record(backfill_id)

    def plan_of(self, backfill_id: str) -> BackfillPlan:
        """The plan that was launched."""
        return self._stores.backfills.load_plan(backfill_id)

    def warnings_of(self, backfill_id: str) -> tuple[str, ...]:
        """What deserved a look while the backfill ran."""
        return self._stores.backfills.warnings(backfill_id)

    def reruns_of(self, backfill_id: str) -> list[BackfillRecord]:
        """The backfills that ran partitions of this one again, newest first."""
        return self.backfills(tag=(RERUN_TAG, backfill_id))

    def backfill_states(self, backfill_id: str) -> list[tuple[Stage, NDArray[np.uint8]]]:
        """Each stage with what became of its partitions in this backfill, aligned with the stage's ordinals.

        A stage of assets without partitions has one state.
        """
        launched = self._stores.backfills.launched(backfill_id)
        shown = [np.full(stage.num_partitions, PartitionState.QUEUED, dtype=np.uint8) for stage in launched.stages]
        for state in _ENDS:
            subsets = self._stores.backfills.outcome_subsets(backfill_id, (state,))
            for stage, cells, subset in zip(launched.stages, shown, subsets, strict=True):
                cells[_within(stage, subset)] = state
        for run in self._stores.runs.runs(backfill_id, state=RunState.RUNNING, limit=10_000).records:
            place, index = launched.place_of(parse_run_id(run.run_id))
            stage = launched.stages[place]
            bounds = slice(int(stage.bounds[index]), int(stage.bounds[index + 1]))
            shown[place][bounds if stage.definition is not None else slice(None)] = PartitionState.RUNNING
        return list(zip(launched.stages, shown, strict=True))

    # Runs

    def runs(
        self,
        *,
        backfill_id: str | None = None,
        state: RunState | None = None,
        asset: str | None = None,
        failed: bool = False,
        text: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[RunRecord]:
        """Of one backfill in the plan's order, with those that are still queued; else newest first.

        `failed`: only runs in which a partition failed. `text`: only runs with each of its words in their id, that of
        their backfill, what they raised or the key of a partition. Both leave out runs that have not started.
        """
        page = self._stores.runs.runs(
            backfill_id, state=state, asset=asset, failed=failed, text=text or "", limit=limit, offset=offset
        )
        return list(page.records)

    def count_runs(
        self,
        *,
        backfill_id: str | None = None,
        state: RunState | None = None,
        asset: str | None = None,
        failed: bool = False,
        text: str | None = None,
    ) -> int:
        """How many runs `runs` would list with no limit."""
        page = self._stores.runs.runs(backfill_id, state=state, asset=asset, failed=failed, text=text or "", limit=0)
        return page.total

    def run_record(self, run_id: str) -> RunRecord:
        return self._stores.runs.record(run_id)

    def steps(self, run_id: str) -> list[StepRecord]:
        """The steps of a run, in the order in which they ended."""
        return list(self._stores.runs.steps(run_id))

    def logs(self, run_id: str, *, after: int = -1, limit: int = 5_000) -> list[LogRecord]:
        """The lines with a number above `after`; where lines were left out, a line says how many."""
        return list(self._stores.logs.lines(parse_run_id(run_id), after=after, limit=limit))

    def backfill_logs(self, backfill_id: str, *, limit: int = 5_000) -> list[LogRecord]:
        """The last lines of all runs of a backfill, the oldest of them first."""
        record = self._stores.backfills.record(backfill_id)
        stop = record.first_run + record.num_runs
        return list(self._stores.logs.last_of_runs(record.first_run, stop, limit=limit))

    def failures(self, run_id: str) -> list[FailedPartition]:
        """The partitions of a run that failed on their own, with why."""
        run = self._stores.runs.record(run_id)
        definition = self._stores.runs.definition_of(run_id)
        return [
            FailedPartition(
                failure.asset,
                failure.ordinal,
                "" if definition is None else definition.label_at(failure.ordinal),
                failure.message,
            )
            for failure in self._stores.runs.failures(run.run_id)
        ]

    def run_outputs(self, run_id: str) -> list[RunOutput]:
        """What a run told of its outputs: metadata and data versions."""
        return list(self._stores.runs.outputs(run_id))

    def run_config(self, run_id: str) -> dict[str, object]:
        """The config overrides of a run by asset, without what is secret."""
        run = self._stores.runs.record(run_id)
        if run.backfill_id is None:
            return {}
        config = self.plan_of(run.backfill_id).request.config
        return {asset: dict(config[asset]) for asset in run.assets if asset in config}

    def _last_materialized(self, asset: str, repository: PinnedRepository) -> float | None:
        stored = self._stores.states.snapshot(asset, repository.definitions[asset], ("materialized_time",))
        newest = int(stored.columns["materialized_time"].max(initial=0))
        return newest / 1000 if newest else None


def _within(stage: Stage, subset: Subset) -> NDArray[np.bool_]:
    if stage.definition is None:
        return np.array([bool(subset)])
    return np.isin(stage.ordinals, of_subset(subset))
