"""What every cell shows, kept in memory: stored and stale states, and what is queued or running over them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.cells import AssetCells, CellReader, readers
from rivers_core.courses import LONE_CELL, Courses, Touched
from rivers_core.events import (
    BackfillChanged,
    BackfillDeleted,
    BackfillEnded,
    Event,
    PartitionsChanged,
    RunsChanged,
)
from rivers_core.meanwhile import Meanwhile
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.plan import BackfillPlan
from rivers_core.planning.staleness import StaleCause
from rivers_core.planning.standing import Standing
from rivers_core.records import BackfillRecord, RunRecord
from rivers_core.states import BackfillState, PartitionState
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.state_store import StateStore

Ordinals = NDArray[np.int64]
States = NDArray[np.uint8]

_AT_REST = (BackfillState.INTERRUPTED, BackfillState.COMPLETED, BackfillState.FAILED, BackfillState.CANCELED)


@dataclass(frozen=True, slots=True, eq=False)
class StateSnapshot:
    """What all cells of an asset show at one position; changes of cells at or before it are in it already.

    `states` (uint8 PartitionState) has one element for each partition, one for an asset without partitions, whose
    definition is None and whose fingerprint "". The array is the caller's own.
    """

    asset: str
    definition: PartitionsDefinition | None
    states: States
    position: int
    fingerprint: str


class Board:
    """The displayed states of every asset that was asked for; whoever asks again is answered from memory.

    Thread-safe. It publishes what changes, in order, holding its lock: `publish` must return at once. `take_in`
    runs on the writer's thread and never waits for it; everything else may.
    """

    def __init__(self, states: StateStore, publish: Callable[[list[Event]], None]) -> None:
        self._reader = CellReader(states)
        self._publish = publish
        # Counts what was published of cells: they change by commits, and also by what other processes did and by
        # turning stale, for which the database's position does not move.
        self._position = 0
        self._repository: PinnedRepository | None = None
        self._courses = Courses()
        self._meanwhile = Meanwhile()
        self._cells: dict[str, AssetCells] = {}
        self._arriving: dict[str, list[PartitionsChanged]] = {}
        self._told: dict[str, int] = {}
        self._expected: BackfillPlan | None = None
        self._lock = threading.RLock()
        self._loading = threading.Lock()

    def use(self, repository: PinnedRepository) -> None:
        """From now on these are the assets and definitions; what changed is read anew when it is asked for."""
        with self._loading, self._lock:
            before, self._repository = self._repository, repository
            if before is None or before.spec is not repository.spec:
                self._cells.clear()
                return
            for asset in tuple(self._cells):
                if before.definitions[asset] != repository.definitions[asset]:
                    del self._cells[asset]

    # Questions

    def snapshot(self, asset: str) -> StateSnapshot:
        """What the asset's cells show now; AssetNotFoundError."""
        definition = self._known().definition(asset)
        cells = self._loaded(asset)
        with self._lock:
            shown = self._courses.look(asset, cells.fingerprint, cells.resting)
            return StateSnapshot(asset, definition, shown, self._position, cells.fingerprint)

    def state_of(self, asset: str, ordinal: int) -> PartitionState:
        """What one cell shows now."""
        cells = self._loaded(asset)
        at = np.array([ordinal], dtype=np.int64)
        with self._lock:
            return PartitionState(int(self._courses.look(asset, cells.fingerprint, cells.resting[at], at)[0]))

    def stale_causes(self, asset: str) -> tuple[StaleCause, ...]:
        """Why partitions of an asset are stale, as it is stored."""
        return self._reader.causes(asset, self._known())

    def standing(self, asset: str) -> Standing:
        """What the planner has to know of the asset's cells; AssetNotFoundError."""
        self._known().definition(asset)
        cells = self._loaded(asset)
        with self._lock:
            return Standing(self._courses.look(asset, cells.fingerprint, cells.resting), cells.has_output.copy())

    def follows(self, backfill_id: str) -> bool:
        """Whether it is known what is queued or running of this backfill."""
        with self._lock:
            return backfill_id in self._courses

    def has_told(self, record: BackfillRecord) -> bool:
        """Whether this state of a backfill, or a later one, was published already."""
        with self._lock:
            return self._told.get(record.backfill_id, -1) >= record.position

    # What happens here

    def expect(self, plan: BackfillPlan | None) -> None:
        """The plan of the backfill whose launch is told of next; None when it was not launched after all."""
        with self._lock:
            self._expected = plan

    def follow(self, launched: LaunchedBackfill, remaining: Ordinals, running: Sequence[RunRecord] = ()) -> None:
        """Show what is left of a backfill: `remaining` numbers of runs that have not ended, of which some run."""
        assert launched.backfill_id is not None
        queued = [_cells_of(launched, place, remaining) for place in range(len(launched.stages))]
        with self._lock:
            touched = self._courses.put(launched.backfill_id, launched.stages, queued)
            # The masks were built anew, so the running ones are shown in any case.
            self._publish(self._shown([*touched, *self._courses.follow(running)]))

    def forget(self, backfill_id: str) -> None:
        """Nothing of this backfill is queued or running any more."""
        with self._lock:
            self._publish(self._shown(self._courses.end(backfill_id)))

    def take_in(self, events: Sequence[Event]) -> None:
        """Publish the events of one commit as views want them: first the cells, with what they show."""
        with self._lock:
            self._note_changes(events)
            touched: list[Touched] = []
            others: list[Event] = []
            for event in events:
                match event:
                    case PartitionsChanged():
                        touched.append(self._take_over(event))
                        continue
                    case RunsChanged():
                        touched += self._courses.follow(event.records)
                    case BackfillChanged() | BackfillEnded():
                        self._told[event.record.backfill_id] = event.record.position
                        touched += self._follow_record(event.record)
                    case BackfillDeleted():
                        touched += self._courses.end(event.backfill_id)
                others.append(event)
            self._publish([*self._shown(touched, events), *others])

    # What happens elsewhere

    def changed_elsewhere(self, assets: Collection[str]) -> None:
        """Another process changed what is stored of these assets; what reads them may be stale by it."""
        with self._lock:
            affected = set(assets)
            if self._repository is not None:
                links = self._repository.links
                affected |= {reader.name for asset in assets for reader, _ in links.below(asset)}
                for asset in assets:
                    self._meanwhile.changed_elsewhere(asset, links)
            affected &= self._cells.keys()
        for asset in sorted(affected):
            self.refresh(asset)

    def refresh(self, asset: str) -> None:
        """Read again what another process may have changed, and publish the cells that look different."""
        with self._loading:
            with self._lock:
                before = self._cells.get(asset)
            if before is None:
                return
            cells = self._read(asset)
            with self._lock:
                if cells.fingerprint == before.fingerprint and len(cells.resting) == len(before.resting):
                    changed = np.flatnonzero(cells.resting != before.resting).astype(np.int64)
                    self._publish(self._shown([Touched(asset, cells.fingerprint, changed)]))

    def settle(self) -> None:
        """Find out which cells turned stale by what was committed, and publish those that look different."""
        with self._lock:
            unsettled = [asset for asset, cells in self._cells.items() if cells.unsettled or cells.unsure]
        for asset in unsettled:
            with self._loading:
                self._settle(asset)

    # Inside

    def _known(self) -> PinnedRepository:
        assert self._repository is not None, "the code is loaded before anybody asks for states"
        return self._repository

    def _loaded(self, asset: str) -> AssetCells:
        with self._loading:
            with self._lock:
                cells = self._cells.get(asset)
            if cells is None:
                return self._read(asset)
            self._settle(asset)
            return cells

    def _read(self, asset: str) -> AssetCells:
        """Read an asset's cells; what is committed meanwhile is put on top."""
        with self._lock:
            self._arriving[asset] = []
        try:
            cells = self._reader.read(asset, self._known())
        except BaseException:
            with self._lock:
                del self._arriving[asset]
            raise
        with self._lock:
            for change in self._arriving.pop(asset):
                cells.take_over(change)
            self._cells[asset] = cells
        return cells

    def _settle(self, asset: str) -> None:
        repository = self._known()
        with self._lock:
            cells = self._cells.get(asset)
            if cells is None or not (cells.unsettled or cells.unsure):
                return
            changes, unsure = cells.take_unsettled()
        chosen = cells.made_among(np.unique(np.concatenate([*unsure, readers(asset, repository, changes)])))
        stale = self._reader.stale(asset, repository, chosen)
        with self._lock:
            self._publish(self._shown([Touched(asset, cells.fingerprint, cells.settle(chosen, stale))]))

    def _take_over(self, change: PartitionsChanged) -> Touched:
        if change.asset in self._arriving:
            self._arriving[change.asset].append(change)
        cells = self._cells.get(change.asset)
        if cells is not None:
            cells.take_over(change)
            if self._meanwhile.may_have_missed(change.asset):
                cells.unsure.append(change.ordinals)
        self._unsettle_readers(change)
        return Touched(change.asset, change.fingerprint, change.ordinals)

    def _note_changes(self, events: Sequence[Event]) -> None:
        if self._repository is not None:
            records = [record for event in events if isinstance(event, RunsChanged) for record in event.records]
            self._meanwhile.take_in(records, self._repository.links)

    def _unsettle_readers(self, change: PartitionsChanged) -> None:
        """What reads a new output may be stale now; that is found out later, off the writer's thread."""
        repository = self._repository
        if repository is None or change.fingerprint != _fingerprint(repository, change.asset):
            return
        made = change.ordinals[change.states == PartitionState.COMPLETED]
        made = made[made < repository.size(change.asset)]
        if not len(made):
            return
        for reader, edge in repository.links.below(change.asset):
            cells = self._cells.get(reader.name)
            if cells is not None:
                cells.unsettled.append((edge, made))

    def _follow_record(self, record: BackfillRecord) -> list[Touched]:
        if record.state in _AT_REST:
            return self._courses.end(record.backfill_id)
        plan = self._expected
        if plan is None or record.backfill_id in self._courses or record.state is not BackfillState.REQUESTED:
            return []
        self._expected = None
        return self._courses.put(record.backfill_id, plan.stages, [None] * len(plan.stages))

    def _shown(self, touched: Sequence[Touched], told: Sequence[Event] = ()) -> list[Event]:
        """The touched cells with what they show, an event for each asset and numbering."""
        found: dict[tuple[str, str], list[Ordinals]] = {}
        for one in touched:
            if len(one.ordinals):
                found.setdefault((one.asset, one.fingerprint), []).append(one.ordinals)
        return [self._event(asset, fingerprint, cells, told) for (asset, fingerprint), cells in found.items()]

    def _event(self, asset: str, fingerprint: str, found: Sequence[Ordinals], told: Sequence[Event]) -> Event:
        ordinals = found[0] if len(found) == 1 else np.unique(np.concatenate(found))
        cells = self._cells.get(asset)
        if cells is not None and cells.fingerprint == fingerprint:
            ordinals = ordinals[ordinals < len(cells.resting)]
            resting = cells.resting[ordinals]
        else:
            resting = _told(asset, fingerprint, ordinals, told)
        states = self._courses.look(asset, fingerprint, resting, ordinals)
        self._position += 1
        return PartitionsChanged(self._position, asset, fingerprint, ordinals, states)


def _fingerprint(repository: PinnedRepository, asset: str) -> str | None:
    """That of the asset's definition, "" without partitions; None for an asset that is gone."""
    if asset not in repository.definitions:
        return None
    definition = repository.definitions[asset]
    return "" if definition is None else definition.fingerprint


def _told(asset: str, fingerprint: str, ordinals: Ordinals, told: Sequence[Event]) -> States:
    """What a commit says of cells that nobody has asked for yet; the rest is looked up when somebody does."""
    states = np.full(len(ordinals), PartitionState.MISSING, dtype=np.uint8)
    for event in told:
        if isinstance(event, PartitionsChanged) and (event.asset, event.fingerprint) == (asset, fingerprint):
            _, here, there = np.intersect1d(ordinals, event.ordinals, return_indices=True)
            states[here] = event.states[there]
    return states


def _cells_of(launched: LaunchedBackfill, place: int, runs: Ordinals) -> Ordinals:
    """The cells of those runs, given by number, that belong to one stage."""
    stage = launched.stages[place]
    first = launched.first_run + sum(before.num_runs for before in launched.stages[:place])
    indexes = runs[(runs >= first) & (runs < first + stage.num_runs)] - first
    if stage.definition is None:
        return LONE_CELL if len(indexes) else LONE_CELL[:0]
    chosen = np.zeros(stage.num_runs, dtype=bool)
    chosen[indexes] = True
    kept: Ordinals = stage.ordinals[np.repeat(chosen, np.diff(stage.bounds))]
    return kept
