"""Boxes, the products of a set of positions in each dimension, and the row-major ordinals they cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from rivers_core.partitions.subset import Subset

Box = tuple[Subset, ...]


def ordinals_in_box(box: Sequence[Subset], shape: Sequence[int]) -> Subset:
    """The ordinals of every combination of the positions; without dimensions the one ordinal 0."""
    covered, inner_size = Subset.full(1), 1
    for positions, size in zip(reversed(box), reversed(shape), strict=True):
        covered = _repeated(covered, inner_size, positions)
        inner_size *= size
    return covered


def _repeated(inner: Subset, inner_size: int, positions: Subset) -> Subset:
    if inner.ranges == ((0, inner_size),):
        return Subset(tuple((start * inner_size, stop * inner_size) for start, stop in positions.ranges))
    return Subset.from_ranges(
        (at * inner_size + start, at * inner_size + stop) for at in positions for start, stop in inner.ranges
    )


def boxes_of(ordinals: Subset, shape: Sequence[int]) -> Iterator[Box]:
    """Disjoint boxes that together cover exactly these ordinals; those alike in the inner dimensions are one."""
    if not shape:
        if ordinals:
            yield ()
        return
    leads: dict[Box, list[tuple[int, int]]] = {}
    for start, stop in ordinals.ranges:
        for lead, inner in _split(start, stop, tuple(shape)):
            leads.setdefault(inner, []).append(lead)
    for inner, ranges in leads.items():
        yield (Subset.from_ranges(ranges), *inner)


def _split(start: int, stop: int, shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], Box]]:
    """A run of ordinals as boxes, each with one range of the leading dimension."""
    inner_shape = shape[1:]
    inner_size = prod(inner_shape)
    first, into = divmod(start, inner_size)
    last, rest = divmod(stop, inner_size)
    if first == last:
        yield from _within(first, into, rest, inner_shape)
        return
    if into:
        yield from _within(first, into, inner_size, inner_shape)
        first += 1
    if first < last:
        yield (first, last), tuple(Subset.full(size) for size in inner_shape)
    if rest:
        yield from _within(last, 0, rest, inner_shape)


def _within(at: int, start: int, stop: int, shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], Box]]:
    for lead, inner in _split(start, stop, shape):
        yield (at, at + 1), (Subset((lead,)), *inner)
