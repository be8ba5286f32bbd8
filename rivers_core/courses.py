"""Which partitions of each backfill under way are queued or running, as one byte a partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import Stage
from rivers_core.records import RunRecord
from rivers_core.states import PartitionState, RunState

Ordinals = NDArray[np.int64]
Cells = NDArray[np.uint8]

# Within a mask; the greater one shows when two backfills wait for the same partition.
_NEITHER, _QUEUED, _RUNNING = 0, 1, 2
_SHOWN = np.array([PartitionState.MISSING, PartitionState.QUEUED, PartitionState.RUNNING], dtype=np.uint8)
LONE_CELL = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Touched:
    """Cells of one asset whose look may have changed."""

    asset: str
    fingerprint: str
    ordinals: Ordinals


@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    fingerprint: str
    cells: Cells


@dataclass(slots=True)
class Courses:
    """The masks of all backfills under way, by backfill and asset; None stands for runs without a backfill.

    Not thread-safe: its owner holds a lock.
    """

    _masks: dict[str | None, dict[str, _Mask]] = field(default_factory=dict)

    def __contains__(self, backfill_id: str | None) -> bool:
        return backfill_id in self._masks

    def put(self, backfill_id: str, stages: Iterable[Stage], queued: Iterable[Ordinals | None]) -> list[Touched]:
        """Queue these partitions of a backfill's stages, all of a stage for None, and no others; what changed."""
        before = self._masks.pop(backfill_id, {})
        masks = self._masks[backfill_id] = {}
        for stage, ordinals in zip(stages, queued, strict=True):
            cells = np.zeros(_size(stage), dtype=np.uint8)
            cells[_cells_of(stage) if ordinals is None else ordinals] = _QUEUED
            for asset in stage.assets:
                masks[asset] = _Mask(_fingerprint(stage), cells.copy())
        return [change for asset in masks for change in _changes(asset, before.get(asset), masks[asset])]

    def end(self, backfill_id: str | None) -> list[Touched]:
        """Nothing of this backfill is queued or running any more."""
        masks = self._masks.pop(backfill_id, {})
        return [
            Touched(asset, mask.fingerprint, np.flatnonzero(mask.cells).astype(np.int64))
            for asset, mask in masks.items()
        ]

    def follow(self, records: Iterable[RunRecord]) -> list[Touched]:
        """Take over where these runs are; those of backfills that never began here are left out."""
        moved: dict[tuple[str | None, str, str, int], list[Ordinals | int]] = {}
        for record in records:
            code = _code(record.state)
            at = _ordinals(record.subset)
            for asset in record.assets:
                key = (record.backfill_id, asset, record.definition_fingerprint or "", code)
                moved.setdefault(key, []).append(at)
        touched = []
        for (backfill_id, asset, fingerprint, code), places in moved.items():
            mask = self._mask(backfill_id, asset, fingerprint, places)
            if mask is not None:
                ordinals = _joined(places)
                mask.cells[ordinals] = code
                touched.append(Touched(asset, fingerprint, ordinals))
        return touched

    def look(self, asset: str, fingerprint: str, resting: Cells, ordinals: Ordinals | None = None) -> Cells:
        """What the cells show: queued or running where a backfill says so, else their resting state.

        `resting` has an element for each partition, or for each of `ordinals` when those are given.
        """
        shown = resting.copy()
        over = np.zeros(len(shown), dtype=np.uint8)
        for mask in self._masks_of(asset, fingerprint):
            if ordinals is None:
                common = min(len(over), len(mask.cells))
                np.maximum(over[:common], mask.cells[:common], out=over[:common])
            else:
                within = ordinals < len(mask.cells)
                over[within] = np.maximum(over[within], mask.cells[ordinals[within]])
        covered = over != _NEITHER
        shown[covered] = _SHOWN[over[covered]]
        return shown

    def _masks_of(self, asset: str, fingerprint: str) -> Iterator[_Mask]:
        for masks in self._masks.values():
            mask = masks.get(asset)
            if mask is not None and mask.fingerprint == fingerprint:
                yield mask

    def _mask(
        self, backfill_id: str | None, asset: str, fingerprint: str, places: list[Ordinals | int]
    ) -> _Mask | None:
        if backfill_id is not None:
            return self._masks.get(backfill_id, {}).get(asset)
        # A run without a backfill: its mask is as long as it needs to be.
        masks = self._masks.setdefault(None, {})
        needed = int(_joined(places).max()) + 1
        mask = masks.get(asset)
        if mask is None or mask.fingerprint != fingerprint:
            mask = masks[asset] = _Mask(fingerprint, np.zeros(needed, dtype=np.uint8))
        elif len(mask.cells) < needed:
            mask = masks[asset] = _Mask(fingerprint, np.pad(mask.cells, (0, needed - len(mask.cells))))
        return mask


def _changes(asset: str, before: _Mask | None, after: _Mask) -> Iterator[Touched]:
    """The cells in which two masks of a backfill differ."""
    if before is not None and before.fingerprint == after.fingerprint and len(before.cells) == len(after.cells):
        yield Touched(asset, after.fingerprint, np.flatnonzero(before.cells != after.cells).astype(np.int64))
        return
    if before is not None:
        yield Touched(asset, before.fingerprint, np.flatnonzero(before.cells).astype(np.int64))
    yield Touched(asset, after.fingerprint, np.flatnonzero(after.cells).astype(np.int64))


def _code(state: RunState) -> int:
    match state:
        case RunState.QUEUED:
            return _QUEUED
        case RunState.RUNNING:
            return _RUNNING
    return _NEITHER


def _fingerprint(stage: Stage) -> str:
    return "" if stage.definition is None else stage.definition.fingerprint


def _size(stage: Stage) -> int:
    return 1 if stage.definition is None else stage.definition.size()


def _cells_of(stage: Stage) -> Ordinals:
    return LONE_CELL if stage.definition is None else stage.ordinals


def _ordinals(subset: Subset) -> Ordinals | int:
    ranges = subset.ranges
    if not ranges:
        return 0
    if len(ranges) == 1 and ranges[0][1] - ranges[0][0] == 1:
        return ranges[0][0]
    return np.concatenate([np.arange(start, stop, dtype=np.int64) for start, stop in ranges])


def _joined(places: list[Ordinals | int]) -> Ordinals:
    lone = np.array([place for place in places if isinstance(place, int)], dtype=np.int64)
    wide = [place for place in places if not isinstance(place, int)]
    return np.concatenate([lone, *wide]) if wide else lone
