"""Two calendars to choose the first and the last window of a time dimension."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone, Signal
from PySide6.QtWidgets import QDateTimeEdit, QFrame, QLabel, QWidget

from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, column, indented, label, row
from rivers_core.partitions.definitions import PartitionsDefinition

# Partitions are wall-clock windows: in UTC no hour is skipped or repeated, whatever the computer's zone does.
_UTC: Final = QTimeZone(QTimeZone.Initialization.UTC)
_WIDEST_PRESETS: Final = (("Last 7 days", 7), ("Last 30 days", 30), ("Last 365 days", 365))


class SpanPopup(QFrame):
    """Asks for a first and a last moment; closes when one clicks beside it."""

    span_chosen = Signal(object, object)
    """First and last ordinal of the definition, both included. (`object`: an ordinal may exceed 32 bits.)"""

    def __init__(self, definition: PartitionsDefinition, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("spanPopup")
        self.setAccessibleName(what)
        self.setProperty("popup", True)
        self._definition = definition
        self._size = definition.size()
        self._first, self._first_text = self._editor("From", "spanFirst")
        self._last, self._last_text = self._editor("To", "spanLast")
        self._lay_out()

    def open_below(self, anchor: QWidget, first: int, last: int) -> None:
        """Show the calendars under a widget, at the windows of these ordinals."""
        self._show_span(first, last)
        self.adjustSize()
        self.move(anchor.mapToGlobal(anchor.rect().bottomLeft()))
        self.show()
        self._first.setFocus()

    def _editor(self, text: str, name: str) -> tuple[QDateTimeEdit, QLabel]:
        made = indented(QDateTimeEdit())
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.setTimeZone(_UTC)
        made.setCalendarPopup(True)
        made.setDisplayFormat("yyyy-MM-dd HH:mm" if self._has_hours() else "yyyy-MM-dd")
        if self._size:
            made.setDateTimeRange(self._shown(0), self._shown(self._size - 1))
        return made, label(text, f"{name}Label", "key")

    def _lay_out(self) -> None:
        fields = row(
            column(self._first_text, self._first, spacing=METRICS.space_1),
            column(self._last_text, self._last, spacing=METRICS.space_1),
        )
        presets = [button("All", "spanAll", lambda: self._show_span(0, self._size - 1), role="quiet")]
        for text, days in _WIDEST_PRESETS:
            preset = button(text, f"spanLast{days}", role="quiet")
            preset.clicked.connect(lambda _checked=False, days=days: self._show_last(days))
            presets.append(preset)
        use = button("Use", "spanUse", self._on_use_clicked, role="primary")
        self.setLayout(column(fields, row(*presets), row(None, use), margin=METRICS.space_3))

    def _has_hours(self) -> bool:
        """Whether windows are shorter than a day, so that hours matter."""
        window = self._definition.window_at(0) if self._size else None
        return window is not None and window.end - window.start < timedelta(days=1)

    def _start_of(self, ordinal: int) -> datetime:
        window = self._definition.window_at(ordinal)
        assert window is not None  # only time dimensions come here
        return window.start

    def _shown(self, ordinal: int) -> QDateTime:
        start = self._start_of(ordinal)
        time = QTime(start.hour, start.minute, start.second)
        return QDateTime(QDate(start.year, start.month, start.day), time, _UTC)

    def _show_span(self, first: int, last: int) -> None:
        if self._size:
            self._first.setDateTime(self._shown(first))
            self._last.setDateTime(self._shown(last))

    def _show_last(self, days: int) -> None:
        if not self._size:
            return
        since = self._start_of(self._size - 1) - timedelta(days=days - 1)
        self._show_span(self._ordinal_near(since), self._size - 1)

    def _on_use_clicked(self) -> None:
        if self._size:
            chosen = sorted(self._ordinal_near(_moment(editor)) for editor in (self._first, self._last))
            self.span_chosen.emit(chosen[0], chosen[1])
        self.hide()

    def _ordinal_near(self, moment: datetime) -> int:
        """The window that contains the moment, or the nearest there is: halving, since starts only grow."""
        low, high = 0, self._size - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._start_of(middle) <= moment:
                low = middle
            else:
                high = middle - 1
        return low


def _moment(editor: QDateTimeEdit) -> datetime:
    day, time = editor.date(), editor.time()
    return datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), time.second())
