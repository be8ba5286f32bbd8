"""Coarser pictures of a large grid: blocks of cells drawn as one, built in small steps and kept up to date."""

from __future__ import annotations

from collections import OrderedDict
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rivers_app.heatmap.layouts import NO_CELL, Bytes, GridLayout, Ordinals
from rivers_core.states import PartitionState

STATES: Final = len(PartitionState)
TINTS: Final = 4
"""The number of steps by which a block shows that some of its partitions failed."""
TINT_SHARES: Final = (0.01, 0.1, 0.35)
"""A block's share of failed partitions up to which it gets the first, second and third tint."""

_LEVELS_KEPT: Final = 3
_CELLS_A_STEP: Final = 400_000
_COUNTED_AT_ONCE: Final = 200_000
_PACKED_LIMIT: Final = 255
# One byte of a 64-bit number counts one state, so that adding numbers counts all states at once.
_ONE_OF: Final = np.array([1 << (8 * byte) if byte < STATES else 0 for byte in range(NO_CELL + 1)], dtype=np.uint64)


def code_of(state: PartitionState, tint: int = 0) -> int:
    """The byte that stands for a drawn block: its commonest state and how many failed (0 to `TINTS`)."""
    return int(state) | tint << 3


def codes_of(counts: NDArray[np.integer]) -> Bytes:
    """Codes of blocks from their counts per state; the last axis has 8 places, one a state byte."""
    commonest = np.argmax(counts[..., :STATES], axis=-1).astype(np.uint8)
    total = counts.sum(axis=-1, dtype=np.int64)
    failed = counts[..., PartitionState.FAILED].astype(np.int64)
    tints = (failed > 0).astype(np.uint8)
    for share in TINT_SHARES:
        tints += failed > share * total
    tints[commonest == PartitionState.FAILED] = 0
    codes: Bytes = commonest | (tints << 3).astype(np.uint8)
    codes[total == 0] = NO_CELL
    return codes


class Level:
    """One picture whose pixels are blocks of `block_rows` x `block_columns` cells.

    `codes` has a byte a block. Rows not counted yet show a sample of their cells.
    """

    def __init__(self, states: Bytes, layout: GridLayout, block_rows: int, block_columns: int) -> None:
        self.block_rows = block_rows
        self.block_columns = block_columns
        self._states = states
        self._layout = layout
        self._cells = block_rows * block_columns * len(layout.depth)
        self._counted_rows = 0
        sample = layout.values_in(states, range(0, layout.rows, block_rows), range(0, layout.columns, block_columns))
        self.codes: Bytes = np.array(sample)
        dtype = np.uint8 if self._cells <= _PACKED_LIMIT else np.int32
        self._counts: NDArray[np.integer] = np.zeros((*self.codes.shape, 8), dtype=dtype)

    @property
    def is_complete(self) -> bool:
        return self._counted_rows >= len(self.codes)

    def advance(self) -> None:
        """Count the next rows: a few milliseconds of work."""
        a_row = self._layout.columns * self.block_rows * len(self._layout.depth)
        stop = min(len(self.codes), self._counted_rows + max(1, _CELLS_A_STEP // a_row))
        rows = slice(self._counted_rows, stop)
        self._counts[rows] = self._count(rows.start, rows.stop)
        self.codes[rows] = codes_of(self._counts[rows])
        self._counted_rows = stop

    def apply(self, ordinals: Ordinals, before: Bytes, after: Bytes) -> None:
        """Follow changed partitions; ordinals are distinct."""
        rows, columns = self._layout.cells_of(ordinals)
        rows, columns = rows // self.block_rows, columns // self.block_columns
        counted = (rows >= 0) & (rows < self._counted_rows)
        rows, columns = rows[counted], columns[counted]
        np.subtract.at(self._counts, (rows, columns, before[counted]), 1)
        np.add.at(self._counts, (rows, columns, after[counted]), 1)
        self.codes[rows, columns] = codes_of(self._counts[rows, columns])

    def _count(self, start: int, stop: int) -> NDArray[np.integer]:
        if self._cells <= _PACKED_LIMIT:
            return (
                self._packed(start, stop, self.block_rows, self.block_columns)
                .view(np.uint8)
                .reshape(stop - start, -1, 8)
            )
        return self._unpacked(start, stop)

    def _packed(self, start: int, stop: int, high: int, wide: int) -> NDArray[np.uint64]:
        """Counts of `high` x `wide` cells through all depths, a byte a state; one depth if there are too many."""
        total = self._sums(start, stop, high, wide, 0)
        for depth in range(1, len(self._layout.depth)):
            total += self._sums(start, stop, high, wide, depth)
        return total

    def _unpacked(self, start: int, stop: int) -> NDArray[np.integer]:
        high, wide = min(self.block_rows, 8), min(self.block_columns, 16)
        counts = np.zeros((stop - start, self.codes.shape[1], 8), dtype=np.int32)
        for depth in range(len(self._layout.depth)):
            small = self._sums(start, stop, high, wide, depth).view(np.uint8)
            shape = (stop - start, self.block_rows // high, -1, self.block_columns // wide, 8)
            counts += small.reshape(shape).sum(axis=(1, 3), dtype=np.int32)
        return counts

    def _sums(self, start: int, stop: int, high: int, wide: int, depth: int) -> NDArray[np.uint64]:
        last = min(stop * self.block_rows, self._layout.rows)
        rows, columns = range(start * self.block_rows, last), range(self._layout.columns)
        ones = _ONE_OF[self._layout.values_in(self._states, rows, columns, depth)]
        missing_rows = stop * self.block_rows - last
        missing_columns = -self._layout.columns % self.block_columns
        if missing_rows or missing_columns:
            ones = np.pad(ones, ((0, missing_rows), (0, missing_columns)))
        sums = ones[::high].copy()
        for row in range(1, high):
            sums += ones[row::high]
        total = sums[:, ::wide].copy()
        for column in range(1, wide):
            total += sums[:, column::wide]
        return total


class Pyramid:
    """The levels of one layout of one state array, made when first drawn; a few are kept."""

    def __init__(self, states: Bytes, layout: GridLayout) -> None:
        self._states = states
        self._layout = layout
        self._levels: OrderedDict[tuple[int, int], Level] = OrderedDict()

    @property
    def is_complete(self) -> bool:
        return all(level.is_complete for level in self._levels.values())

    def level(self, block_rows: int, block_columns: int) -> Level:
        """The level of these blocks, perhaps not counted yet; `advance` counts."""
        key = (block_rows, block_columns)
        if key not in self._levels:
            self._levels[key] = Level(self._states, self._layout, block_rows, block_columns)
            if len(self._levels) > _LEVELS_KEPT:
                self._levels.popitem(last=False)
            if self._layout.size <= _COUNTED_AT_ONCE:
                self._levels[key].advance()
        self._levels.move_to_end(key)
        return self._levels[key]

    def advance(self, seconds: float) -> None:
        """Count for about that long, the level that was drawn last first."""
        end = perf_counter() + seconds
        for level in reversed(self._levels.values()):
            while not level.is_complete:
                level.advance()
                if perf_counter() >= end:
                    return

    def apply(self, ordinals: Ordinals, before: Bytes, after: Bytes) -> None:
        """Follow changed partitions, or start again where that is quicker; ordinals are distinct."""
        if len(ordinals) * 8 > self._layout.size:
            self._levels.clear()
        for level in self._levels.values():
            level.apply(ordinals, before, after)
