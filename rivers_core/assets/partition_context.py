"""The partitions that one call of an asset computes, as the asset sees them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import overload

from rivers_core.exceptions import ExecutionError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition, TimeWindow
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.subset import Subset


class PartitionKeys(Sequence[PartitionKey]):
    """The keys of some ordinals of a definition, in its order; each is made when it is looked at."""

    __slots__ = ("_definition", "_ends", "subset")

    def __init__(self, definition: PartitionsDefinition, subset: Subset) -> None:
        self._definition = definition
        self.subset = subset
        self._ends: list[int] | None = None

    def __len__(self) -> int:
        return len(self.subset)

    @overload
    def __getitem__(self, position: int) -> PartitionKey: ...

    @overload
    def __getitem__(self, position: slice) -> list[PartitionKey]: ...

    def __getitem__(self, position: int | slice) -> PartitionKey | list[PartitionKey]:
        if isinstance(position, slice):
            return [self._at(at) for at in range(*position.indices(len(self)))]
        return self._at(position if position >= 0 else position + len(self))

    def _at(self, position: int) -> PartitionKey:
        if self._ends is None:
            self._ends = list(accumulate(stop - start for start, stop in self.subset.ranges))
        if not self._ends or not 0 <= position < self._ends[-1]:
            raise IndexError(f"there is no partition key at {position}: this run has {len(self)}")
        at = bisect_right(self._ends, position)
        return self._definition.key_at(self.subset.ranges[at][1] - (self._ends[at] - position))

    def __iter__(self) -> Iterator[PartitionKey]:
        return map(self._definition.key_at, self.subset)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, PartitionKey | str) and self.ordinals(key) is not None

    def ordinals(self, key: PartitionKey | str) -> Subset | None:
        """The ordinals that a key stands for, if all of them are among these."""
        try:
            named = self._definition.ordinals_of(key)
        except PartitionValidationError:
            return None
        return named if named & self.subset == named else None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(other) == len(self)
            and all(mine == theirs for mine, theirs in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self[:3]))
        return f"<{len(self)} partition keys: {shown}{', …' if len(self) > 3 else ''}>"


class PartitionContext:
    """What a call computes: `keys` of `definition`, which is pinned: it does not grow meanwhile."""

    __slots__ = ("_label", "definition", "keys", "subset")

    def __init__(self, keys: Sequence[PartitionKey | str] | Subset, definition: PartitionsDefinition) -> None:
        """`keys` may be given as ordinals; raises PartitionValidationError for a key that is no member."""
        self.definition = definition
        if not isinstance(keys, Subset):
            keys = Subset.from_ranges(span for key in keys for span in definition.ordinals_of(key).ranges)
        if not keys:
            raise ExecutionError("A partition context needs at least one partition key.")
        self.subset = keys
        self.keys = PartitionKeys(definition, keys)
        self._label: str | None = None

    @property
    def key(self) -> PartitionKey:
        """The first key."""
        return self.definition.key_at(self.subset.ranges[0][0])

    @property
    def label(self) -> str:
        """The first key as it is written."""
        if self._label is None:
            self._label = self.definition.label_at(self.subset.ranges[0][0])
        return self._label

    def time_window(self) -> TimeWindow | None:
        """From the start of the earliest window to the end of the latest, in wall-clock time.

        None where no dimension is time. Of a definition with several time dimensions, the first counts.
        """
        first = self.definition.window_at(self.subset.ranges[0][0])
        if first is None or len(self.subset) == 1:
            return first
        earliest, latest = _extent(self.definition, self.subset)
        begin, end = self.definition.window_at(earliest), self.definition.window_at(latest)
        assert begin is not None and end is not None
        return TimeWindow(begin.start, end.end)


def _extent(definition: PartitionsDefinition, subset: Subset) -> tuple[int, int]:
    """Ordinals whose positions in the first time dimension are the lowest and the highest of a subset."""
    shape = definition.shape()
    axis = next(at for at, (_, part) in enumerate(definition.dimensions) if part.is_time)
    stride = 1
    for size in shape[axis + 1 :]:
        stride *= size
    low, high = shape[axis] - 1, 0
    for start, stop in subset.ranges:
        # Position along the axis grows by one every `stride` ordinals and wraps around at its size.
        first, last = start // stride, (stop - 1) // stride
        wraps = last // shape[axis] != first // shape[axis]
        low = min(low, 0 if wraps else first % shape[axis])
        high = max(high, shape[axis] - 1 if wraps else last % shape[axis])
    return tuple(  # type: ignore[return-value]  # two of them
        definition.ravel([position if at == axis else 0 for at in range(len(shape))]) for position in (low, high)
    )
