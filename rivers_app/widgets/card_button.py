"""A large button with an icon, a title and a sentence that explains it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import column, label

_ICON_SIZE: Final = QSize(20, 20)


class CardButton(QPushButton):
    """Its words are labels, so that they may take two sizes and be cut off at the end of a line."""

    def __init__(
        self,
        shell: Shell,
        name: str,
        *,
        icon: str,
        title: str,
        text: str,
        clicked: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._icon_name = icon
        self._sentence = text
        self.setObjectName(name)
        self.setProperty("role", "card")
        self.setAccessibleName(title.removesuffix("…"))
        self.setAccessibleDescription(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._icon = QLabel()
        self._icon.setObjectName(f"{name}Icon")
        self._title = label(title, f"{name}Title")
        self._title.setProperty("role", "strong")
        self._text = label(text, f"{name}Text", "small")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._lay_out()
        self._on_theme_changed()
        shell.appearance.theme_changed.connect(self._on_theme_changed)
        self.clicked.connect(lambda _checked=False: clicked())

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(column(self._title, self._text, spacing=2), 1)
        for part in (self._icon, self._title, self._text):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _on_theme_changed(self) -> None:
        icon = self._shell.icons.icon(self._icon_name, "accent")
        self._icon.setPixmap(icon.pixmap(_ICON_SIZE, self.devicePixelRatioF()))

    @override
    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())
