"""The steps of a run as bars over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from rivers_app.theme import METRICS, Appearance, Theme
from rivers_app.wording import RUN_STATE_TEXT, duration
from rivers_core.states import PartitionState, RunState

if TYPE_CHECKING:
    from rivers_core.records import StepRecord

_LEAST_BAR: Final = 3.0
_NAME_SHARE: Final = 0.3
_TIME_WIDTH: Final = 130
_AS_PARTITION: Final = {
    RunState.COMPLETED: PartitionState.COMPLETED,
    RunState.FAILED: PartitionState.FAILED,
    RunState.CANCELED: PartitionState.CANCELED,
    RunState.RUNNING: PartitionState.RUNNING,
    RunState.QUEUED: PartitionState.QUEUED,
}


class StepTimeline(QWidget):
    """A line for each step: its name, a bar from its start to its end, how long it took."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = appearance.theme
        self._steps: tuple[StepRecord, ...] = ()
        self.setObjectName("stepTimeline")
        self.setAccessibleName("Steps of the run")
        appearance.theme_changed.connect(self._on_theme_changed)

    def set_steps(self, steps: Sequence[StepRecord]) -> None:
        self._steps = tuple(steps)
        self.setAccessibleDescription("; ".join(f"{step.name} {_said(step)}" for step in steps) or "no steps yet")
        self.setMinimumHeight(self._line_height() * max(1, len(self._steps)))
        self.updateGeometry()
        self.update()

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def _line_height(self) -> int:
        return self.fontMetrics().height() + METRICS.space_3

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, self._line_height() * max(1, len(self._steps)))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        span = _span(self._steps)
        for at, step in enumerate(self._steps):
            self._paint_step(
                painter, step, QRectF(0, at * self._line_height(), self.width(), self._line_height()), span
            )
        painter.end()

    def _paint_step(self, painter: QPainter, step: StepRecord, line: QRectF, span: tuple[float, float]) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        names = QRectF(line.left(), line.top(), line.width() * _NAME_SHARE, line.height())
        times = QRectF(line.right() - _TIME_WIDTH, line.top(), _TIME_WIDTH, line.height())
        painter.setPen(QColor(self._theme.colors.text))
        elided = self.fontMetrics().elidedText(step.name, Qt.TextElideMode.ElideMiddle, int(names.width()) - 8)
        painter.drawText(names, middle, elided)
        painter.setPen(QColor(self._theme.colors.text_muted))
        painter.drawText(times, middle | Qt.AlignmentFlag.AlignRight, _said(step))
        room = QRectF(names.right(), line.top(), times.left() - names.right(), line.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.state_color(_AS_PARTITION[step.state]))
        painter.drawRoundedRect(_bar(step, room, span), 3, 3)


def _span(steps: Sequence[StepRecord]) -> tuple[float, float]:
    """The first start and the last end, in seconds since the epoch."""
    starts = [step.started for step in steps if step.started is not None]
    ends = [step.ended or step.started for step in steps if step.started is not None]
    return min(starts, default=0.0), max((end for end in ends if end is not None), default=0.0)


def _bar(step: StepRecord, room: QRectF, span: tuple[float, float]) -> QRectF:
    first, last = span
    length = max(last - first, 1e-6)
    start = step.started if step.started is not None else first
    end = step.ended if step.ended is not None else last
    left = room.left() + (start - first) / length * room.width()
    width = max(_LEAST_BAR, (end - start) / length * room.width())
    thickness = room.height() * 0.4
    return QRectF(min(left, room.right() - _LEAST_BAR), room.center().y() - thickness / 2, width, thickness)


def _said(step: StepRecord) -> str:
    took = duration(step.ended - step.started) if step.started is not None and step.ended is not None else ""
    tries = f", {step.attempts} attempts" if step.attempts > 1 else ""
    return f"{RUN_STATE_TEXT[step.state]} {took}{tries}".strip()
