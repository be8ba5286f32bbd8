"""Painting the cells: one picture made from the state bytes, and one for the selection above it."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rivers_app.heatmap.block_window import BlockWindow, block_window, whole_window
from rivers_app.heatmap.geometry import WHOLE_PIXELS_FROM, Geometry
from rivers_app.heatmap.layouts import Bytes, GridLayout
from rivers_app.heatmap.pyramid import Pyramid
from rivers_app.heatmap.selected_blocks import SelectedBlocks
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.sprites import (
    SELECTED,
    CellShape,
    Pixels,
    assembled,
    block_colors,
    cell_sprites,
    selection_sprites,
)
from rivers_app.theme import Theme


class CellPainter:
    """Paints one layout of one state array in one theme."""

    def __init__(self, states: Bytes, layout: GridLayout, theme: Theme) -> None:
        self._states = states
        self._layout = layout
        self._theme = theme
        self._colors = block_colors(theme)
        self._sprites: tuple[CellShape, Pixels, Pixels] | None = None
        self._selected = SelectedBlocks(layout, theme)
        self.pyramid = Pyramid(states, layout)

    def with_theme(self, theme: Theme) -> CellPainter:
        """The same pictures in another theme, what was counted being kept."""
        painter = CellPainter(self._states, self._layout, theme)
        painter.pyramid = self.pyramid
        return painter

    def count(self, geometry: Geometry) -> None:
        """Count the blocks of a frame to the end, without painting it."""
        self._codes(whole_window(geometry))
        while not self.pyramid.is_complete:
            self.pyramid.advance(1.0)

    def paint(self, painter: QPainter, geometry: Geometry, clip: QRectF, selection: PartitionSelection) -> None:
        """Paint the cells that show in `clip`, in coordinates of the grid's window."""
        window = block_window(geometry, clip)
        if not window.rows or not window.columns:
            return
        shape = window.shape
        if shape is not None:
            self._paint_sprites(painter, window, shape, selection)
        else:
            self._paint_blocks(painter, window, selection)
            _paint_gaps(painter, window, QColor(self._theme.states.background))

    def _codes(self, window: BlockWindow) -> Bytes:
        if window.geometry.block_rows == window.geometry.block_columns == 1 and not self._layout.is_aggregated:
            return self._layout.values_in(self._states, window.rows, window.columns)
        level = self.pyramid.level(window.geometry.block_rows, window.geometry.block_columns)
        return level.codes[window.rows.start : window.rows.stop, window.columns.start : window.columns.stop]

    def _paint_sprites(
        self, painter: QPainter, window: BlockWindow, shape: CellShape, selection: PartitionSelection
    ) -> None:
        if self._sprites is None or self._sprites[0] != shape:
            self._sprites = (shape, cell_sprites(shape, self._theme), selection_sprites(shape, self._theme))
        _draw_pixels(painter, window.place, assembled(self._codes(window), self._sprites[1]))
        if selection.count:
            selected = self._selected.blocks(window, selection)
            if selected.any():
                _draw_pixels(painter, window.place, assembled(selected, self._sprites[2]))

    def _paint_blocks(self, painter: QPainter, window: BlockWindow, selection: PartitionSelection) -> None:
        codes = self._codes(window)
        if not selection.count:
            _draw_blocks(painter, window, codes, self._colors)
            return
        whole = whole_window(window.geometry)  # or a part of a frame would be hatched where the rest is tinted
        figure = self._selected.figure(whole, selection)
        if figure is not None:
            _draw_blocks(painter, window, codes, self._colors)
            self._selected.paint(painter, whole.place, figure)
        else:
            selected = self._selected.blocks(window, selection)
            _draw_blocks(painter, window, codes | (selected * np.uint8(SELECTED)), self._colors)


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


def _paint_gaps(painter: QPainter, window: BlockWindow, color: QColor) -> None:
    """Lines between rows or columns that are large, where the others are too small for cells with gaps."""
    geometry, place, line = window.geometry, window.place, 1 / window.geometry.ratio
    if geometry.cell_height * geometry.ratio >= WHOLE_PIXELS_FROM:
        for row in range(window.rows.start + 1, window.rows.stop + 1):
            painter.fillRect(QRectF(place.left(), geometry.y_of(row) - line, place.width(), line), color)
    if geometry.cell_width * geometry.ratio >= WHOLE_PIXELS_FROM:
        for column in range(window.columns.start + 1, window.columns.stop + 1):
            painter.fillRect(QRectF(geometry.x_of(column) - line, place.top(), line, place.height()), color)


# A QImage made from an array only borrows its memory: the array must live until it is drawn.
def _draw_blocks(painter: QPainter, window: BlockWindow, codes: Bytes, colors: Pixels) -> None:
    """Stretch a picture of one pixel a block over the window, by taking pixels: quicker than QPainter does it.

    Which block a pixel shows depends on the pixel alone, so a part of a frame is painted like the whole.
    """
    geometry, seen = window.geometry, window.seen
    width, height = geometry.cell_width * geometry.block_columns, geometry.cell_height * geometry.block_rows
    columns = _blocks_at(seen.left(), seen.right(), geometry.left, width, geometry.ratio) - window.columns.start
    rows = _blocks_at(seen.top(), seen.bottom(), geometry.top, height, geometry.ratio) - window.rows.start
    pixels = np.take(np.take(colors[codes], columns, axis=1, mode="clip"), rows, axis=0, mode="clip")
    image = QImage(pixels.data, len(columns), len(rows), len(columns) * 4, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(geometry.ratio)
    painter.drawImage(QPointF(geometry.aligned(seen.left()), geometry.aligned(seen.top())), image)


def _blocks_at(start: float, stop: float, scrolled: float, size: float, ratio: float) -> NDArray[np.int64]:
    """The block under the middle of each device pixel from `start` to `stop`; blocks are `size` pixels long."""
    middles = (np.arange(floor(start * ratio), ceil(stop * ratio)) + 0.5) / ratio
    blocks: NDArray[np.int64] = np.floor((middles + scrolled) / size).astype(np.int64)
    return blocks


def _draw_pixels(painter: QPainter, place: QRectF, pixels: Pixels) -> None:
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter.drawImage(place, image)
