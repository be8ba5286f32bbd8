"""Waits for the first picture of a widget."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class Painted(QObject):
    """`happened` is set once the widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.happened = asyncio.Event()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.happened.set()
        return super().eventFilter(watched, event)
