"""Drawing a partition state small: its mark, and a swatch with its color and mark."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from rivers_app.palettes import STATE_MARKS, Mark, readable_on
from rivers_app.theme import Theme
from rivers_core.states import PartitionState


def paint_mark(painter: QPainter, place: QRectF, mark: Mark, color: QColor) -> None:
    """Draw a state's mark in the middle of a cell or swatch."""
    middle, reach = place.center(), min(place.width(), place.height()) * 0.22
    pen = QPen(color, max(1.2, reach * 0.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match mark:
        case Mark.CROSS:
            painter.drawLine(QLineF(middle - QPointF(reach, reach), middle + QPointF(reach, reach)))
            painter.drawLine(QLineF(middle - QPointF(reach, -reach), middle + QPointF(reach, -reach)))
        case Mark.DASH:
            painter.drawLine(QLineF(middle - QPointF(reach * 1.2, 0), middle + QPointF(reach * 1.2, 0)))
        case Mark.RING:
            painter.drawEllipse(middle, reach * 1.1, reach * 1.1)
        case Mark.POINT | Mark.DOT:
            size = reach * (0.55 if mark is Mark.POINT else 1.05)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(middle, size, size)
        case Mark.NONE:
            return


def paint_swatch(painter: QPainter, place: QRectF, state: PartitionState, theme: Theme) -> None:
    """Draw a state as its cell looks; missing is an outline."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = min(3.0, place.height() / 4)
    if state is PartitionState.MISSING:
        painter.setPen(QPen(theme.state_color(state), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.state_color(state))
        painter.drawRoundedRect(place, radius, radius)
        paint_mark(painter, place, STATE_MARKS[state], QColor(readable_on(theme.states.fills[state])))
    painter.restore()


def swatch_icon(state: PartitionState, theme: Theme, size: int, ratio: float) -> QIcon:
    """A swatch of `size` logical pixels for a screen with `ratio` device pixels each."""
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, QRectF(0, 0, size, size), state, theme)
    painter.end()
    icon = QIcon(pixmap)
    for mode in (QIcon.Mode.Disabled, QIcon.Mode.Selected):  # or Qt would tint it, and its color is its meaning
        icon.addPixmap(pixmap, mode)
    return icon
