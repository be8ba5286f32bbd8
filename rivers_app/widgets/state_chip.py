"""Draws a state in a table cell as a rounded chip in its color."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from rivers_app.models.roles import STATE_ROLE
from rivers_app.theme import METRICS, Appearance, Theme
from rivers_core.states import BackfillState, PartitionState, RunState

_DOT: Final = 8.0
# A state is told by the color its partitions have in the grid; what waits for a decision takes the accent.
_AS_PARTITION: Final = {
    BackfillState.COMPLETED.value: PartitionState.COMPLETED,
    BackfillState.FAILED.value: PartitionState.FAILED,
    BackfillState.CANCELED.value: PartitionState.CANCELED,
    BackfillState.IN_PROGRESS.value: PartitionState.RUNNING,
    BackfillState.REQUESTED.value: PartitionState.QUEUED,
    BackfillState.CANCELING.value: PartitionState.CANCELED,
    RunState.RUNNING.value: PartitionState.RUNNING,
    RunState.QUEUED.value: PartitionState.QUEUED,
}


class StateDelegate(QStyledItemDelegate):
    """A dot in the state's color before the state's name; owned by the table."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = appearance.theme
        appearance.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme

    @override
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        # Room for the dot: the text is drawn by the style, behind two spaces as wide as the dot.
        option.text = "     " + option.text

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        state = index.data(STATE_ROLE)
        if state is None:
            return
        place = QRectF(option.rect)
        dot = QRectF(place.left() + METRICS.space_2, place.center().y() - _DOT / 2, _DOT, _DOT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(str(state)))
        painter.drawEllipse(dot)
        painter.restore()

    def _color(self, state: str) -> QColor:
        known = _AS_PARTITION.get(state)
        return self._theme.state_color(known) if known is not None else QColor(self._theme.colors.accent)
