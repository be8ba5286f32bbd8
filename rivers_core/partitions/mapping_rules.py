"""How the keys of one dimension lead to those of another: the parts a bound mapping is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.partitions.time_definitions import TimePartitions


@dataclass(frozen=True, slots=True)
class MappedKeys:
    """The upstream ordinals that a partition reads, and the keys it wants that do not exist there."""

    subset: Subset
    missing: tuple[str, ...] = ()


class MappingRule(ABC):
    """Positions of a downstream axis to positions of an upstream axis."""

    __slots__ = ()

    @abstractmethod
    def image(self, index: int) -> MappedKeys:
        """What one downstream position reads."""

    @abstractmethod
    def preimage(self, positions: Subset) -> Subset:
        """The downstream positions that read any of these upstream ones."""


@dataclass(frozen=True, slots=True)
class FixedRule:
    """The same upstream positions for everything downstream."""

    mapped: MappedKeys


@dataclass(frozen=True, slots=True)
class ShiftRule(MappingRule):
    """Grids that number the same windows: the position moves by `shift`."""

    shift: int
    downstream_size: int
    upstream: PartitionsDefinition
    upstream_size: int
    keep_missing: bool = True

    def image(self, index: int) -> MappedKeys:
        return clipped(index + self.shift, index + self.shift + 1, self.upstream, self.keep_missing)

    def preimage(self, positions: Subset) -> Subset:
        moved = Subset(tuple((start - self.shift, stop - self.shift) for start, stop in positions.ranges))
        return moved & Subset.full(self.downstream_size)


@dataclass(frozen=True, slots=True)
class OverlapRule(MappingRule):
    """Grids of different cadence: the upstream windows that overlap, moved by `offset` of them."""

    downstream: TimePartitions
    upstream: TimePartitions
    offset: int

    def image(self, index: int) -> MappedKeys:
        window = self.downstream.window_at(index)
        grid = self.upstream.grid
        first, stop = grid.ordinal_containing(window.start), grid.ordinal_from(window.end)
        return clipped(first + self.offset, stop + self.offset, self.upstream, keep_missing=True)

    def preimage(self, positions: Subset) -> Subset:
        size = self.downstream.size()
        grid = self.downstream.grid
        earliest, latest = grid.start_of(0), grid.start_of(size)
        ranges = (
            (
                grid.ordinal_containing(self._upstream_start(start, earliest, latest)),
                grid.ordinal_from(self._upstream_start(stop, earliest, latest)),
            )
            for start, stop in positions.ranges
        )
        return Subset.from_ranges(ranges) & Subset.full(size)

    def _upstream_start(self, position: int, earliest: datetime, latest: datetime) -> datetime:
        """Where an upstream window starts, kept within the downstream grid."""
        try:
            start = self.upstream.grid.start_of(position - self.offset)
        except OverflowError:
            return earliest if self.offset > 0 else latest
        return min(max(start, earliest), latest)


@dataclass(frozen=True, slots=True)
class SameKeyRule(MappingRule):
    """Lists of keys: the position of the same key."""

    downstream: PartitionsDefinition
    upstream: PartitionsDefinition
    keep_missing: bool

    def image(self, index: int) -> MappedKeys:
        label = self.downstream.label_at(index)
        found = position_of(label, self.upstream)
        if found is None:
            return MappedKeys(Subset(), (label,) if self.keep_missing else ())
        return MappedKeys(Subset(((found, found + 1),)))

    def preimage(self, positions: Subset) -> Subset:
        found = (position_of(self.upstream.label_at(position), self.downstream) for position in positions)
        return Subset.of(position for position in found if position is not None)


class TableRule(MappingRule):
    """Positions written out one by one; what is not written reads nothing."""

    __slots__ = ("_images", "_readers")

    def __init__(self, images: Mapping[int, MappedKeys]) -> None:
        self._images = images
        self._readers: dict[int, list[int]] = {}
        for index, mapped in images.items():
            for position in mapped.subset:
                self._readers.setdefault(position, []).append(index)

    def image(self, index: int) -> MappedKeys:
        return self._images.get(index, MappedKeys(Subset()))

    def preimage(self, positions: Subset) -> Subset:
        return Subset.of(
            index for position, readers in self._readers.items() if position in positions for index in readers
        )


Rule = MappingRule | FixedRule


def position_of(label: str, definition: PartitionsDefinition) -> int | None:
    """The ordinal of a written key, or None when the definition does not hold it."""
    try:
        return definition.ordinal_of(label)
    except PartitionValidationError:
        return None


def clipped(start: int, stop: int, upstream: PartitionsDefinition, keep_missing: bool) -> MappedKeys:
    """A run of positions: those of the definition, and the labels of those beyond either end."""
    size = upstream.size()
    within = Subset.from_ranges([(max(start, 0), min(stop, size))])
    if not keep_missing or (start >= 0 and stop <= size):
        return MappedKeys(within)
    beyond = (*range(start, min(stop, 0)), *range(max(start, size), stop))
    return MappedKeys(within, tuple(_label_beyond(ordinal, upstream) for ordinal in beyond))


def _label_beyond(ordinal: int, definition: PartitionsDefinition) -> str:
    try:
        return definition.label_at(ordinal)
    except (OverflowError, IndexError):
        return f"(window {ordinal + 1})"
