"""The backfills of a project as a table that follows them while they run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Qt
from typing_extensions import override

from rivers_app.models.roles import COUNTS_ROLE, RECORD_ROLE, SORT_ROLE, STATE_ROLE
from rivers_app.models.rows import Index, RecordsModel
from rivers_app.wording import BACKFILL_STATE_TEXT, Pace, count, duration, names, pace, roughly, shortly, when
from rivers_core.states import BackfillState, PartitionState

if TYPE_CHECKING:
    from rivers_core.records import BackfillRecord


class BackfillColumn(IntEnum):
    ID = 0
    STATE = 1
    ASSETS = 2
    RANGE = 3
    PROGRESS = 4
    DONE = 5
    FAILED = 6
    RATE = 7
    LEFT = 8
    STARTED = 9
    DURATION = 10
    STRATEGY = 11
    TAGS = 12


_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
_ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOL_TIP: Final = int(Qt.ItemDataRole.ToolTipRole)
_ANSWERED: Final = frozenset({_DISPLAY, _ALIGNMENT, _TOOL_TIP, SORT_ROLE, RECORD_ROLE, STATE_ROLE, COUNTS_ROLE})
_LIVE: Final = (BackfillColumn.STATE, BackfillColumn.DURATION)


class BackfillTableModel(RecordsModel["BackfillRecord"]):
    """Rows are records, newest first; `update` replaces those that are known and hands the others back."""

    titles = (
        "Id",
        "Status",
        "Assets",
        "Partitions",
        "Progress",
        "Done",
        "Failed",
        "Rate",
        "Time left",
        "Started",
        "Duration",
        "Strategy",
        "Tags",
    )
    numbers = frozenset({BackfillColumn.DONE, BackfillColumn.FAILED, BackfillColumn.RATE, BackfillColumn.DURATION})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paces: dict[str, Pace] = {}
        self._now = 0.0

    @staticmethod
    @override
    def id_of(record: BackfillRecord) -> str:
        return record.backfill_id

    def update(self, records: Sequence[BackfillRecord]) -> list[BackfillRecord]:
        """Take in how known backfills stand now; those that are not known are handed back."""
        unknown = []
        for record in records:
            self._watch(record)
            at = self.row_of(record.backfill_id)
            if at < 0:
                unknown.append(record)
            elif self._rows[at].position <= record.position:
                self._rows[at] = record
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.titles) - 1))
        return unknown

    def remove(self, backfill_ids: Sequence[str]) -> None:
        for at in sorted((self._at[name] for name in backfill_ids if name in self._at), reverse=True):
            self._remove(at, at)

    def set_now(self, now: float) -> None:
        """Let durations of running backfills grow; `now` is seconds since the epoch."""
        self._now = now
        for at, record in enumerate(self._rows):
            if record.state is BackfillState.IN_PROGRESS:
                self.dataChanged.emit(self.index(at, _LIVE[0]), self.index(at, _LIVE[1]))

    def _watch(self, record: BackfillRecord) -> None:
        if record.state is BackfillState.IN_PROGRESS:
            watched = self._paces.setdefault(record.backfill_id, Pace())
            watched.observe(record.total_partitions - record.pending, self._now)
        else:
            self._paces.pop(record.backfill_id, None)

    def seconds_left(self, record: BackfillRecord) -> float | None:
        watched = self._paces.get(record.backfill_id)
        return watched.seconds_left(record.pending) if watched is not None else None

    def rate(self, record: BackfillRecord) -> float | None:
        """Partitions a second: of late while it runs, all in all once it has ended; None while that is unknown."""
        if (watched := self._paces.get(record.backfill_id)) is not None:
            return watched.rate
        seconds = self._seconds(record) if record.state.is_final else None
        return done_of(record) / seconds if seconds else None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Qt's variant
        # A view asks for seven roles of each cell it paints.
        if role not in _ANSWERED or not index.isValid():
            return None
        record, column = self._rows[index.row()], BackfillColumn(index.column())
        if role == _DISPLAY:
            return self._text(record, column)
        if role == _ALIGNMENT:
            return self.alignment(column)
        if role == _TOOL_TIP:
            return (when(record.started) if column is BackfillColumn.STARTED else self._text(record, column)) or None
        if role == SORT_ROLE:
            return self._sort_key(record, column)
        if role == STATE_ROLE:
            return record.state.value if column is BackfillColumn.STATE else None
        if role == COUNTS_ROLE:
            return counts_of(record) if column is BackfillColumn.PROGRESS else None
        return record

    def _text(self, record: BackfillRecord, column: BackfillColumn) -> str:
        match column:
            case BackfillColumn.ID:
                return record.backfill_id
            case BackfillColumn.STATE:
                return BACKFILL_STATE_TEXT[record.state]
            case BackfillColumn.ASSETS:
                return names(record.assets)
            case BackfillColumn.RANGE:
                return record.range_text
            case BackfillColumn.PROGRESS:
                return f"{share_done(record)} %"
            case BackfillColumn.DONE:
                return f"{count(done_of(record))} of {count(record.total_partitions)}"
            case BackfillColumn.FAILED:
                return count(record.failed) if record.failed else ""
            case BackfillColumn.RATE | BackfillColumn.LEFT:
                return self._pace_text(record, column)
            case BackfillColumn.STARTED:
                return shortly(record.started, self._now)
            case BackfillColumn.DURATION:
                return duration(self._seconds(record))
            case BackfillColumn.STRATEGY:
                return record.strategy_text
            case BackfillColumn.TAGS:
                return ", ".join(f"{name}={value}" for name, value in record.tags)

    def _pace_text(self, record: BackfillRecord, column: BackfillColumn) -> str:
        if column is BackfillColumn.RATE:
            return pace(self.rate(record))
        left = self.seconds_left(record)
        return f"about {roughly(left)}" if left is not None else ""

    def _seconds(self, record: BackfillRecord) -> float | None:
        return seconds_taken(record, self._now)

    def _sort_key(self, record: BackfillRecord, column: BackfillColumn) -> Any:  # whatever sorts this column
        match column:
            case BackfillColumn.ID | BackfillColumn.STARTED:
                return record.created if column is BackfillColumn.ID else record.started or 0.0
            case BackfillColumn.PROGRESS:
                return share_done(record)
            case BackfillColumn.DONE:
                return done_of(record)
            case BackfillColumn.FAILED:
                return record.failed
            case BackfillColumn.RATE:
                return self.rate(record) or 0.0
            case BackfillColumn.LEFT:
                return self.seconds_left(record) or 0.0
            case BackfillColumn.DURATION:
                return self._seconds(record) or 0.0
            case _:
                return self._text(record, column)


def counts_of(record: BackfillRecord) -> dict[PartitionState, int]:
    """A backfill's partitions by state, for a stacked bar; what is left counts as queued while it may still run."""
    left = PartitionState.MISSING if record.state.is_final else PartitionState.QUEUED
    return {
        PartitionState.COMPLETED: record.completed,
        PartitionState.FAILED: record.failed,
        PartitionState.CANCELED: record.canceled,
        left: record.pending,
    }


def seconds_taken(record: BackfillRecord, now: float) -> float | None:
    """From its start to its end, or to now while it may go on; None where that cannot be told.

    An interrupted one stands still, and nothing recorded when it stopped.
    """
    if record.started is None:
        return None
    if record.ended is not None:
        return record.ended - record.started
    return None if record.state is BackfillState.INTERRUPTED else max(0.0, now - record.started)


def done_of(record: BackfillRecord) -> int:
    """How many partitions were tried to their end; canceled ones were not."""
    return record.completed + record.failed


def share_done(record: BackfillRecord) -> int:
    """How much has ended, in whole percent, rounded down so that 100 means all."""
    if not record.total_partitions:
        return 100
    return (record.total_partitions - record.pending) * 100 // record.total_partitions
