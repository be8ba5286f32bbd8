"""The strips above and beside the grid that carry its labels and stay while it is scrolled."""

from __future__ import annotations

from math import ceil
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPolygonF

from rivers_app.heatmap.axes import BlankAxis, Tick
from rivers_app.heatmap.geometry import Geometry
from rivers_app.heatmap.layouts import GridLayout
from rivers_app.palettes import ThemeColors
from rivers_app.theme import GRID

_LABEL_LIMIT: Final = 180.0
_BESIDE: Final = 2.0 * GRID


class Headers:
    """Sizes and paints the strips of one layout in one font."""

    def __init__(self, layout: GridLayout, font: QFont) -> None:
        self._layout = layout
        self._font = QFont(font)
        self._metrics = QFontMetricsF(font)
        self.height = ceil(self._strip_height())
        self.width = ceil(self._strip_width())
        self.line = self._metrics.height()

    def paint(self, painter: QPainter, geometry: Geometry, colors: ThemeColors) -> None:
        """The grid's window begins at (`width`, `height`); the strips are painted left of and above it."""
        painter.save()
        painter.setFont(self._font)
        self._paint_across(painter, geometry, colors)
        self._paint_down(painter, geometry, colors)
        painter.restore()

    def _strip_height(self) -> float:
        across = self._layout.across
        if isinstance(across, BlankAxis):
            return float(GRID)
        lines = 2 if across.has_context else 1
        return lines * self._metrics.height() + 2 * GRID

    def _strip_width(self) -> float:
        down = self._layout.down
        labels = max(self._text_width(label) for label in down.samples(self._layout.rows))
        contexts = max((self._text_width(context) + _BESIDE for context in down.context_samples), default=0.0)
        return min(_LABEL_LIMIT, labels) + contexts + 2 * _BESIDE

    def _text_width(self, text: str) -> float:
        return self._metrics.horizontalAdvance(text)

    def _paint_across(self, painter: QPainter, geometry: Geometry, colors: ThemeColors) -> None:
        painter.save()
        # Clipped to the strip, with room for a first label that reaches over the corner.
        painter.setClipRect(QRectF(self.width, 0, geometry.width, self.height))
        painter.translate(self.width, 0)
        shown = geometry.visible_columns()
        ticks = self._layout.across.ticks(shown, geometry.cell_width, lambda text: self._text_width(text) + _BESIDE)
        self._paint_fine_labels(painter, geometry, ticks, colors)
        if self._layout.across.has_context:
            self._paint_contexts(painter, geometry, ticks, colors)
        if self._layout.open_column is not None and self._layout.open_rows is None:
            self._paint_open_column(painter, geometry, self._layout.open_column, colors)
        painter.restore()

    def _paint_fine_labels(self, painter: QPainter, geometry: Geometry, ticks: list[Tick], colors: ThemeColors) -> None:
        painter.setPen(QColor(colors.text_muted))
        bottom = self.height - GRID
        for tick in ticks:
            left = geometry.x_of(tick.index)
            wide = self._text_width(tick.text)
            # A label no wider than its cell stands in the middle of it.
            start = left + (geometry.cell_width - wide) / 2 if wide <= geometry.cell_width else left
            painter.drawText(QPointF(start, bottom - self._metrics.descent()), tick.text)

    def _paint_contexts(self, painter: QPainter, geometry: Geometry, ticks: list[Tick], colors: ThemeColors) -> None:
        painter.setPen(QColor(colors.text))
        baseline = GRID / 2 + self._metrics.ascent()
        limit = geometry.width
        for tick in reversed(_period_starts(ticks)):
            sticky = tick.index == ticks[0].index
            left = max(0.0, geometry.x_of(tick.index)) if sticky else geometry.x_of(tick.index)
            if left + self._text_width(tick.context) <= limit:
                painter.drawText(QPointF(left, baseline), tick.context)
                limit = left - _BESIDE

    def _paint_open_column(self, painter: QPainter, geometry: Geometry, column: int, colors: ThemeColors) -> None:
        middle = geometry.x_of(column) + geometry.cell_width / 2
        _paint_pointer(painter, QPointF(middle, self.height - 1), QPointF(3.5, 0), QPointF(0, -4), colors)

    def _paint_down(self, painter: QPainter, geometry: Geometry, colors: ThemeColors) -> None:
        painter.save()
        painter.setClipRect(QRectF(0, self.height, self.width, geometry.height))
        painter.translate(0, self.height)
        line = self._metrics.height()
        shown = geometry.visible_rows()
        for row in self._layout.band_starts(shown):
            painter.fillRect(QRectF(_BESIDE, geometry.y_of(row) - 1, self.width, 1), QColor(colors.border_strong))
        ticks = self._layout.down.ticks(shown, geometry.cell_height, lambda _: line)
        contexts = {tick.index for tick in _period_starts(ticks)}
        taken = -line
        for tick in ticks:
            middle = geometry.y_of(tick.index) + geometry.cell_height / 2
            if geometry.cell_height < line:
                middle = max(middle, geometry.y_of(tick.index) + line / 2)
            self._paint_row_label(painter, tick.text, middle, colors.text_muted)
            if tick.index in contexts and middle - taken >= line:
                taken = max(middle, line / 2)
                self._paint_row_context(painter, tick.context, taken, colors)
        if self._layout.open_rows is not None:
            self._paint_open_rows(painter, geometry, self._layout.open_rows, colors)
        painter.restore()

    def _paint_row_label(self, painter: QPainter, text: str, middle: float, color: str) -> None:
        painter.setPen(QColor(color))
        line = self._metrics.height()
        place = QRectF(_BESIDE, middle - line / 2, self.width - 2 * _BESIDE, line)
        elided = self._metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, elided)

    def _paint_row_context(self, painter: QPainter, text: str, middle: float, colors: ThemeColors) -> None:
        painter.setPen(QColor(colors.text))
        line = self._metrics.height()
        place = QRectF(_BESIDE, middle - line / 2, self.width, line)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_open_rows(self, painter: QPainter, geometry: Geometry, rows: range, colors: ThemeColors) -> None:
        middle = geometry.y_of(rows.start) + len(rows) * geometry.cell_height / 2
        _paint_pointer(painter, QPointF(self.width - 1, middle), QPointF(0, 3.5), QPointF(-4, 0), colors)


def _period_starts(ticks: list[Tick]) -> list[Tick]:
    """The first tick and those that begin another larger period."""
    return [
        tick for at, tick in enumerate(ticks) if tick.context and (at == 0 or tick.context != ticks[at - 1].context)
    ]


def _paint_pointer(painter: QPainter, tip: QPointF, half: QPointF, back: QPointF, colors: ThemeColors) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.accent))
    painter.drawPolygon(QPolygonF([tip, tip + back + half, tip + back - half]))
    painter.restore()
