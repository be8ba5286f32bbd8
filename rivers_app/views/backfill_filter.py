"""Which backfills the list shows: by words, state and age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from rivers_app.shell import Shell
from rivers_app.widgets.parts import button, combo_box, row
from rivers_core.states import BackfillState

_TYPING_MILLISECONDS: Final = 200
_DAY: Final = 86400.0
_AGES: Final = (("Any time", None), ("Last 24 hours", 1), ("Last 7 days", 7), ("Last 30 days", 30))
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
    """What is looked for; `days` None is any time."""

    text: str = ""
    states: frozenset[BackfillState] = frozenset()
    days: int | None = None

    @property
    def is_everything(self) -> bool:
        return not self.text and not self.states and self.days is None

    def as_arguments(self, now: float) -> dict[str, Any]:
        """Keyword arguments of the engine's `backfills`; `now` in seconds since the epoch."""
        return {
            "text": self.text or None,
            "states": sorted(self.states) or None,
            "since": now - self.days * _DAY if self.days is not None else None,
        }


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
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self.changed)
        self._text.textChanged.connect(lambda _text: self._typing.start())
        self._age.currentIndexChanged.connect(lambda _at: self.changed.emit())
        line = row(self._text, *self._chips.values(), self._age)
        line.setStretch(0, 1)
        self.setLayout(line)

    @property
    def query(self) -> BackfillQuery:
        states = [state for name, group in _GROUPS if self._chips[name].isChecked() for state in group]
        return BackfillQuery(self._text.text().strip(), frozenset(states), self._age.currentData())

    def focus(self) -> None:
        self._text.setFocus()
        self._text.selectAll()

    def clear(self) -> None:
        """Show everything again."""
        self._text.clear()
        for chip in self._chips.values():
            chip.setChecked(False)
        self._age.setCurrentIndex(0)

    def _chip(self, name: str) -> QPushButton:
        chip = button(name, f"backfillChip_{name}", checkable=True)
        chip.setProperty("chip", "plain")
        chip.setAccessibleName(f"Only {name} backfills")
        chip.toggled.connect(lambda _on: self.changed.emit())
        return chip
