"""How partitions lie on a grid: which ordinals stand at which rows and columns, by arithmetic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from typing_extensions import override

from rivers_app.heatmap.axes import Axis

Ordinals = NDArray[np.int64]
Bytes = NDArray[np.uint8]

NO_CELL: Final = 7
"""The byte that stands beside the state bytes where a grid has no cell."""


@dataclass(frozen=True, eq=False)
class GridLayout(ABC):
    """A grid whose cell (row, column) stands for the ordinals `row_starts[row] + column * column_step + depth`.

    A row has cells from `first_columns[row]` up to, without, `last_columns[row]`. `depth` is sorted and begins
    with the smallest; it has one value unless a cell stands for several partitions. `size` is the number of
    partitions of the definition. All arrays are int64; those named after rows have `rows` values.
    """

    size: int
    columns: int
    row_starts: Ordinals
    column_step: int
    first_columns: Ordinals
    last_columns: Ordinals
    depth: Ordinals
    across: Axis
    down: Axis
    open_column: int | None
    """Where the time window that is still open stands, if there is one."""
    open_rows: range | None

    @property
    def rows(self) -> int:
        return len(self.row_starts)

    @property
    def is_aggregated(self) -> bool:
        return len(self.depth) > 1

    @property
    def rows_to_next(self) -> int:
        """How many rows below its own what follows the end of a row begins; 0 where nothing follows."""
        return 0

    def band_starts(self, rows: range) -> range:
        """Those of some rows with which another band of rows begins, the first of all aside."""
        return range(0)

    @abstractmethod
    def _places_of(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        """Rows and columns of ordinals, whatever their depth."""

    def is_open(self, row: int, column: int) -> bool:
        """Whether the time window of a cell is not over yet."""
        return column == self.open_column or (self.open_rows is not None and row in self.open_rows)

    def has_cell(self, row: int, column: int) -> bool:
        return 0 <= row < self.rows and bool(self.first_columns[row] <= column < self.last_columns[row])

    def ordinal_at(self, row: int, column: int) -> int:
        """The (first) ordinal of a cell, -1 where there is none."""
        if not self.has_cell(row, column):
            return -1
        return int(self.row_starts[row] + column * self.column_step + self.depth[0])

    def ordinals_at(self, row: int, column: int) -> Ordinals:
        """All ordinals a cell stands for."""
        return self.ordinals_in(range(row, row + 1), range(column, column + 1))

    def ordinals_in(self, rows: range, columns: range) -> Ordinals:
        """All ordinals of a rectangle of cells, unordered; one dimension."""
        starts, exists = self._window(rows, columns)
        return (starts[exists][:, None] + self.depth[None, :]).ravel()

    def between(self, first: tuple[int, int], second: tuple[int, int]) -> Ordinals:
        """What extending a selection from one cell (row, column) to another takes in: here the rectangle."""
        rows, columns = sorted((first[0], second[0])), sorted((first[1], second[1]))
        return self.ordinals_in(range(rows[0], rows[1] + 1), range(columns[0], columns[1] + 1))

    def whole_rows(self, ordinals: Ordinals) -> Ordinals:
        """All ordinals of the rows in which any of these lie."""
        rows, _ = self.cells_of(ordinals)
        wanted = [self.ordinals_in(range(row, row + 1), range(self.columns)) for row in np.unique(rows[rows >= 0])]
        return np.concatenate([ordinals[:0], *wanted])

    def whole_columns(self, ordinals: Ordinals) -> Ordinals:
        """All ordinals of the columns in which any of these lie."""
        _, columns = self.cells_of(ordinals)
        wanted = np.unique(columns[columns >= 0])
        return np.concatenate([ordinals[:0], *(self.ordinals_in(range(self.rows), range(at, at + 1)) for at in wanted)])

    def cells_of(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        """Rows and columns of ordinals, -1 for those that are filtered out."""
        rows, columns = self._places_of(ordinals)
        rest = ordinals - self.row_starts[rows] - columns * self.column_step
        at = np.minimum(np.searchsorted(self.depth, rest), len(self.depth) - 1)
        shown = self.depth[at] == rest
        return np.where(shown, rows, -1), np.where(shown, columns, -1)

    def cell_of(self, ordinal: int) -> tuple[int, int] | None:
        if not 0 <= ordinal < self.size:
            return None
        rows, columns = self.cells_of(np.array([ordinal], dtype=np.int64))
        return (int(rows[0]), int(columns[0])) if rows[0] >= 0 else None

    def values_in(self, values: Bytes, rows: range, columns: range, depth: int = 0) -> Bytes:
        """The values (`size` bytes) of a rectangle of cells, `NO_CELL` where there is none.

        Shape `len(rows) x len(columns)`; ranges may have steps. Often a view: don't write into it.
        """
        offset = int(self.depth[depth])
        if self._is_regular(rows, columns):
            begin = int(self.row_starts[rows.start]) + columns.start * self.column_step + offset
            return as_strided(
                values[begin:],
                shape=(len(rows), len(columns)),
                strides=(self._row_step * rows.step, self.column_step * columns.step),
                writeable=False,
            )
        ordinals, exists = self._window(rows, columns)
        found = np.full(exists.shape, NO_CELL, dtype=np.uint8)
        found[exists] = values[ordinals[exists] + offset]
        return found

    def _window(self, rows: range, columns: range) -> tuple[Ordinals, NDArray[np.bool_]]:
        chosen = slice(rows.start, rows.stop, rows.step)
        across = np.arange(columns.start, columns.stop, columns.step, dtype=np.int64)
        ordinals = self.row_starts[chosen, None] + across * self.column_step
        exists = (across >= self.first_columns[chosen, None]) & (across < self.last_columns[chosen, None])
        return ordinals, exists

    @cached_property
    def _row_step(self) -> int:
        """The ordinals between two rows if that is always the same, otherwise 0."""
        steps = np.diff(self.row_starts)
        return int(steps[0]) if len(steps) and bool((steps == steps[0]).all()) else 0

    def _is_regular(self, rows: range, columns: range) -> bool:
        if not rows or not columns or (self._row_step == 0 and len(rows) > 1):
            return False
        chosen = slice(rows.start, rows.stop, rows.step)
        return bool(self.first_columns[chosen].max() <= columns[0] and self.last_columns[chosen].min() > columns[-1])


@dataclass(frozen=True, eq=False)
class RowsLayout(GridLayout):
    """One dimension of `length` keys broken into rows: calendars and wrapped lists.

    `stride` is the number of ordinals between two keys of that dimension.
    """

    stride: int
    length: int

    @property
    @override
    def rows_to_next(self) -> int:
        return 1

    @override
    def between(self, first: tuple[int, int], second: tuple[int, int]) -> Ordinals:
        """As in text, all that comes from one cell to the other, through the rows between."""
        ends = sorted(int(self.row_starts[row]) // self.stride + column for row, column in (first, second))
        positions = np.arange(max(0, ends[0]), min(self.length, ends[1] + 1), dtype=np.int64)
        return (positions[:, None] * self.stride + self.depth[None, :]).ravel()

    @override
    def is_open(self, row: int, column: int) -> bool:
        return column == self.open_column and self.open_rows is not None and row in self.open_rows

    @cached_property
    def _row_bounds(self) -> Ordinals:
        return self.row_starts // self.stride + self.first_columns

    @override
    def _places_of(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        positions = ordinals // self.stride % self.length
        rows = np.searchsorted(self._row_bounds, positions, side="right") - 1
        return rows, positions - self.row_starts[rows] // self.stride


@dataclass(frozen=True, eq=False)
class BandedLayout(GridLayout):
    """A dimension of `length` keys broken into lines as `RowsLayout` does, each a band of a row for each of `keys`.

    Line `l` begins with position `line_starts[l]`, and row `l * keys + k` is its row for key `k` of the other
    dimension. `stride` and `key_step` are the ordinals between two keys of the one and of the other.
    """

    stride: int
    length: int
    key_step: int
    keys: int
    line_starts: Ordinals

    @property
    @override
    def rows_to_next(self) -> int:
        return self.keys

    @override
    def band_starts(self, rows: range) -> range:
        return range(max(self.keys, -(-rows.start // self.keys) * self.keys), rows.stop, self.keys)

    @override
    def between(self, first: tuple[int, int], second: tuple[int, int]) -> Ordinals:
        """All that comes from one cell to the other, through the lines between, of the keys from one to the other."""
        ends = sorted(int(self.line_starts[row // self.keys]) + column for row, column in (first, second))
        keys = sorted(row % self.keys for row, _ in (first, second))
        positions = np.arange(max(0, ends[0]), min(self.length, ends[1] + 1), dtype=np.int64)
        return self._product(positions, np.arange(keys[0], keys[1] + 1, dtype=np.int64))

    @override
    def whole_rows(self, ordinals: Ordinals) -> Ordinals:
        """Through all lines: everything of the keys."""
        keys = np.unique(self._shown(ordinals) // self.key_step % self.keys)
        return self._product(np.arange(self.length, dtype=np.int64), keys)

    @override
    def whole_columns(self, ordinals: Ordinals) -> Ordinals:
        """Within their line: every key of the times."""
        positions = np.unique(self._shown(ordinals) // self.stride % self.length)
        return self._product(positions, np.arange(self.keys, dtype=np.int64))

    def _shown(self, ordinals: Ordinals) -> Ordinals:
        rows, _ = self.cells_of(ordinals)
        return ordinals[rows >= 0]

    def _product(self, positions: Ordinals, keys: Ordinals) -> Ordinals:
        places = positions[:, None] * self.stride + keys[None, :] * self.key_step
        return (places.ravel()[:, None] + self.depth[None, :]).ravel()

    @override
    def is_open(self, row: int, column: int) -> bool:
        return column == self.open_column and self.open_rows is not None and row in self.open_rows

    @override
    def _places_of(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        positions = ordinals // self.stride % self.length
        lines = np.searchsorted(self.line_starts, positions, side="right") - 1
        return lines * self.keys + ordinals // self.key_step % self.keys, positions - self.line_starts[lines]


@dataclass(frozen=True, eq=False)
class MatrixLayout(GridLayout):
    """One dimension across and another down; `row_step` is the number of ordinals between two rows."""

    row_step: int

    @override
    def _places_of(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        return ordinals // self.row_step % self.rows, ordinals // self.column_step % self.columns


def rows_layout(
    *,
    size: int,
    length: int,
    stride: int,
    depth: Ordinals,
    bounds: Ordinals,
    across: Axis,
    down: Axis,
    open_position: int | None = None,
) -> RowsLayout:
    """Break a dimension into the rows `bounds[r]` up to `bounds[r + 1]`, clipped to 0 … `length`.

    A row that begins before 0 keeps its first columns empty, so that columns stay in line.
    """
    starts, stops = bounds[:-1], bounds[1:]
    line, column = _place_of(open_position, starts)
    return RowsLayout(
        size=size,
        columns=int((np.minimum(stops, length) - starts).max()),
        row_starts=starts * stride,
        column_step=stride,
        first_columns=np.maximum(0, -starts),
        last_columns=np.minimum(stops, length) - starts,
        depth=depth,
        across=across,
        down=down,
        open_column=column,
        open_rows=None if line is None else range(line, line + 1),
        stride=stride,
        length=length,
    )


def banded_layout(
    *,
    size: int,
    length: int,
    stride: int,
    keys: int,
    key_step: int,
    depth: Ordinals,
    bounds: Ordinals,
    across: Axis,
    down: Axis,
    open_position: int | None = None,
) -> BandedLayout:
    """Break a dimension into the lines `bounds[l]` up to `bounds[l + 1]`, each with a row for every one of `keys`."""
    starts, stops = bounds[:-1], bounds[1:]
    line, column = _place_of(open_position, starts)
    steps = np.arange(keys, dtype=np.int64) * key_step
    return BandedLayout(
        size=size,
        columns=int((np.minimum(stops, length) - starts).max()),
        row_starts=(starts[:, None] * stride + steps[None, :]).ravel(),
        column_step=stride,
        first_columns=np.repeat(np.maximum(0, -starts), keys),
        last_columns=np.repeat(np.minimum(stops, length) - starts, keys),
        depth=depth,
        across=across,
        down=down,
        open_column=column,
        open_rows=None if line is None else range(line * keys, (line + 1) * keys),
        stride=stride,
        length=length,
        key_step=key_step,
        keys=keys,
        line_starts=starts,
    )


def matrix_layout(
    *,
    size: int,
    columns: int,
    column_step: int,
    rows: int,
    row_step: int,
    depth: Ordinals,
    across: Axis,
    down: Axis,
    open_column: int | None = None,
    open_row: int | None = None,
) -> MatrixLayout:
    """A full grid of two dimensions."""
    return MatrixLayout(
        size=size,
        columns=columns,
        row_starts=np.arange(rows, dtype=np.int64) * row_step,
        column_step=column_step,
        first_columns=np.zeros(rows, dtype=np.int64),
        last_columns=np.full(rows, columns, dtype=np.int64),
        depth=depth,
        across=across,
        down=down,
        open_column=open_column,
        open_rows=None if open_row is None else range(open_row, open_row + 1),
        row_step=row_step,
    )


def _place_of(position: int | None, starts: Ordinals) -> tuple[int | None, int | None]:
    """The line of a position and its column there, for lines that begin at `starts`."""
    if position is None:
        return None, None
    line = int(np.searchsorted(starts, position, side="right")) - 1
    return line, position - int(starts[line])
