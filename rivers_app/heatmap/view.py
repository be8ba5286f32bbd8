"""The heatmap: every partition of an asset as a cell, to look at, to select and to act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QToolTip, QWidget
from typing_extensions import override

from rivers_app.heatmap.actions import HeatmapActions, copy_keys
from rivers_app.heatmap.canvas import HeatmapCanvas
from rivers_app.heatmap.keyboard import GridKeyboard
from rivers_app.heatmap.pointer import PointerSelection
from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.theme import Appearance
from rivers_app.wording import PARTITION_STATE_TEXT

_ZOOM_STEP: Final = 1.25
_NOTCH: Final = 120
_SCROLL_INTERVAL: Final = 30
_SCROLL_STEP: Final = 24


class PartitionHeatmap(HeatmapCanvas):
    """The grid of one asset. Signals carry ordinals; -1 says that there is none."""

    hovered = Signal(int)
    current_changed = Signal(int)
    run_requested = Signal(int)
    """The run of a partition is to be opened."""
    backfill_requested = Signal()
    """The selection is to be backfilled."""
    message = Signal(str)
    """A sentence for the status bar."""

    def __init__(
        self,
        model: PartitionGridModel,
        selection: PartitionSelection,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, selection, appearance, parent)
        self.setObjectName("partitionHeatmap")
        self.setAccessibleName("Partitions as a grid")
        self.setAccessibleDescription("The Table beside it lists the same partitions and shares the selection.")
        self._pointer = PointerSelection(selection)
        self._keyboard = GridKeyboard(self, self._pointer)
        self._describe: Callable[[int], str] = self._short_description
        self._pan_from: QPointF | None = None
        self._last_at = QPointF()
        self._scrolling = QTimer(self, interval=_SCROLL_INTERVAL)
        self._scrolling.timeout.connect(self._scroll_towards_pointer)
        self.grid_actions = HeatmapActions(self)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        selection.current_changed.connect(self.current_changed)
        model.replaced.connect(self._on_model_replaced)

    def set_description(self, describe: Callable[[int], str]) -> None:
        """Where tool tips come from: a text (plain or rich) for an ordinal, from memory."""
        self._describe = describe

    def zoom_in(self) -> None:
        self.zoom(_ZOOM_STEP)

    def zoom_out(self) -> None:
        self.zoom(1 / _ZOOM_STEP)

    def request_run(self) -> None:
        if self.selection.current != NO_CURRENT:
            self.run_requested.emit(self.selection.current)

    def offered_actions(self) -> tuple[QAction, ...]:
        return self.grid_actions.offered()

    # Named as in Qt's own views, for the Edit menu.
    def copy(self) -> None:
        self.copy_keys()

    def selectAll(self) -> None:
        self.selection.select_all()

    def copy_keys(self) -> None:
        definition = self.model.definition
        if definition is not None and self.selection.count:
            self.message.emit(copy_keys(definition, self.selection))

    def extend_to_rows(self) -> None:
        """Select the whole rows of all that is selected."""
        if self.grid_layout is not None:
            self.selection.add(self.grid_layout.whole_rows(self.selection.ordinals()))

    def extend_to_columns(self) -> None:
        if self.grid_layout is not None:
            self.selection.add(self.grid_layout.whole_columns(self.selection.ordinals()))

    def _short_description(self, ordinal: int) -> str:
        definition = self.model.definition
        label = definition.label_at(ordinal) if definition is not None else ""
        return f"{label}\n{PARTITION_STATE_TEXT[self.model.state_at(ordinal)]}"

    def _on_model_replaced(self) -> None:
        self._pointer.release()
        if self._pointer.anchor is not None and not self.selection.count:
            self._pointer.anchor = None

    def _at(self, position: QPointF) -> QPointF:
        return position - self.grid_origin

    def _hover_at(self, point: QPointF | None) -> None:
        cell = self.cell_under(point) if point is not None else None
        if cell != self._hover:
            self._set_hover(cell)
            grid = self.grid_layout
            self.hovered.emit(grid.ordinal_at(*cell) if cell is not None and grid is not None else NO_CURRENT)

    @override
    def event(self, event: QEvent) -> bool:
        # Keys the grid understands go to it while it has focus, even where the window has a shortcut for them.
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride:
            understood = event.key() != Qt.Key.Key_Escape and self._keyboard.action_for(event) is not None
            event.setAccepted(understood)
            return understood
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._keyboard.action_for(event)
        if action is None:
            event.ignore()
        else:
            action()

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self._show_tool_tip(event)
            return True
        if isinstance(event, QNativeGestureEvent):
            return self._on_native_gesture(event)
        if isinstance(event, QGestureEvent):
            return self._on_gesture(event)
        if event.type() is QEvent.Type.Leave:
            self._hover_at(None)
        return super().viewportEvent(event)

    def _show_tool_tip(self, event: QHelpEvent) -> None:
        cell, grid = self.cell_under(QPointF(event.pos())), self.grid_layout
        if cell is None or grid is None:
            QToolTip.hideText()
            return
        QToolTip.showText(event.globalPos(), self._describe(grid.ordinal_at(*cell)), self.viewport())

    def _on_native_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() is not Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self.zoom(1 + event.value(), event.position())
        return True

    def _on_gesture(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        middle = self.viewport().mapFromGlobal(pinch.centerPoint())
        self.zoom(pinch.scaleFactor(), QPointF(middle))
        return True

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_ZOOM_STEP ** (event.angleDelta().y() / _NOTCH), event.position())
            event.accept()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y() // 2)
            event.accept()
        else:
            super().wheelEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        grid = self.grid_layout
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() is Qt.MouseButton.LeftButton and grid is not None:
            self._pointer.press(grid, self.grid_geometry, self._at(event.position()), event.modifiers())
        elif event.button() is Qt.MouseButton.RightButton:
            self._aim_menu(event.position())

    def _aim_menu(self, point: QPointF) -> None:
        """A right click beside the selection means the cell under it."""
        cell, grid = self.cell_under(point), self.grid_layout
        if cell is None or grid is None:
            return
        ordinals = grid.ordinals_at(*cell)
        if not self.selection.mask[ordinals].any():
            self.selection.replace(ordinals)
            self._pointer.anchor = cell
        self.selection.set_current(grid.ordinal_at(*cell))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._last_at = event.position()
        if self._pan_from is not None:
            moved_by = event.position() - self._pan_from
            self._pan_from = event.position()
            window = self.grid_geometry
            self._show(window.scrolled_to(window.left - moved_by.x(), window.top - moved_by.y()))
        elif self._pointer.is_active:
            self._follow_pointer()
            if not self._scrolling.isActive():
                self._scrolling.start()
        self._hover_at(event.position())

    def _follow_pointer(self) -> None:
        if self.grid_layout is not None:
            self._pointer.move(self.grid_layout, self.grid_geometry, self._at(self._last_at))
            self.viewport().update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = None
            self.viewport().unsetCursor()
        elif event.button() is Qt.MouseButton.LeftButton:
            self._scrolling.stop()
            self._pointer.release()
            self.viewport().update()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.cell_under(event.position()) is not None:
            self.request_run()

    def _scroll_towards_pointer(self) -> None:
        """While a button is held outside, the grid comes along."""
        window, at = self.grid_geometry, self._at(self._last_at)
        dx = _SCROLL_STEP * ((at.x() > window.width) - (at.x() < 0))
        dy = _SCROLL_STEP * ((at.y() > window.height) - (at.y() < 0))
        if dx or dy:
            self._show(window.scrolled_to(window.left + dx, window.top + dy))
            self._follow_pointer()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        self.grid_actions.show_menu(self._menu_point() if by_key else event.globalPos())

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    @override
    def _paint_overlays(self, painter: QPainter) -> None:
        super()._paint_overlays(painter)
        band = self._pointer.band(self.grid_geometry)
        if band is not None:
            accent = QColor(self._theme.colors.accent)
            painter.setPen(accent)
            accent.setAlphaF(0.15)
            painter.setBrush(accent)
            painter.drawRect(QRectF(*band).normalized())

    def _menu_point(self) -> QPoint:
        """Where a menu asked for by key opens, in the screen's coordinates."""
        place = self.place_of(self.selection.current)
        return self.viewport().mapToGlobal((place.center() if place else self.grid_origin).toPoint())
