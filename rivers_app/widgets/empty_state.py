"""What stands where nothing is to be seen yet: what this place is for, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row

_ICON_SIZE: Final = QSize(32, 32)
_TEXT_WIDTH: Final = 440


@dataclass(frozen=True, slots=True)
class EmptyAction:
    """A button: its text, its object name and what it does; the first one offered stands out."""

    text: str
    object_name: str
    chosen: Callable[[], object]


class EmptyState(QWidget):
    """An icon, a title, a sentence and buttons in the middle of the space it is given."""

    def __init__(
        self,
        shell: Shell,
        *,
        icon: str,
        title: str,
        text: str = "",
        actions: tuple[EmptyAction, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._icon_name = icon
        self.setObjectName("emptyState")
        self._icon = label("", "emptyIcon")
        self._title = label(title, "emptyTitle", "heading")
        self._text = label(text, "emptyText", "muted", wraps=True)
        for part in (self._icon, self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setMaximumWidth(_TEXT_WIDTH)
        self._text.setMinimumWidth(120)
        self._lay_out(actions)
        self.say(title, text)
        self._on_theme_changed()
        shell.appearance.theme_changed.connect(self._on_theme_changed)

    def say(self, title: str, text: str = "") -> None:
        """Change the words."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title}. {text}" if text else title)

    def offer(self, object_name: str, *, is_offered: bool) -> None:
        """Whether the action of this name makes sense now."""
        found = self.findChild(QPushButton, object_name)
        assert found is not None
        found.setVisible(is_offered)

    def _lay_out(self, actions: tuple[EmptyAction, ...]) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(METRICS.space_2)
        layout.addStretch(2)
        layout.addWidget(self._icon)
        layout.addWidget(self._title)
        text = row(None, self._text, None)
        text.setStretch(1, 100)
        layout.addLayout(text)
        if actions:
            buttons = [
                button(action.text, action.object_name, action.chosen, role="" if at else "primary")
                for at, action in enumerate(actions)
            ]
            layout.addSpacing(METRICS.space_2)
            layout.addLayout(row(None, *buttons, None))
        layout.addStretch(3)

    def _on_theme_changed(self) -> None:
        icon = self._shell.icons.icon(self._icon_name, "text_disabled")
        self._icon.setPixmap(icon.pixmap(_ICON_SIZE, self.devicePixelRatioF()))
