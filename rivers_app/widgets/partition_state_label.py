"""A partition's state as its swatch and its word."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from rivers_app.marks import swatch_icon
from rivers_app.shell import Shell
from rivers_app.widgets.parts import label, row
from rivers_app.wording import PARTITION_STATE_TEXT
from rivers_core.states import PartitionState

_SIZE: Final = 14


class PartitionStateLabel(QWidget):
    """Follows the theme; `name` is its object name."""

    def __init__(self, shell: Shell, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._state = PartitionState.MISSING
        self.setObjectName(name)
        self._swatch = label("", f"{name}Swatch")
        self._word = label("", f"{name}Word", "strong")
        self.setLayout(row(self._swatch, self._word, spacing=6))
        shell.appearance.theme_changed.connect(self._draw)
        self._draw()

    @property
    def state(self) -> PartitionState:
        return self._state

    def show_state(self, state: PartitionState) -> None:
        self._state = state
        self._draw()

    def _draw(self) -> None:
        word = PARTITION_STATE_TEXT[self._state]
        icon = swatch_icon(self._state, self._shell.appearance.theme, _SIZE, self.devicePixelRatioF())
        self._swatch.setPixmap(icon.pixmap(_SIZE, _SIZE))
        self._word.setText(word)
        self.setAccessibleName(f"State: {word}")
