"""Lists the keyboard shortcuts: those of the menus and those of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row, spoken

_GRID: Final = (
    ("Arrow keys", "Move from cell to cell"),
    ("Shift + arrow keys", "Extend the selection"),
    ("Shift + click", "Select from the last cell to this one"),
    ("Ctrl + click", "Add a cell to the selection, or take it away"),
    ("Enter", "Open the cell's run"),
    ("Ctrl + wheel", "Zoom"),
    ("0", "Fit the grid into its space"),
    ("Middle button", "Pan by dragging"),
)


class ShortcutsDialog(QDialog):
    """A table of keys and what they do."""

    def __init__(self, shell: Shell, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("shortcutsDialog")
        self.setAccessibleName("Keyboard shortcuts")
        self.setWindowTitle("Keyboard Shortcuts")
        self.resize(520, 560)
        keys = [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), spoken(action.text()))
            for action in actions
            if not action.shortcut().isEmpty()
        ]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label("Keyboard shortcuts", "shortcutsTitle", "heading"))
        layout.addWidget(self._scrolling(self._table(keys)), 1)
        layout.addLayout(row(None, button("Close", "closeShortcutsButton", self.accept, role="primary")))

    def _scrolling(self, table: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setObjectName("shortcutsArea")
        area.setAccessibleName("Shortcuts")
        area.setWidgetResizable(True)
        area.setWidget(table)
        return area

    def _table(self, keys: Sequence[tuple[str, str]]) -> QWidget:
        made = QWidget()
        made.setObjectName("shortcutsTable")
        made.setProperty("surface", "none")
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, METRICS.space_3, 0)
        grid.setHorizontalSpacing(METRICS.space_6)
        grid.setVerticalSpacing(METRICS.space_2)
        grid.setColumnStretch(1, 1)
        self._fill(grid, "Everywhere", keys)
        self._fill(grid, "In the grid of partitions", _GRID)
        grid.setRowStretch(grid.rowCount(), 1)
        return made

    def _fill(self, grid: QGridLayout, title: str, keys: Sequence[tuple[str, str]]) -> None:
        grid.addWidget(label(title, "shortcutsSection", "key"), grid.rowCount(), 0, 1, 2)
        for key, meaning in keys:
            at = grid.rowCount()
            grid.addWidget(label(key, "shortcutKey"), at, 0)
            grid.addWidget(label(meaning, "shortcutMeaning", "muted"), at, 1)
