"""What the mouse does to the selection: click, extend, toggle and rubber band."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from rivers_app.heatmap.cursor import Cell
from rivers_app.heatmap.geometry import Geometry
from rivers_app.heatmap.layouts import GridLayout
from rivers_app.heatmap.selection import Mask, PartitionSelection


class _Way(Enum):
    REPLACE = auto()
    EXTEND = auto()
    TOGGLE = auto()


@dataclass(slots=True)
class _Press:
    """A mouse button held down; `start` and `at` are in pixels of the whole grid, scrolling included."""

    way: _Way
    start: QPointF
    at: QPointF
    before: Mask
    is_band: bool = False


class PointerSelection:
    """Turns presses, moves and releases of the left button into changes of a selection.

    Positions are in the grid's window; the geometry tells where it is scrolled to. `anchor` is the cell from
    which Shift extends.
    """

    def __init__(self, selection: PartitionSelection) -> None:
        self._selection = selection
        self._press: _Press | None = None
        self.anchor: Cell | None = None

    @property
    def is_active(self) -> bool:
        return self._press is not None

    def band(self, geometry: Geometry) -> tuple[QPointF, QPointF] | None:
        """Two corners of the rubber band in the grid's window, while there is one."""
        if self._press is None or not self._press.is_band:
            return None
        scrolled = QPointF(geometry.left, geometry.top)
        return self._press.start - scrolled, self._press.at - scrolled

    def press(self, layout: GridLayout, geometry: Geometry, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        point = at + QPointF(geometry.left, geometry.top)
        self._press = _Press(_way(modifiers), point, point, self._selection.mask.copy())
        cell = geometry.cell_at(at.x(), at.y())
        if cell is None or not layout.has_cell(*cell):
            if self._press.way is _Way.REPLACE:
                self._selection.clear()
            return
        ordinals = layout.ordinals_at(*cell)
        match self._press.way:
            case _Way.EXTEND if self.anchor is not None:
                self._selection.replace(layout.between(self.anchor, cell))
            case _Way.TOGGLE:
                self._selection.toggle(ordinals)
                self.anchor = cell
            case _:
                self._selection.replace(ordinals)
                self.anchor = cell
        self._selection.set_current(layout.ordinal_at(*cell))

    def move(self, layout: GridLayout, geometry: Geometry, at: QPointF) -> None:
        """Follow the mouse while the button is down."""
        press = self._press
        if press is None:
            return
        press.at = at + QPointF(geometry.left, geometry.top)
        far = (press.at - press.start).manhattanLength() >= QApplication.startDragDistance()
        press.is_band = press.is_band or (far and press.way is not _Way.EXTEND)
        if press.way is _Way.EXTEND and self.anchor is not None:
            cell = (geometry.nearest_row(at.y()), geometry.nearest_column(at.x()))
            self._selection.replace(layout.between(self.anchor, cell))
        elif press.is_band:
            self._select_band(layout, geometry, press)

    def release(self) -> None:
        """The button is up."""
        self._press = None

    def cancel(self) -> None:
        """Give up the rubber band: the selection is what it was."""
        press, self._press = self._press, None
        if press is not None:
            self._selection.replace_mask(press.before)

    def _select_band(self, layout: GridLayout, geometry: Geometry, press: _Press) -> None:
        rows, columns = _cells_between(geometry, press.start, press.at)
        mask = press.before.copy()
        if press.way is not _Way.TOGGLE:
            mask[:] = False
        mask[layout.ordinals_in(rows, columns)] = True
        self._selection.replace_mask(mask)


def _way(modifiers: Qt.KeyboardModifier) -> _Way:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return _Way.EXTEND
    return _Way.TOGGLE if modifiers & Qt.KeyboardModifier.ControlModifier else _Way.REPLACE


def _cells_between(geometry: Geometry, first: QPointF, second: QPointF) -> tuple[range, range]:
    """Rows and columns touched by the rectangle between two points of the whole grid."""
    left, right = sorted((first.x(), second.x()))
    top, bottom = sorted((first.y(), second.y()))
    at_origin = geometry.scrolled_to(0, 0)
    return at_origin.visible_rows(top, bottom), at_origin.visible_columns(left, right)
