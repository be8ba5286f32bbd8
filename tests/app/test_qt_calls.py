"""The version of PySide6 that is installed keeps Python's None alive."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

CALLS = 5_000


def test_calls_that_return_nothing_do_not_lose_references_to_none(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    image = QImage(8, 8, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setToolTip(str(number % 7))
        label.update()
        painter.drawPoint(QPoint(1, 1))
    lost = before - sys.getrefcount(None)
    painter.end()
    assert lost < CALLS // 10
