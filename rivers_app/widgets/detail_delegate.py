"""Draws a list's item with a second, quieter text at its right end."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from rivers_app.theme import METRICS, Appearance

DETAIL_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 110


class DetailDelegate(QStyledItemDelegate):
    """The detail is cut off at its end where both texts do not fit."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        detail = index.data(DETAIL_ROLE)
        if not detail:
            return
        place: QRect = option.rect
        metrics = painter.fontMetrics()
        title = metrics.horizontalAdvance(index.data(Qt.ItemDataRole.DisplayRole))
        room = place.adjusted(title + 4 * METRICS.space_3, 0, -METRICS.space_3, 0)
        painter.save()
        painter.setPen(QColor(self._appearance.theme.colors.text_muted))
        text = metrics.elidedText(detail, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()
