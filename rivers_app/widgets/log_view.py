"""A run's log: live, by level, searchable, to copy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QColor, QGuiApplication, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS, Theme
from rivers_app.widgets.parts import button, combo_box, row

if TYPE_CHECKING:
    from rivers_core.records import LogRecord

MOST_LINES: Final = 20_000
_LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_CHOICES: Final = (("All lines", 0), ("Info and above", 20), ("Warnings and errors", 30), ("Errors", 40))


class LogView(QWidget):
    """Keeps the last lines it was given; stays at the end as lines come, unless one scrolled up to read.

    `names_runs` writes before each line which run it is of, for the log of several.
    """

    def __init__(self, shell: Shell, parent: QWidget | None = None, *, names_runs: bool = False) -> None:
        super().__init__(parent)
        self._theme = shell.appearance.theme
        self._names_runs = names_runs
        self._lines: list[LogRecord] = []
        self._last: dict[str, int] = {}
        self._is_read = False
        self.setObjectName("logView")
        self._create_parts(shell)
        copy = button("Copy", "logCopy", self._on_copy, icon=shell.icons.icon("copy"))
        copy.setAccessibleName("Copy the Log")
        tools = row(self._level, self._search, copy)
        tools.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, METRICS.space_2, 0, 0)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(tools)
        layout.addWidget(self._text, 1)
        shell.appearance.theme_changed.connect(self._on_theme_changed)

    @property
    def last_number(self) -> int:
        """The number of the last line, -1 without one."""
        return self._lines[-1].number if self._lines else -1

    def clear(self) -> None:
        """Forget the lines; until `finish_reading` the view does not say that there are none."""
        self._lines = []
        self._last = {}
        self._text.clear()
        self._is_read = False
        self._explain_emptiness()

    def finish_reading(self) -> None:
        """All that is stored was added: a view without lines may say so now."""
        self._is_read = True
        self._explain_emptiness()

    def add(self, lines: Sequence[LogRecord]) -> None:
        """Append lines that come after the last of their run; others are known already."""
        fresh = []
        for line in lines:
            if line.number > self._last.get(line.run_id, -1):
                self._last[line.run_id] = line.number
                fresh.append(line)
        self._lines.extend(fresh)
        if len(self._lines) > MOST_LINES:
            del self._lines[:-MOST_LINES]
        self._write(fresh)
        self._explain_emptiness()

    def _explain_emptiness(self) -> None:
        """What stands where no line does; nothing while lines may still come from the database."""
        text = "No lines of this level." if self._lines else "Nothing was logged."
        self._text.setPlaceholderText(text if self._is_read else "")

    def _create_parts(self, shell: Shell) -> None:
        self._level = combo_box("logLevel", "Level of lines")
        for text, level in _CHOICES:
            self._level.addItem(text, level)
        self._level.currentIndexChanged.connect(lambda _at: self._write_all())
        self._search = QLineEdit()
        self._search.setObjectName("logSearch")
        self._search.setAccessibleName("Find in the log")
        self._search.setPlaceholderText("Find; Enter for the next")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(shell.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.returnPressed.connect(self._find_next)
        self._text = QPlainTextEdit()
        self._text.setObjectName("logText")
        self._text.setAccessibleName("Log")
        self._text.setReadOnly(True)
        self._text.setProperty("role", "code")
        self._text.setMaximumBlockCount(MOST_LINES)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def _write_all(self) -> None:
        self._text.clear()
        self._write(self._lines)

    def _write(self, lines: Sequence[LogRecord]) -> None:
        least = self._level.currentData()
        bar = self._text.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for line in lines:
            if _LEVELS.get(line.level.upper(), 20) >= least:
                if not self._text.document().isEmpty():
                    cursor.insertBlock()
                run = f"{line.run_id:<6} " if self._names_runs else ""
                cursor.insertText(run + written(line), self._format(line.level))
        cursor.endEditBlock()
        if was_at_end:
            bar.setValue(bar.maximum())

    def _format(self, level: str) -> QTextCharFormat:
        made = QTextCharFormat()
        colors = self._theme.colors
        rank = _LEVELS.get(level.upper(), 20)
        if rank >= 40:
            made.setForeground(QColor(colors.danger))
        elif rank >= 30:
            made.setForeground(QColor(colors.warning))
        elif rank < 20:
            made.setForeground(QColor(colors.text_muted))
        return made

    def _find_next(self) -> None:
        wanted = self._search.text()
        if wanted and not self._text.find(wanted):
            self._text.moveCursor(QTextCursor.MoveOperation.Start)
            self._text.find(wanted, QTextDocument.FindFlag(0))

    def _on_copy(self) -> None:
        selected = self._text.textCursor().selectedText().replace("\N{PARAGRAPH SEPARATOR}", "\n")
        QGuiApplication.clipboard().setText(selected or self._text.toPlainText())

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self._write_all()


def written(line: LogRecord) -> str:
    """One line as it is shown: time of day, level, where from if not the log itself, text."""
    clock = time.strftime("%H:%M:%S", time.localtime(line.time))
    source = "" if line.source == "log" else f"[{line.source}] "
    return f"{clock}  {line.level.upper():<8} {source}{line.text}"
