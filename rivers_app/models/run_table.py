"""Runs as a table that follows them while they go on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_label
from rivers_app.models.roles import RECORD_ROLE, SORT_ROLE, STATE_ROLE
from rivers_app.models.rows import Index, RecordsModel
from rivers_app.wording import RUN_STATE_TEXT, duration, names, shortly, when

if TYPE_CHECKING:
    from rivers_core.records import RunRecord


class RunColumn(IntEnum):
    ID = 0
    STATE = 1
    KEYS = 2
    ASSETS = 3
    STARTED = 4
    DURATION = 5
    BACKFILL = 6
    ERROR = 7


_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
_ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
_ANSWERED: Final = frozenset(
    {_DISPLAY, _ALIGNMENT, int(Qt.ItemDataRole.ToolTipRole), RECORD_ROLE, STATE_ROLE, SORT_ROLE}
)


class RunTableModel(RecordsModel["RunRecord"]):
    """Answers from memory; whoever asks the engine calls `replace`, `append` and `update`."""

    titles = ("Run", "Status", "Partitions", "Assets", "Started", "Duration", "Backfill", "Error")
    numbers = frozenset({RunColumn.DURATION})

    @staticmethod
    @override
    def id_of(record: RunRecord) -> str:
        return record.run_id

    def keep(self, most: int) -> None:
        """Forget the last rows beyond `most`, so that a long backfill does not fill the memory."""
        if len(self._rows) > most:
            self._remove(most, len(self._rows) - 1)

    def update(self, records: Sequence[RunRecord]) -> list[RunRecord]:
        """Take in how known runs stand now; those that are not known are handed back."""
        unknown, changed = [], set()
        for record in records:
            at = self.row_of(record.run_id)
            if at < 0:
                unknown.append(record)
            else:
                self._rows[at] = record
                changed.add(at)
        for first, last in spans(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.titles) - 1))
        return unknown

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Qt's variant
        # A view asks for seven roles of each cell it paints.
        if role not in _ANSWERED or not index.isValid():
            return None
        record, column = self._rows[index.row()], index.column()
        if role == _DISPLAY:
            return self._text(record, RunColumn(column))
        if role == _ALIGNMENT:
            return self.alignment(column)
        if role == RECORD_ROLE:
            return record
        if role == STATE_ROLE:
            return record.state.value if column == RunColumn.STATE else None
        if role == SORT_ROLE:
            return self._sort_key(record, RunColumn(column))
        return when(record.started) if column == RunColumn.STARTED else self._text(record, RunColumn(column))

    def _text(self, record: RunRecord, column: RunColumn) -> str:
        match column:
            case RunColumn.ID:
                return record.run_id
            case RunColumn.STATE:
                partly = f", {record.failed_partitions:,} failed" if _is_partly_failed(record) else ""
                return RUN_STATE_TEXT[record.state] + partly
            case RunColumn.KEYS:
                return spaced_label(record.label)
            case RunColumn.ASSETS:
                return names(record.assets)
            case RunColumn.STARTED:
                return shortly(record.started, time.time())
            case RunColumn.DURATION:
                return duration(record.duration)
            case RunColumn.BACKFILL:
                return record.backfill_id or ""
            case RunColumn.ERROR:
                return record.error.summary if record.error is not None else ""

    def _sort_key(self, record: RunRecord, column: RunColumn) -> Any:  # whatever sorts this column
        match column:
            case RunColumn.ID:
                return int(record.run_id[1:])
            case RunColumn.STARTED:
                return record.started or 0.0
            case RunColumn.DURATION:
                return record.duration or 0.0
            case _:
                return self._text(record, column)


def _is_partly_failed(record: RunRecord) -> bool:
    return record.failed_partitions > 0 and record.state.value == "completed"


def spans(rows: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each unbroken sequence of row numbers, in rising order."""
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
