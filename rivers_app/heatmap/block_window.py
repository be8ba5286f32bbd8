"""Which blocks of cells a frame draws, and where."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from rivers_app.heatmap.geometry import WHOLE_PIXELS_FROM, Geometry
from rivers_app.heatmap.sprites import CellShape


@dataclass(frozen=True, slots=True)
class BlockWindow:
    """The blocks to draw: those of `geometry`'s blocks of cells in the ranges `rows` and `columns`.

    `seen` is the rectangle that is to be painted, in coordinates of the grid's window.
    """

    geometry: Geometry
    rows: range
    columns: range
    seen: QRectF

    @property
    def place(self) -> QRectF:
        """Where the blocks lie, also those parts of them that are not seen."""
        geometry, high, wide = self.geometry, self.geometry.block_rows, self.geometry.block_columns
        top, left = geometry.y_of(self.rows.start * high), geometry.x_of(self.columns.start * wide)
        bottom, right = geometry.y_of(self.rows.stop * high), geometry.x_of(self.columns.stop * wide)
        return QRectF(left, top, right - left, bottom - top)

    @property
    def shape(self) -> CellShape | None:
        """A cell's size in device pixels where cells are drawn one by one, with gaps and marks."""
        ratio = self.geometry.ratio
        width, height = self.geometry.cell_width * ratio, self.geometry.cell_height * ratio
        if min(width, height) < WHOLE_PIXELS_FROM:
            return None
        return CellShape(round(width), round(height), ratio)


def block_window(geometry: Geometry, clip: QRectF) -> BlockWindow:
    """The blocks that show in `clip`, in coordinates of the grid's window."""
    rows = _blocks(geometry.visible_rows(clip.top(), clip.bottom()), geometry.block_rows)
    columns = _blocks(geometry.visible_columns(clip.left(), clip.right()), geometry.block_columns)
    window = BlockWindow(geometry, rows, columns, clip)
    return BlockWindow(geometry, rows, columns, clip & window.place)


def whole_window(geometry: Geometry) -> BlockWindow:
    """All blocks that show."""
    return block_window(geometry, QRectF(0, 0, geometry.width, geometry.height))


def _blocks(cells: range, together: int) -> range:
    return range(cells.start // together, -(-cells.stop // together))
