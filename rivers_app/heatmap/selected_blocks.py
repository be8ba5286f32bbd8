"""Showing what is selected where cells are too small for frames of their own: hatching and lines around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from rivers_app.heatmap.block_window import BlockWindow
from rivers_app.heatmap.layouts import Bytes, GridLayout
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.theme import Theme

_MOST_RUNS: Final = 1_000
_HATCH_DISTANCE: Final = 6

Key = tuple[int, range, range, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Selected blocks as rectangles and lines, in units of blocks from the window's first one.

    `rectangles` has rows of left, top, right and bottom, `lines` of x, y, x and y; `rows` and `columns` is the
    size of the window.
    """

    rectangles: NDArray[np.int64]
    lines: NDArray[np.int64]
    rows: int
    columns: int


class SelectedBlocks:
    """What of a layout's blocks is selected; remembers the last answer, as frames ask for the same again."""

    def __init__(self, layout: GridLayout, theme: Theme) -> None:
        self._layout = layout
        self._color = QColor(theme.colors.text)
        self._hatching: QBrush | None = None
        self._blocks: tuple[tuple[int, int, int], Bytes] | None = None
        self._figure: tuple[Key, Figure | None] | None = None

    def blocks(self, window: BlockWindow, selection: PartitionSelection) -> Bytes:
        """A byte a block of the window: 1 where any of its partitions is selected, 0 elsewhere."""
        high, wide = window.geometry.block_rows, window.geometry.block_columns
        if high == wide == 1:
            return _any_selected(self._layout, selection, window.rows, window.columns)
        key = (selection.version, high, wide)
        if self._blocks is None or self._blocks[0] != key:
            every = _any_selected(self._layout, selection, range(self._layout.rows), range(self._layout.columns))
            self._blocks = (key, _any_in_blocks(every, high, wide))
        rows, columns = window.rows, window.columns
        return self._blocks[1][rows.start : rows.stop, columns.start : columns.stop]

    def figure(self, window: BlockWindow, selection: PartitionSelection) -> Figure | None:
        """The selected blocks as shapes; None if they are so scattered that shapes would say nothing."""
        geometry = window.geometry
        key = (selection.version, window.rows, window.columns, geometry.block_rows, geometry.block_columns)
        if self._figure is None or self._figure[0] != key:
            self._figure = (key, _figure_of(self.blocks(window, selection)))
        return self._figure[1]

    def paint(self, painter: QPainter, place: QRectF, figure: Figure) -> None:
        """Hatch and frame a figure. State colors must stay true, so nothing is tinted."""
        if self._hatching is None:
            self._hatching = _hatching(self._color, painter.device().devicePixelRatio())
        scale = np.array([place.width() / figure.columns, place.height() / figure.rows] * 2)
        origin = np.array([place.left(), place.top()] * 2)
        for left, top, right, bottom in (figure.rectangles * scale + origin).tolist():
            painter.fillRect(QRectF(left, top, right - left, bottom - top), self._hatching)
        painter.setPen(QPen(self._color, 1.0))
        painter.drawLines([QLineF(*line) for line in (figure.lines * scale + origin).tolist()])


def _figure_of(selected: Bytes) -> Figure | None:
    runs = _runs(selected.view(np.bool_))
    if len(runs) > _MOST_RUNS:
        return None
    framed = np.pad(selected, 1).view(np.int8)
    across = _runs(np.diff(framed, axis=0)[:, 1:-1] != 0)
    down = _runs((np.diff(framed, axis=1)[1:-1] != 0).T)
    lines = np.concatenate([across[:, [1, 0, 2, 0]], down[:, [0, 1, 0, 2]]])
    return Figure(_rectangles(runs), lines, *selected.shape)


def _rectangles(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Runs (line, start, stop) as rectangles, those that continue the one before them joined to it."""
    if not len(runs):
        return np.zeros((0, 4), dtype=np.int64)
    goes_on = (np.diff(runs[:, 0]) == 1) & (np.diff(runs[:, 1:], axis=0) == 0).all(axis=1)
    first = np.flatnonzero(np.concatenate(([True], ~goes_on)))
    last = np.concatenate((first[1:], [len(runs)])) - 1
    return np.column_stack((runs[first, 1], runs[first, 0], runs[first, 2], runs[last, 0] + 1))


def _runs(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows of (line, start, stop) for each unbroken run of true values along the lines of `marked`."""
    ends = np.argwhere(np.diff(np.pad(marked.view(np.int8), ((0, 0), (1, 1))), axis=1))
    return np.column_stack((ends[::2], ends[1::2, 1])).astype(np.int64)


def _hatching(color: QColor, ratio: float) -> QBrush:
    """Diagonal lines a few pixels apart."""
    side = round(_HATCH_DISTANCE * ratio)
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, ratio))
    for start in (-side, 0, side):
        painter.drawLine(start, side, start + side, 0)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


def _any_selected(layout: GridLayout, selection: PartitionSelection, rows: range, columns: range) -> Bytes:
    mask = selection.mask.view(np.uint8)
    found = np.array(layout.values_in(mask, rows, columns) == 1)
    for depth in range(1, len(layout.depth)):
        found |= layout.values_in(mask, rows, columns, depth) == 1
    return found.view(np.uint8)


def _any_in_blocks(cells: Bytes, high: int, wide: int) -> Bytes:
    missing = (-cells.shape[0] % high, -cells.shape[1] % wide)
    if any(missing):
        cells = np.pad(cells, ((0, missing[0]), (0, missing[1])))
    rows = cells[::high].copy()
    for row in range(1, high):
        rows |= cells[row::high]
    found = rows[:, ::wide].copy()
    for column in range(1, wide):
        found |= rows[:, column::wide]
    return found
