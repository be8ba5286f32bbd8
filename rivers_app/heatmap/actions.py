"""What the grid's context menu offers, and copying keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from rivers_core.partitions.definitions import PartitionsDefinition

if TYPE_CHECKING:
    from rivers_app.heatmap.selection import PartitionSelection
    from rivers_app.heatmap.view import PartitionHeatmap

MOST_COPIED_KEYS: Final = 10_000


class HeatmapActions(QObject):
    """The grid's actions; a window may put them into its menus as well."""

    def __init__(self, heatmap: PartitionHeatmap) -> None:
        super().__init__(heatmap)
        self._heatmap = heatmap
        standard = QKeySequence.StandardKey
        self.backfill = self._action("Backfill Selection…", heatmap.backfill_requested.emit)
        self.open_run = self._action("Open Run", heatmap.request_run, Qt.Key.Key_Return)
        self.select_all = self._action("Select All", heatmap.selection.select_all, standard.SelectAll)
        self.clear = self._action("Select Nothing", heatmap.selection.clear, Qt.Key.Key_Escape)
        self.invert = self._action("Invert Selection", heatmap.selection.invert, "Ctrl+I")
        self.select_rows = self._action("Extend to Whole Rows", heatmap.extend_to_rows, "Shift+Space")
        self.select_columns = self._action("Extend to Whole Columns", heatmap.extend_to_columns, "Ctrl+Space")
        self.copy_keys = self._action("Copy Keys", heatmap.copy_keys, standard.Copy)
        self.zoom_in = self._action("Zoom In", heatmap.zoom_in, standard.ZoomIn)
        self.zoom_out = self._action("Zoom Out", heatmap.zoom_out, standard.ZoomOut)
        self.fit = self._action("Fit All in the Window", heatmap.fit, Qt.Key.Key_0)

    def offered(self) -> tuple[QAction, ...]:
        """All of them, those that can be done now enabled."""
        self._enable()
        selecting = (self.select_all, self.clear, self.invert, self.select_rows, self.select_columns)
        return (self.backfill, self.open_run, *selecting, self.copy_keys, self.zoom_in, self.zoom_out, self.fit)

    def show_menu(self, position: QPoint) -> QMenu:
        """Open the context menu at a position of the screen; it deletes itself when it is closed."""
        menu = QMenu(self._heatmap)
        menu.setObjectName("partitionHeatmapMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._enable()
        menu.addActions([self.backfill, self.open_run])
        menu.addSeparator()
        menu.addActions([self.select_all, self.clear, self.invert, self.select_rows, self.select_columns])
        menu.addSeparator()
        menu.addAction(self.copy_keys)
        menu.addSeparator()
        menu.addActions([self.zoom_in, self.zoom_out, self.fit])
        menu.popup(position)
        return menu

    def _enable(self) -> None:
        selection = self._heatmap.selection
        for action in (self.backfill, self.clear, self.select_rows, self.select_columns, self.copy_keys):
            action.setEnabled(selection.count > 0)
        self.open_run.setEnabled(selection.current >= 0)

    def _action(
        self,
        text: str,
        triggered: Callable[[], None],
        shortcut: QKeySequence.StandardKey | Qt.Key | str | None = None,
    ) -> QAction:
        action = QAction(text, self)
        # Shown in the menu; the keys themselves arrive at the grid, so that they act only while it has focus.
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked: triggered())
        return action


def copy_keys(definition: PartitionsDefinition, selection: PartitionSelection) -> str:
    """Put the keys of the selection, one a line, on the clipboard; returns a sentence that says how many."""
    ordinals = selection.ordinals()
    copied = ordinals[:MOST_COPIED_KEYS].tolist()
    QGuiApplication.clipboard().setText("\n".join(definition.label_at(ordinal) for ordinal in copied))
    if len(copied) < len(ordinals):
        return f"Copied the first {len(copied):,} of {len(ordinals):,} keys."
    return "Copied 1 key." if len(copied) == 1 else f"Copied {len(copied):,} keys."
