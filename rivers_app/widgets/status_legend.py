"""How many partitions are in which state, to read and to select them by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from rivers_app.marks import swatch_icon
from rivers_app.theme import Appearance, Theme
from rivers_app.widgets.flow_layout import FlowLayout
from rivers_app.widgets.offered_actions import SAID_AS
from rivers_app.wording import PARTITION_STATE_TEXT, count, plural
from rivers_core.states import PartitionState

LEGEND_ORDER: Final = (
    PartitionState.COMPLETED,
    PartitionState.FAILED,
    PartitionState.CANCELED,
    PartitionState.RUNNING,
    PartitionState.QUEUED,
    PartitionState.STALE,
    PartitionState.MISSING,
)
_SWATCH: Final = 14


class StatusLegend(QWidget):
    """A button for each state with its swatch and count."""

    state_clicked = Signal(object)
    """The `PartitionState` of the button."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLegend")
        self.setAccessibleName("Partitions by state")
        self._theme = appearance.theme
        self._buttons = {state: self._button(state) for state in LEGEND_ORDER}
        layout = FlowLayout(self)
        for button in self._buttons.values():
            layout.addWidget(button)
        appearance.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(self._theme)
        self.set_counts({})

    def set_counts(self, counts: Mapping[PartitionState, int]) -> None:
        """Show these; a state that is not named has none."""
        for state, button in self._buttons.items():
            number, text = counts.get(state, 0), PARTITION_STATE_TEXT[state]
            button.setText(f"{text} {count(number)}")
            button.setEnabled(number > 0)
            button.setAccessibleName(f"{text}: {plural(number, 'partition')}")
            button.setToolTip(f"Select all {text} partitions")
            button.setProperty(SAID_AS, button.toolTip())
        self.updateGeometry()

    def button(self, state: PartitionState) -> QPushButton:
        return self._buttons[state]

    def _button(self, state: PartitionState) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(f"statusLegend_{state.name.lower()}")
        button.setProperty("role", "legend")
        button.setIconSize(QSize(_SWATCH, _SWATCH))
        button.setAccessibleDescription("Selects all of them.")
        button.clicked.connect(lambda: self.state_clicked.emit(state))
        return button

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        for state, button in self._buttons.items():
            button.setIcon(swatch_icon(state, theme, _SWATCH, self.devicePixelRatioF()))
