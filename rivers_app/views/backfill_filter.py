"""Which backfills the list shows: by words, state, and age or the days in which they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtWidgets import QDateEdit, QLineEdit, QPushButton, QWidget

from rivers_app.shell import Shell
from rivers_app.widgets.parts import button, column, combo_box, indented, label, row
from rivers_core.states import BackfillState

_TYPING_MILLISECONDS: Final = 200
_DAY: Final = 86400.0
_AGES: Final = (("Any time", None), ("Last 24 hours", 1), ("Last 7 days", 7), ("Last 30 days", 30))
_BETWEEN: Final = "between"
_FIRST_SPAN: Final = 30
"""Days that are filled in when somebody wants to choose days."""
_GROUPS: Final = (
    (
        "running",
        (
            BackfillState.REQUESTED,
            BackfillState.IN_PROGRESS,
            BackfillState.PAUSED,
            BackfillState.INTERRUPTED,
            BackfillState.CANCELING,
        ),
    ),
    ("completed", (BackfillState.COMPLETED,)),
    ("failed", (BackfillState.FAILED,)),
    ("canceled", (BackfillState.CANCELED,)),
)


@dataclass(frozen=True, slots=True)
class BackfillQuery:
    """What is looked for: those of the last `days`, or of the days of `span`, both included; else of any time."""

    text: str = ""
    states: frozenset[BackfillState] = frozenset()
    days: int | None = None
    span: tuple[date, date] | None = None

    @property
    def is_everything(self) -> bool:
        return self == BackfillQuery()

    def as_arguments(self, now: float) -> dict[str, Any]:
        """Keyword arguments of the engine's `backfills`; `now` in seconds since the epoch."""
        since = now - self.days * _DAY if self.days is not None else None
        until = None
        if self.span is not None:
            first, last = self.span
            since, until = _midnight(first), _midnight(last + timedelta(days=1))
        return {"text": self.text or None, "states": sorted(self.states) or None, "since": since, "until": until}


class BackfillFilter(QWidget):
    """A search field, a chip for each group of states, and an age."""

    changed = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backfillFilter")
        self._text = QLineEdit()
        self._text.setObjectName("backfillFilterField")
        self._text.setAccessibleName("Filter backfills")
        self._text.setPlaceholderText("Filter by id, asset, partitions or tag")
        self._text.setClearButtonEnabled(True)
        self._text.addAction(shell.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._chips = {name: self._chip(name) for name, _ in _GROUPS}
        self._age = combo_box("backfillAge", "Age of backfills")
        for text, days in _AGES:
            self._age.addItem(text, days)
        self._age.addItem("Between…", _BETWEEN)
        self._first, self._last = self._day("backfillSince", "From"), self._day("backfillUntil", "To")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self.changed)
        self._text.textChanged.connect(lambda _text: self._typing.start())
        self._age.currentIndexChanged.connect(lambda _at: self._on_age_changed())
        line = row(self._text, *self._chips.values(), self._age)
        line.setStretch(0, 1)
        self._span = QWidget()
        words = (label("Created from", "backfillSinceLabel", "muted"), label("to", "backfillUntilLabel", "muted"))
        self._span.setLayout(row(None, words[0], self._first, words[1], self._last))
        self._span.hide()
        self.setLayout(column(line, self._span))

    @property
    def query(self) -> BackfillQuery:
        states = [state for name, group in _GROUPS if self._chips[name].isChecked() for state in group]
        age = self._age.currentData()
        span = None
        if age == _BETWEEN:
            age, span = None, (_date_of(self._first), _date_of(self._last))
        return BackfillQuery(self._text.text().strip(), frozenset(states), age, span)

    def focus(self) -> None:
        self._text.setFocus()
        self._text.selectAll()

    def clear(self) -> None:
        """Show everything again."""
        self._text.clear()
        for chip in self._chips.values():
            chip.setChecked(False)
        self._age.setCurrentIndex(0)

    def _day(self, name: str, what: str) -> QDateEdit:
        today = QDate.currentDate()
        made = indented(QDateEdit(today if what == "To" else today.addDays(-_FIRST_SPAN)))
        made.setObjectName(name)
        made.setAccessibleName(f"{what} day of backfills")
        made.setCalendarPopup(True)
        made.setDisplayFormat("yyyy-MM-dd")
        made.dateChanged.connect(lambda _day: self._on_day_changed(made))
        return made

    def _on_age_changed(self) -> None:
        self._span.setVisible(self._age.currentData() == _BETWEEN)
        self.changed.emit()

    def _on_day_changed(self, changed: QDateEdit) -> None:
        """The later day never comes before the earlier one."""
        other = self._last if changed is self._first else self._first
        if self._first.date() > self._last.date():
            other.setDate(changed.date())  # which tells of both
        else:
            self._typing.start()

    def _chip(self, name: str) -> QPushButton:
        chip = button(name, f"backfillChip_{name}", checkable=True)
        chip.setProperty("chip", "plain")
        chip.setAccessibleName(f"Only {name} backfills")
        chip.toggled.connect(lambda _on: self.changed.emit())
        return chip


def _date_of(editor: QDateEdit) -> date:
    chosen = editor.date()
    return date(chosen.year(), chosen.month(), chosen.day())


def _midnight(day: date) -> float:
    """When the day begins on this computer, in seconds since the epoch."""
    return datetime.combine(day, time()).timestamp()
