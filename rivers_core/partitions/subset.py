"""A set of partition ordinals as sorted ranges: small to store and to send, without numpy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Subset:
    """An immutable set of ordinals, `ranges` being sorted, disjoint, non-adjacent half-open `(start, stop)`.

    Use the constructors below: they bring any input into that form.
    """

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def full(cls, size: int) -> Subset:
        return cls(((0, size),)) if size > 0 else cls()

    @classmethod
    def of(cls, ordinals: Iterable[int]) -> Subset:
        """The set of these ordinals, in any order, repeats allowed."""
        return cls.from_ranges((ordinal, ordinal + 1) for ordinal in ordinals)

    @classmethod
    def from_ranges(cls, ranges: Iterable[Sequence[int]]) -> Subset:
        """The union of half-open ranges given in any order; empty ones are dropped."""
        merged: list[tuple[int, int]] = []
        for start, stop in sorted((r[0], r[1]) for r in ranges if r[0] < r[1]):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return cls(tuple(merged))

    def __len__(self) -> int:
        return sum(stop - start for start, stop in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(range(start, stop) for start, stop in self.ranges)

    def __contains__(self, ordinal: object) -> bool:
        if not isinstance(ordinal, int):
            return False
        at = bisect_right(self.ranges, (ordinal, float("inf"))) - 1
        return at >= 0 and self.ranges[at][0] <= ordinal < self.ranges[at][1]

    def __or__(self, other: Subset) -> Subset:
        return Subset.from_ranges(chain(self.ranges, other.ranges))

    def __and__(self, other: Subset) -> Subset:
        found: list[tuple[int, int]] = []
        mine, theirs = 0, 0
        while mine < len(self.ranges) and theirs < len(other.ranges):
            start = max(self.ranges[mine][0], other.ranges[theirs][0])
            stop = min(self.ranges[mine][1], other.ranges[theirs][1])
            if start < stop:
                found.append((start, stop))
            if self.ranges[mine][1] < other.ranges[theirs][1]:
                mine += 1
            else:
                theirs += 1
        return Subset(tuple(found))

    def __sub__(self, other: Subset) -> Subset:
        if not self.ranges:
            return self
        gaps: list[tuple[int, int]] = []
        at = self.ranges[0][0]
        for start, stop in other.ranges:
            gaps.append((at, max(start, at)))
            at = max(at, stop)
        gaps.append((at, max(at, self.ranges[-1][1])))
        return self & Subset.from_ranges(gaps)

    def as_json(self) -> list[list[int]]:
        """Ranges as lists, the form that travels to a worker and into the database."""
        return [[start, stop] for start, stop in self.ranges]
