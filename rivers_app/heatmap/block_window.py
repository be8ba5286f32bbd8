"""Which blocks of cells a frame draws, and where."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from rivers_app.heatmap.geometry import WHOLE_PIXELS_FROM, Geometry
from rivers_app.heatmap.sprites import CellShape


@dataclass(frozen=True, slots=True)
class BlockWindow:
    """The blocks to draw, `rows` x `columns` of them, each of `block_rows` x `block_columns` cells, at `place`.

    `shape` is a cell's size in device pixels where cells are drawn one by one with gaps and marks.
    """

    rows: range
    columns: range
    block_rows: int
    block_columns: int
    place: QRectF
    shape: CellShape | None


def block_window(geometry: Geometry, clip: QRectF) -> BlockWindow:
    """The blocks that show in `clip`, in coordinates of the grid's window."""
    high, wide = geometry.block_rows, geometry.block_columns
    shape = _sprite_shape(geometry)
    if shape is None:  # pictures that are stretched must be stretched whole, or a part would not meet the rest
        clip = QRectF(0, 0, geometry.width, geometry.height)
    rows = geometry.visible_rows(clip.top(), clip.bottom())
    columns = geometry.visible_columns(clip.left(), clip.right())
    rows, columns = _blocks(rows, high), _blocks(columns, wide)
    top, left = geometry.y_of(rows.start * high), geometry.x_of(columns.start * wide)
    bottom, right = geometry.y_of(rows.stop * high), geometry.x_of(columns.stop * wide)
    return BlockWindow(rows, columns, high, wide, QRectF(left, top, right - left, bottom - top), shape)


def _blocks(cells: range, together: int) -> range:
    return range(cells.start // together, -(-cells.stop // together))


def _sprite_shape(geometry: Geometry) -> CellShape | None:
    width, height = geometry.cell_width * geometry.ratio, geometry.cell_height * geometry.ratio
    if min(width, height) < WHOLE_PIXELS_FROM:
        return None
    return CellShape(round(width), round(height))
