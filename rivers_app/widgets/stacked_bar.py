"""A bar that shows by the lengths of its colors how many partitions are in which state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from rivers_app.models.roles import COUNTS_ROLE
from rivers_app.theme import GRID, Appearance, Theme
from rivers_app.wording import PARTITION_STATE_TEXT, count
from rivers_core.states import PartitionState

Counts = Mapping[PartitionState, int]

BAR_ORDER: Final = (
    PartitionState.COMPLETED,
    PartitionState.STALE,
    PartitionState.RUNNING,
    PartitionState.QUEUED,
    PartitionState.CANCELED,
    PartitionState.FAILED,
    PartitionState.MISSING,
)
_LEAST_PIXELS: Final = 2.0
_THICKNESS: Final = 8.0


def segments(counts: Counts, width: float) -> list[tuple[PartitionState, float, float]]:
    """State, start and end of each part of a bar `width` pixels long; what there is has at least two pixels."""
    present = [(state, counts.get(state, 0)) for state in BAR_ORDER if counts.get(state, 0) > 0]
    total = sum(number for _, number in present)
    if not total or width <= 0:
        return []
    lengths = [max(_LEAST_PIXELS, number / total * width) for _, number in present]
    longest = lengths.index(max(lengths))
    lengths[longest] = max(_LEAST_PIXELS, lengths[longest] - (sum(lengths) - width))
    found, at = [], 0.0
    for (state, _), length in zip(present, lengths, strict=True):
        found.append((state, at, min(width, at + length)))
        at += length
    return found


def counts_text(counts: Counts) -> str:
    """The counts in words, for tool tips and screen readers."""
    named = [f"{PARTITION_STATE_TEXT[state]} {count(counts[state])}" for state in BAR_ORDER if counts.get(state)]
    return ", ".join(named) or "no partitions"


def paint_stacked_bar(painter: QPainter, place: QRectF, counts: Counts, theme: Theme) -> None:
    """Fill `place` with a rounded bar; an empty one is a groove."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    radius = min(3.0, place.height() / 2)
    outline.addRoundedRect(place, radius, radius)
    painter.setClipPath(outline)
    painter.fillRect(place, QColor(theme.colors.pressed))
    for state, start, stop in segments(counts, place.width()):
        if state is not PartitionState.MISSING:
            part = QRectF(place.left() + start, place.top(), stop - start, place.height())
            painter.fillRect(part, theme.state_color(state))
    painter.restore()


class StackedBar(QWidget):
    """The bar as a widget of its own."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = appearance.theme
        self._counts: Counts = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Partitions by state")
        appearance.theme_changed.connect(self._on_theme_changed)

    def set_counts(self, counts: Counts) -> None:
        self._counts = dict(counts)
        self.setAccessibleDescription(counts_text(counts))
        self.setToolTip(counts_text(counts))
        self.update()

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_stacked_bar(painter, QRectF(self.rect()), self._counts, self._theme)
        painter.end()

    @override
    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, int(_THICKNESS))


class StackedBarDelegate(QStyledItemDelegate):
    """Draws the bar in a table cell whose model gives `COUNTS_ROLE`; owned by the table."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = appearance.theme
        appearance.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        counts = index.data(COUNTS_ROLE)
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        widget = self.parent()
        assert isinstance(widget, QWidget)
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, widget)
        if counts:
            place = QRectF(plain.rect)
            middle = place.center().y()
            bar = QRectF(place.left() + 2 * GRID, middle - _THICKNESS / 2, place.width() - 4 * GRID, _THICKNESS)
            paint_stacked_bar(painter, bar, counts, self._theme)
