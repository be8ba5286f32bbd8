"""Painting the cells: one picture made from the state bytes, and one for the selection above it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rivers_app.heatmap.block_window import BlockWindow, block_window
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
    cell_sprites,
    color_table,
    selection_sprites,
)
from rivers_app.theme import Theme


class CellPainter:
    """Paints one layout of one state array in one theme."""

    def __init__(self, states: Bytes, layout: GridLayout, theme: Theme) -> None:
        self._states = states
        self._layout = layout
        self._theme = theme
        self._colors = color_table(theme)
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
        self._codes(block_window(geometry, QRectF(0, 0, geometry.width, geometry.height)))
        while not self.pyramid.is_complete:
            self.pyramid.advance(1.0)

    def paint(self, painter: QPainter, geometry: Geometry, clip: QRectF, selection: PartitionSelection) -> None:
        """Paint the cells that show in `clip`, in coordinates of the grid's window."""
        window = block_window(geometry, clip)
        if not window.rows or not window.columns:
            return
        if window.shape is not None:
            self._paint_sprites(painter, window, window.shape, selection)
        else:
            self._paint_blocks(painter, window, selection)
            _paint_gaps(painter, geometry, window, QColor(self._theme.states.background))

    def _codes(self, window: BlockWindow) -> Bytes:
        if window.block_rows == window.block_columns == 1 and not self._layout.is_aggregated:
            return self._layout.values_in(self._states, window.rows, window.columns)
        level = self.pyramid.level(window.block_rows, window.block_columns)
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
        figure = self._selected.figure(window, selection) if selection.count else None
        if selection.count and figure is None:
            # In one picture, because stretching a second one would cost as much as the first.
            selected = self._selected.blocks(window, selection)
            _draw_indexed(painter, window.place, codes | (selected * np.uint8(SELECTED)), self._colors)
            return
        _draw_indexed(painter, window.place, codes, self._colors)
        if figure is not None:
            self._selected.paint(painter, window.place, figure)


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


def _paint_gaps(painter: QPainter, geometry: Geometry, window: BlockWindow, color: QColor) -> None:
    """Lines between rows or columns that are large, where the others are too small for cells with gaps."""
    place, line = window.place, 1 / geometry.ratio
    if geometry.cell_height * geometry.ratio >= WHOLE_PIXELS_FROM:
        for row in range(window.rows.start + 1, window.rows.stop + 1):
            painter.fillRect(QRectF(place.left(), geometry.y_of(row) - line, place.width(), line), color)
    if geometry.cell_width * geometry.ratio >= WHOLE_PIXELS_FROM:
        for column in range(window.columns.start + 1, window.columns.stop + 1):
            painter.fillRect(QRectF(geometry.x_of(column) - line, place.top(), line, place.height()), color)


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
