"""The rules of one axis for arrays of positions, as tables in compressed rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rivers_core.partitions.mapping_rules import MappedKeys, MappingRule, OverlapRule, ShiftRule
from rivers_core.partitions.subset import Subset
from rivers_core.planning.grid_arrays import Ordinals, microseconds, ordinals_containing, ordinals_from, starts_of


@dataclass(frozen=True, slots=True)
class AxisTable:
    """Distinct rows of positions, and for each of many entries the row it has.

    Row r holds `values[offsets[r] : offsets[r + 1]]`; `row_of[i]` is the row of entry i. `missing` counts, for each
    entry, the keys wanted that do not exist.
    """

    row_of: Ordinals
    offsets: Ordinals
    values: Ordinals
    missing: Ordinals

    @classmethod
    def single_ordinal(cls, entries: int) -> AxisTable:
        """Every entry has the one ordinal 0: the product of no axes."""
        return cls.constant(MappedKeys(Subset.full(1)), entries)

    @classmethod
    def constant(cls, mapped: MappedKeys, entries: int) -> AxisTable:
        """Every entry has the same row."""
        values = np.fromiter(mapped.subset, np.int64, len(mapped.subset))
        return cls(
            np.zeros(entries, np.int64),
            np.array([0, len(values)]),
            values,
            np.full(entries, len(mapped.missing), np.int64),
        )

    @classmethod
    def of_runs(cls, row_of: Ordinals, first: Ordinals, stop: Ordinals, missing: Ordinals) -> AxisTable:
        """Rows that are runs of positions; `missing` counts by row."""
        counts = np.maximum(stop - first, 0)
        offsets = np.concatenate(([0], np.cumsum(counts)))
        values = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - first, counts)
        return cls(row_of, offsets, values, missing[row_of])

    @classmethod
    def of_rows(cls, row_of: Ordinals, rows: list[MappedKeys]) -> AxisTable:
        """Rows given one by one."""
        counts = np.fromiter((len(row.subset) for row in rows), np.int64, len(rows))
        offsets = np.concatenate(([0], np.cumsum(counts)))
        values = np.fromiter((at for row in rows for at in row.subset), np.int64, int(offsets[-1]))
        missing = np.fromiter((len(row.missing) for row in rows), np.int64, len(rows))
        return cls(row_of, offsets, values, missing[row_of])

    def counts(self) -> Ordinals:
        """The number of positions of each entry."""
        return np.diff(self.offsets)[self.row_of]

    def offsets_by_row(self) -> Ordinals:
        """Where each entry's positions begin in `values_by_row`, and at the end their number."""
        return np.concatenate(([0], np.cumsum(self.counts()))).astype(np.int64)

    def values_by_row(self) -> Ordinals:
        """The positions of every entry, one entry after the other."""
        if len(self.row_of) == len(self.offsets) - 1 and _is_counting(self.row_of):
            return self.values
        return self.values[_places(self.offsets[self.row_of], self.counts())]

    def times(self, inner: AxisTable, inner_size: int) -> AxisTable:
        """The row-major product with another axis, entry by entry."""
        if len(self.values) == 1 and len(self.offsets) == 2 and not self.values[0]:
            return inner
        outer_counts, inner_counts = self.counts(), inner.counts()
        counts = outer_counts * inner_counts
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        if int(counts.max(initial=0)) <= 1:
            full = counts == 1
            values = self.values[self.offsets[self.row_of[full]]] * inner_size
            values = values + inner.values[inner.offsets[inner.row_of[full]]]
        else:
            entry = np.repeat(np.arange(len(counts)), counts)
            within = np.arange(offsets[-1]) - offsets[entry]
            at_outer, at_inner = np.divmod(within, inner_counts[entry])
            values = self.values[self.offsets[self.row_of[entry]] + at_outer] * inner_size
            values = values + inner.values[inner.offsets[inner.row_of[entry]] + at_inner]
        return AxisTable(np.arange(len(counts)), offsets, values, np.zeros(len(counts), np.int64))


def image_table(rule: MappingRule, indices: Ordinals) -> AxisTable:
    """What each of the downstream positions reads."""
    distinct, row_of = _distinct(indices)
    match rule:
        case ShiftRule(shift=shift):
            first = distinct + shift
            return _clipped(row_of, first, first + 1, rule.upstream_size, rule.keep_missing)
        case OverlapRule(downstream=downstream, upstream=upstream, offset=offset):
            starts = starts_of(downstream.grid, distinct)
            ends = starts_of(downstream.grid, distinct + 1)
            first = ordinals_containing(upstream.grid, starts) + offset
            stop = ordinals_from(upstream.grid, ends) + offset
            return _clipped(row_of, first, stop, upstream.size(), keep_missing=True)
    return AxisTable.of_rows(row_of, [rule.image(index) for index in distinct.tolist()])


def preimage_table(rule: MappingRule, positions: Ordinals) -> AxisTable:
    """Which downstream positions read each of the upstream ones."""
    distinct, row_of = _distinct(positions)
    match rule:
        case ShiftRule(shift=shift):
            first = distinct - shift
            return _clipped(row_of, first, first + 1, rule.downstream_size, keep_missing=False)
        case OverlapRule():
            return _overlap_preimage(rule, distinct, row_of)
    readers: Callable[[int], Subset] = lambda at: rule.preimage(Subset(((at, at + 1),)))  # noqa: E731
    return AxisTable.of_rows(row_of, [MappedKeys(readers(at)) for at in distinct.tolist()])


def _overlap_preimage(rule: OverlapRule, distinct: Ordinals, row_of: Ordinals) -> AxisTable:
    grid, size = rule.downstream.grid, rule.downstream.size()
    bounds = (microseconds(grid.start_of(0)), microseconds(grid.start_of(size)))
    starts, ends = (np.clip(starts_of(rule.upstream.grid, distinct - rule.offset + step), *bounds) for step in (0, 1))
    first, stop = ordinals_containing(grid, starts), ordinals_from(grid, ends)
    return _clipped(row_of, first, stop, size, keep_missing=False)


def _clipped(row_of: Ordinals, first: Ordinals, stop: Ordinals, size: int, keep_missing: bool) -> AxisTable:
    within_first, within_stop = np.maximum(first, 0), np.minimum(stop, size)
    missing = stop - first - np.maximum(within_stop - within_first, 0)
    return AxisTable.of_runs(row_of, within_first, within_stop, missing if keep_missing else np.zeros_like(missing))


def _distinct(positions: Ordinals) -> tuple[Ordinals, Ordinals]:
    """The different positions, and the place of each entry among them."""
    if not len(positions):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    lowest, highest = int(positions.min()), int(positions.max())
    if highest - lowest <= 2 * len(positions):
        return np.arange(lowest, highest + 1), positions - lowest
    distinct, row_of = np.unique(positions, return_inverse=True)
    return distinct, row_of


def _places(begins: Ordinals, counts: Ordinals) -> Ordinals:
    """The indices of several runs, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts - begins, counts)


def _is_counting(row_of: Ordinals) -> bool:
    return bool((row_of == np.arange(len(row_of))).all())
