"""A dialog that is as wide as its parts need and as high as its wrapped text needs at that width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog
from typing_extensions import override


class FittedDialog(QDialog):
    """Qt asks wrapped text for its height at a width of its own choice, and so makes dialogs too high or too low.

    It grows with text that changes or gets larger while it is open, and never shrinks under the pointer.
    """

    @override
    def sizeHint(self) -> QSize:
        return self._fitted(super().sizeHint().width())

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.resize(self._fitted(self.width()))

    @override
    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            self.resize(self.size().expandedTo(self._fitted(self.width())))
        return handled

    def _fitted(self, width: int) -> QSize:
        layout = self.layout()
        assert layout is not None  # a dialog without parts has nothing to fit
        width = max(width, self.minimumWidth(), layout.totalMinimumSize().width())
        return QSize(width, layout.totalHeightForWidth(width))
