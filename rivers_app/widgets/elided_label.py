"""A text in one line that is shortened where there is no room for it, and never widens its window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolTip
from typing_extensions import override

_LEAST_LETTERS = 8


class ElidedLabel(QLabel):
    """`text()` is the whole of it; a tool tip tells it while only a part is to be seen."""

    @property
    def is_elided(self) -> bool:
        return super().sizeHint().width() > self.width()

    @override
    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), _LEAST_LETTERS * self.fontMetrics().averageCharWidth()), whole.height())

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self.is_elided:
            QToolTip.showText(event.globalPos(), self.text(), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_elided:
            super().paintEvent(event)
            return
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, place.width())
        painter = QPainter(self)
        painter.setFont(self.font())
        self.style().drawItemText(
            painter, place, int(self.alignment()), self.palette(), self.isEnabled(), text, self.foregroundRole()
        )
        painter.end()
