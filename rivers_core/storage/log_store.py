"""The logs of runs: appended as lines arrive, bounded, and read a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from rivers_core.events import Event, LogsArrived
from rivers_core.records import LogRecord, format_run_id
from rivers_core.steps.task import LogLine
from rivers_core.storage import schema
from rivers_core.storage.codes import storable
from rivers_core.storage.database import Database
from rivers_core.storage.transaction import Transaction

_table = schema.run_logs
# Of a run's log so many lines are kept from its beginning, and so many from its end.
HEAD_LINES = 5_000
TAIL_LINES = 5_000
_LONGEST_LINE = 32_768
_INSERT = "INSERT INTO run_logs (run, number, time, level, source, step, text) VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class AppendLogs:
    """Lines of any runs, each run's in order."""

    lines: Sequence[LogLine]
    head_lines: int = HEAD_LINES
    tail_lines: int = TAIL_LINES

    @property
    def merge_key(self) -> Hashable:
        return AppendLogs, self.head_lines, self.tail_lines

    def merged(self, later: Sequence[AppendLogs]) -> AppendLogs:
        every = [self, *later]
        return AppendLogs([line for operation in every for line in operation.lines], self.head_lines, self.tail_lines)

    def apply(self, transaction: Transaction) -> list[Event]:
        following = _next_numbers(transaction.connection, {line.run_number for line in self.lines})
        rows, records = [], []
        for line in self.lines:
            number = following[line.run_number]
            following[line.run_number] = number + 1
            text = _shortened(line.text)
            rows.append((line.run_number, number, line.time, line.level, line.source, line.step, text))
            run_id = format_run_id(line.run_number)
            records.append(LogRecord(run_id, number, line.time, line.level, line.source, line.step, text))
        if not rows:
            return []
        transaction.connection.exec_driver_sql(_INSERT, rows)
        for run, end in following.items():
            self._drop_middle(transaction.connection, run, end)
        return [LogsArrived(transaction.position, tuple(records))]

    def _drop_middle(self, connection: Connection, run: int, end: int) -> None:
        """Leave out what is neither of the first lines nor, with some slack, of the last."""
        if end > self.head_lines + self.tail_lines:
            numbers = _table.c.number
            connection.execute(
                delete(_table).where(_table.c.run == run, numbers >= self.head_lines, numbers < end - self.tail_lines)
            )


def _next_numbers(connection: Connection, runs: Collection[int]) -> dict[int, int]:
    chosen = (
        select(_table.c.run, func.max(_table.c.number)).where(_table.c.run.in_(sorted(runs))).group_by(_table.c.run)
    )
    return dict.fromkeys(runs, 0) | {run: last + 1 for run, last in connection.execute(chosen)}


def _shortened(text: str) -> str:
    """A line that a person can read; the middle of a longer one is left out, and it says so."""
    kept = storable(text)
    if len(kept) <= _LONGEST_LINE:
        return kept
    half = _LONGEST_LINE // 2
    return f"{kept[:half]} … ({len(kept) - 2 * half:,} characters left out) … {kept[-half:]}"


class LogStore:
    """Reads of any thread; lines are written by putting `AppendLogs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lines(self, run: int, *, after: int = -1, limit: int = 1_000) -> tuple[LogRecord, ...]:
        """The lines with numbers above `after`; where lines were left out, a line says how many."""
        chosen = select(_table).where(_table.c.run == run, _table.c.number > after).order_by(_table.c.number)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.limit(limit)).all()
        found: list[LogRecord] = []
        expected = after + 1
        for row in rows:
            if row.number > expected:
                found.append(_gap(run, row.number - 1, row.number - expected, row.time))
            found.append(LogRecord(format_run_id(run), *row[1:]))
            expected = row.number + 1
        return tuple(found)

    def last_of_runs(self, first: int, stop: int, *, limit: int = 1_000) -> tuple[LogRecord, ...]:
        """The last lines of the runs from `first` up to but not including `stop`, in the order they were written."""
        chosen = select(_table).where(_table.c.run >= first, _table.c.run < stop)
        latest = chosen.order_by(_table.c.run.desc(), _table.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(latest).all()
        ordered = sorted(rows, key=lambda row: (row.time, row.run, row.number))
        return tuple(LogRecord(format_run_id(row.run), *row[1:]) for row in ordered)

    def count(self, run: int) -> int:
        """How many lines the run wrote, with those that were left out."""
        return self.counts([run])[run]

    def counts(self, runs: Collection[int]) -> dict[int, int]:
        """The same of many runs."""
        with self._database.reading() as connection:
            return _next_numbers(connection, runs)


def _gap(run: int, number: int, count: int, time: float) -> LogRecord:
    text = f"… {count:,} lines were left out: only the beginning and the end of a long log are kept …"
    return LogRecord(format_run_id(run), number, time, "WARNING", "rivers", "", text)
