"""What keys do to the grid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from rivers_app.heatmap.cursor import Step, moved
from rivers_app.heatmap.pointer import PointerSelection

if TYPE_CHECKING:
    from rivers_app.heatmap.view import PartitionHeatmap

Action = Callable[[], None]

_STEPS: Final = {
    Qt.Key.Key_Left: (Step.LEFT, Step.ROW_START),
    Qt.Key.Key_Right: (Step.RIGHT, Step.ROW_END),
    Qt.Key.Key_Up: (Step.UP, Step.UP),
    Qt.Key.Key_Down: (Step.DOWN, Step.DOWN),
    Qt.Key.Key_Home: (Step.ROW_START, Step.FIRST),
    Qt.Key.Key_End: (Step.ROW_END, Step.LAST),
    Qt.Key.Key_PageUp: (Step.PAGE_UP, Step.FIRST),
    Qt.Key.Key_PageDown: (Step.PAGE_DOWN, Step.LAST),
}
"""Where keys lead, without and with Ctrl."""


class GridKeyboard:
    """Finds the action for a key; `pointer` holds the cell that Shift extends from."""

    def __init__(self, heatmap: PartitionHeatmap, pointer: PointerSelection) -> None:
        self._heatmap = heatmap
        self._pointer = pointer
        self._standard: tuple[tuple[QKeySequence.StandardKey, Action], ...] = (
            (QKeySequence.StandardKey.SelectAll, heatmap.selection.select_all),
            (QKeySequence.StandardKey.Copy, heatmap.copy_keys),
            (QKeySequence.StandardKey.ZoomIn, heatmap.zoom_in),
            (QKeySequence.StandardKey.ZoomOut, heatmap.zoom_out),
        )
        self._own = self._bindings()

    def action_for(self, event: QKeyEvent) -> Action | None:
        """What a key does here, None if it means nothing to the grid."""
        for key, action in self._standard:
            if event.matches(key):
                return action
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        return self._own.get((event.key(), control, shift))

    def _bindings(self) -> dict[tuple[int, bool, bool], Action]:
        """Actions by key, Ctrl and Shift."""
        heatmap, keys = self._heatmap, Qt.Key
        bindings: dict[tuple[int, bool, bool], Action] = {
            (keys.Key_Return, False, False): heatmap.request_run,
            (keys.Key_Enter, False, False): heatmap.request_run,
            (keys.Key_Space, False, False): self._toggle_current,
            (keys.Key_Space, False, True): heatmap.extend_to_rows,
            (keys.Key_Space, True, False): heatmap.extend_to_columns,
            (keys.Key_I, True, False): heatmap.selection.invert,
            (keys.Key_0, False, False): heatmap.fit,
            (keys.Key_0, True, False): heatmap.fit,
            (keys.Key_Plus, False, False): heatmap.zoom_in,
            (keys.Key_Plus, False, True): heatmap.zoom_in,
            (keys.Key_Equal, False, False): heatmap.zoom_in,
            (keys.Key_Minus, False, False): heatmap.zoom_out,
            (keys.Key_Escape, False, False): self._escape,
        }
        for key, (plain, with_control) in _STEPS.items():
            for shift in (False, True):
                bindings[key, False, shift] = partial(self._step, plain, extend=shift)
                bindings[key, True, shift] = partial(self._step, with_control, extend=shift)
        return bindings

    def _escape(self) -> None:
        if self._pointer.is_active:
            self._pointer.cancel()
        else:
            self._heatmap.selection.clear()

    def _toggle_current(self) -> None:
        grid, selection = self._heatmap.grid_layout, self._heatmap.selection
        cell = grid.cell_of(selection.current) if grid is not None else None
        if grid is not None and cell is not None:
            selection.toggle(grid.ordinals_at(*cell))
            self._pointer.anchor = cell

    def _step(self, step: Step, *, extend: bool) -> None:
        """Move the current cell; `extend` keeps the selection's other end."""
        grid, selection = self._heatmap.grid_layout, self._heatmap.selection
        if grid is None:
            return
        here = grid.cell_of(selection.current)
        page = max(1, len(self._heatmap.grid_geometry.visible_rows()) - 1)
        there = moved(grid, here, step, page) if here is not None else moved(grid, (0, 0), Step.FIRST)
        anchor = (self._pointer.anchor or here or there) if extend else there
        self._pointer.anchor = anchor
        selection.replace(grid.between(anchor, there) if extend else grid.ordinals_at(*there))
        selection.set_current(grid.ordinal_at(*there))
        self._heatmap.reveal(selection.current)
