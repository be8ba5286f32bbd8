"""Painting the cells: one picture made from the state bytes, and one for the selection above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from rivers_app.heatmap.geometry import WHOLE_PIXELS_FROM, Geometry
from rivers_app.heatmap.layouts import Bytes, GridLayout
from rivers_app.heatmap.pyramid import Pyramid
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.sprites import (
    SELECTED,
    CellShape,
    Pixels,
    assembled,
    cell_sprites,
    color_table,
    selection_sprites,
)
from rivers_app.theme import Theme

_MOST_RUNS: Final = 1_000
_HATCH_DISTANCE: Final = 6


@dataclass(frozen=True, slots=True)
class _Window:
    """The blocks to draw, `rows` x `columns` of them, each of `block_rows` x `block_columns` cells, at `place`.

    `shape` is a cell's size in device pixels where cells are drawn one by one with gaps and marks.
    """

    rows: range
    columns: range
    block_rows: int
    block_columns: int
    place: QRectF
    shape: CellShape | None


class CellPainter:
    """Paints one layout of one state array in one theme."""

    def __init__(self, states: Bytes, layout: GridLayout, theme: Theme) -> None:
        self._states = states
        self._layout = layout
        self._theme = theme
        self._colors = color_table(theme)
        self._hatching: QBrush | None = None
        self._sprites: tuple[CellShape, Pixels, Pixels] | None = None
        self._selected: tuple[tuple[int, int, int], Bytes] | None = None
        self.pyramid = Pyramid(states, layout)

    def with_theme(self, theme: Theme) -> CellPainter:
        """The same pictures in another theme, what was counted being kept."""
        painter = CellPainter(self._states, self._layout, theme)
        painter.pyramid = self.pyramid
        return painter

    def count(self, geometry: Geometry) -> None:
        """Count the blocks of a frame to the end, without painting it."""
        self._codes(_window(geometry, QRectF(0, 0, geometry.width, geometry.height)))
        while not self.pyramid.is_complete:
            self.pyramid.advance(1.0)

    def paint(self, painter: QPainter, geometry: Geometry, clip: QRectF, selection: PartitionSelection) -> None:
        """Paint the cells that show in `clip`, in coordinates of the grid's window."""
        window = _window(geometry, clip)
        if not window.rows or not window.columns:
            return
        if window.shape is not None:
            self._paint_sprites(painter, window, window.shape, selection)
        else:
            self._paint_blocks(painter, window, selection)
            _paint_gaps(painter, geometry, window, QColor(self._theme.states.background))

    def _codes(self, window: _Window) -> Bytes:
        if window.block_rows == window.block_columns == 1 and not self._layout.is_aggregated:
            return self._layout.values_in(self._states, window.rows, window.columns)
        level = self.pyramid.level(window.block_rows, window.block_columns)
        return level.codes[window.rows.start : window.rows.stop, window.columns.start : window.columns.stop]

    def _paint_sprites(
        self, painter: QPainter, window: _Window, shape: CellShape, selection: PartitionSelection
    ) -> None:
        if self._sprites is None or self._sprites[0] != shape:
            self._sprites = (shape, cell_sprites(shape, self._theme), selection_sprites(shape, self._theme))
        _draw_pixels(painter, window.place, assembled(self._codes(window), self._sprites[1]))
        if selection.count:
            selected = self._selected_blocks(window, selection)
            if selected.any():
                _draw_pixels(painter, window.place, assembled(selected, self._sprites[2]))

    def _paint_blocks(self, painter: QPainter, window: _Window, selection: PartitionSelection) -> None:
        codes = self._codes(window)
        selected = self._selected_blocks(window, selection) if selection.count else None
        if selected is None:
            _draw_indexed(painter, window.place, codes, self._colors)
        else:
            runs = _runs(selected.view(np.bool_))
            if len(runs) <= _MOST_RUNS:
                _draw_indexed(painter, window.place, codes, self._colors)
                _hatch(painter, window.place, selected.shape, runs, self._hatch_brush(painter))
                _paint_edges(painter, window.place, selected, QColor(self._theme.colors.text))
            else:  # too scattered to hatch; in one picture, because stretching a second costs as much as the first
                _draw_indexed(painter, window.place, codes | (selected * np.uint8(SELECTED)), self._colors)

    def _hatch_brush(self, painter: QPainter) -> QBrush:
        if self._hatching is None:
            self._hatching = _hatching(self._theme, painter.device().devicePixelRatio())
        return self._hatching

    def _selected_blocks(self, window: _Window, selection: PartitionSelection) -> Bytes:
        """A byte a block: 1 where any of its partitions is selected, 0 elsewhere."""
        rows = slice(window.rows.start, window.rows.stop)
        columns = slice(window.columns.start, window.columns.stop)
        if window.block_rows == window.block_columns == 1:
            return _any_selected(self._layout, selection, window.rows, window.columns)
        key = (selection.version, window.block_rows, window.block_columns)
        if self._selected is None or self._selected[0] != key:
            every = _any_selected(self._layout, selection, range(self._layout.rows), range(self._layout.columns))
            self._selected = (key, _any_in_blocks(every, window.block_rows, window.block_columns))
        return self._selected[1][rows, columns]


def paint_outline(painter: QPainter, place: QRectF, color: QColor, width: float, *, dashed: bool = False) -> None:
    """A frame just inside `place`, rounded like large cells."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, width)
    if dashed:
        pen.setDashPattern([2.0, 2.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = 3.0 if place.width() >= 10 and place.height() >= 10 else 0.0
    painter.drawRoundedRect(place.adjusted(width / 2, width / 2, -width / 2, -width / 2), radius, radius)
    painter.restore()


def cell_place(geometry: Geometry, row: int, column: int) -> QRectF:
    """Where a cell is in the grid's window, at least three pixels large so that its outline shows."""
    place = QRectF(geometry.x_of(column), geometry.y_of(row), geometry.cell_width, geometry.cell_height)
    grow_x, grow_y = max(0.0, 3 - place.width()) / 2, max(0.0, 3 - place.height()) / 2
    return place.adjusted(-grow_x, -grow_y, grow_x, grow_y)


def _window(geometry: Geometry, clip: QRectF) -> _Window:
    high, wide = geometry.block_rows, geometry.block_columns
    shape = _sprite_shape(geometry)
    if shape is None:  # pictures that are stretched must be stretched whole, or a part would not meet the rest
        clip = QRectF(0, 0, geometry.width, geometry.height)
    rows = geometry.visible_rows(clip.top(), clip.bottom())
    columns = geometry.visible_columns(clip.left(), clip.right())
    rows, columns = _blocks(rows, high), _blocks(columns, wide)
    top, left = geometry.y_of(rows.start * high), geometry.x_of(columns.start * wide)
    bottom, right = geometry.y_of(rows.stop * high), geometry.x_of(columns.stop * wide)
    return _Window(rows, columns, high, wide, QRectF(left, top, right - left, bottom - top), shape)


def _blocks(cells: range, together: int) -> range:
    return range(cells.start // together, -(-cells.stop // together))


def _sprite_shape(geometry: Geometry) -> CellShape | None:
    width, height = geometry.cell_width * geometry.ratio, geometry.cell_height * geometry.ratio
    if min(width, height) < WHOLE_PIXELS_FROM:
        return None
    return CellShape(round(width), round(height))


def _paint_gaps(painter: QPainter, geometry: Geometry, window: _Window, color: QColor) -> None:
    """Lines between rows or columns that are large, where the others are too small for cells with gaps."""
    place, line = window.place, 1 / geometry.ratio
    if geometry.cell_height * geometry.ratio >= WHOLE_PIXELS_FROM:
        for row in range(window.rows.start + 1, window.rows.stop + 1):
            painter.fillRect(QRectF(place.left(), geometry.y_of(row) - line, place.width(), line), color)
    if geometry.cell_width * geometry.ratio >= WHOLE_PIXELS_FROM:
        for column in range(window.columns.start + 1, window.columns.stop + 1):
            painter.fillRect(QRectF(geometry.x_of(column) - line, place.top(), line, place.height()), color)


# State colors have to stay true where cells are selected, so they are hatched, not tinted.
def _hatching(theme: Theme, ratio: float) -> QBrush:
    """Diagonal lines a few pixels apart."""
    side = round(_HATCH_DISTANCE * ratio)
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.colors.text), ratio))
    for start in (-side, 0, side):
        painter.drawLine(start, side, start + side, 0)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


def _hatch(painter: QPainter, place: QRectF, shape: tuple[int, ...], runs: NDArray[np.int64], brush: QBrush) -> None:
    wide, high = place.width() / shape[1], place.height() / shape[0]
    for row, start, stop in runs.tolist():
        run = QRectF(place.left() + start * wide, place.top() + row * high, (stop - start) * wide, high)
        painter.fillRect(run, brush)


def _paint_edges(painter: QPainter, place: QRectF, selected: Bytes, color: QColor) -> None:
    """Lines around what is selected."""
    framed = np.pad(selected, 1).view(np.int8)
    across = _runs(np.diff(framed, axis=0)[:, 1:-1] != 0)
    down = _runs((np.diff(framed, axis=1)[1:-1] != 0).T)
    wide, high = place.width() / selected.shape[1], place.height() / selected.shape[0]
    left, top = place.left(), place.top()
    lines = [
        QLineF(left + start * wide, top + row * high, left + stop * wide, top + row * high)
        for row, start, stop in across.tolist()
    ]
    lines += [
        QLineF(left + column * wide, top + start * high, left + column * wide, top + stop * high)
        for column, start, stop in down.tolist()
    ]
    painter.setPen(QPen(color, 1.0))
    painter.drawLines(lines)


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows of (line, start, stop) for each unbroken run of true values along the lines of `edges`."""
    ends = np.argwhere(np.diff(np.pad(edges.view(np.int8), ((0, 0), (1, 1))), axis=1))
    return np.column_stack((ends[::2], ends[1::2, 1])).astype(np.int64)


# A QImage made from an array only borrows its memory: the array must live until it is drawn.
def _draw_indexed(painter: QPainter, place: QRectF, codes: Bytes, colors: list[int]) -> None:
    pixels = np.ascontiguousarray(codes)
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(colors)
    painter.drawImage(place, image)


def _draw_pixels(painter: QPainter, place: QRectF, pixels: Pixels) -> None:
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter.drawImage(place, image)


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
