"""The runs: listed, looked into, and begun without a backfill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from rivers_core.exceptions import UnknownBackfillError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.plan import Stage
from rivers_core.records import PartitionRecord, RunOutput, RunRecord, StepRecord, format_run_id, parse_run_id
from rivers_core.states import RunState
from rivers_core.steps.task import PartitionFailure
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import RUN_STATES, parse_backfill_id
from rivers_core.storage.database import Database
from rivers_core.storage.direct_runs import begin_direct, end_abandoned, running_elsewhere
from rivers_core.storage.error_rows import read_errors
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.launched_rows import LaunchedPlans
from rivers_core.storage.lease import Holder, is_alive
from rivers_core.storage.lease_rows import rivals
from rivers_core.storage.partition_records import partition_record
from rivers_core.storage.run_listing import RunFilter, newest_runs, runs_of_backfill
from rivers_core.storage.run_outputs import read_outputs
from rivers_core.storage.run_rows import record_of_row, record_without_row, reserved_by
from rivers_core.storage.run_search import runs_with
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_table = schema.runs


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some of the runs that were asked for, and how many there are in all."""

    records: tuple[RunRecord, ...]
    total: int


class RunStore:
    """Every call is one short transaction. Raises UnknownBackfillError for a run that is not there."""

    def __init__(self, database: Database, writer: Writer, plans: LaunchedPlans) -> None:
        self._database = database
        self._writer = writer
        self._plans = plans

    def runs(
        self,
        backfill_id: str | None = None,
        *,
        state: RunState | None = None,
        asset: str | None = None,
        failed: bool = False,
        text: str = "",
        limit: int = 100,
        offset: int = 0,
    ) -> RunPage:
        """Of one backfill in the plan's order, with the runs that have not started; else newest first.

        `failed`: only runs in which a partition failed; `text`: with these words in their ids, errors or keys. Both
        are told of runs only that have started.
        """
        with self._database.reading() as connection:
            asked = RunFilter(state, asset, failed, runs_with(connection, self._plans.definition, text))
            if backfill_id is None:
                return self._page(connection, *newest_runs(connection, asked, limit, offset), self._never)
            number = parse_backfill_id(backfill_id)
            never_run = _unstarted(backfill_rows.read_record(connection, number).state.is_final)
            launched = self._plans.get(connection, number)
            found = runs_of_backfill(connection, launched, asked, limit, offset, never_run=never_run)
            return self._page(connection, *found, lambda run: record_without_row(launched, run, never_run))

    def record(self, run: str | int) -> RunRecord:
        number = _run_number(run)
        with self._database.reading() as connection:
            row = connection.execute(select(_table).where(_table.c.number == number)).one_or_none()
            if row is not None:
                return self._records(connection, [row])[0]
            owner = _owner(connection, number)
            final = backfill_rows.read_record(connection, owner).state.is_final
            return record_without_row(self._plans.get(connection, owner), number, _unstarted(final))

    def steps(self, run: str | int) -> tuple[StepRecord, ...]:
        """In the order in which they ended."""
        number, table = _run_number(run), schema.steps
        with self._database.reading() as connection:
            chosen = select(table).where(table.c.run == number).order_by(table.c.place)
            rows = connection.execute(chosen).all()
            errors = read_errors(connection, [row.error for row in rows])
        return tuple(
            StepRecord(
                run_id=format_run_id(number),
                name=row.name,
                state=RUN_STATES[row.state],
                started=row.started,
                ended=row.ended,
                attempts=row.attempts,
                error=errors.get(row.error),
            )
            for row in rows
        )

    def failures(self, run: str | int) -> tuple[PartitionFailure, ...]:
        """The partitions that failed on their own, by asset and ordinal."""
        table, assets = schema.partition_failures, schema.assets
        chosen = (
            select(assets.c.name, table.c.ordinal, table.c.message)
            .join(assets, assets.c.id == table.c.asset)
            .where(table.c.run == _run_number(run))
            .order_by(assets.c.name, table.c.ordinal)
        )
        with self._database.reading() as connection:
            return tuple(PartitionFailure(*row) for row in connection.execute(chosen))

    def outputs(self, run: str | int) -> tuple[RunOutput, ...]:
        """What was told of the run's outputs, by asset; those of which nothing was told are left out."""
        with self._database.reading() as connection:
            return read_outputs(connection, _run_number(run))

    def begin_direct(
        self,
        stage: Stage,
        holder: Holder,
        *,
        tags: Sequence[tuple[str, str]] = (),
        clashes: Callable[[str], bool] = lambda _: False,
    ) -> LaunchedBackfill | None:
        """A run of its own, outside of any backfill, that `holder` does now; `stage` has one run.

        None if another process that lives is at what `clashes`, which must answer at once.
        """

        def write(transaction: Transaction) -> LaunchedBackfill | None:
            others = rivals(transaction.connection, holder)
            if any(clashes(other) and is_alive(theirs) for other, theirs in others):
                return None
            return begin_direct(transaction, stage, tuple(tags), holder)

        return self._writer.call(write)

    def launched(self, run: str | int) -> LaunchedBackfill:
        """What a run that has begun belongs to: its backfill, or itself where it is outside of any."""
        with self._database.reading() as connection:
            row = connection.execute(select(_table).where(_table.c.number == _run_number(run))).one()
            return self._of(connection, row)

    def direct_elsewhere(self, here: Holder) -> list[RunRecord]:
        """The direct runs that other processes than `here` are doing."""
        return running_elsewhere(self._database, self._plans, here)

    def end_abandoned(self, is_alive: Callable[[Holder], bool]) -> list[RunRecord]:
        """Cancel the direct runs that a process was doing which is gone; these runs."""
        return end_abandoned(self._database, self._writer, self._plans, is_alive)

    def partition(self, asset: str, definition: PartitionsDefinition | None, ordinal: int) -> PartitionRecord:
        """Both halves of a partition's state as they are stored; `ordinal` is -1 without partitions."""
        with self._database.reading() as connection:
            return partition_record(connection, asset, definition, ordinal)

    def definition_of(self, run: str | int) -> PartitionsDefinition | None:
        """The definition that the run's ordinals refer to; None without partitions."""
        number = _run_number(run)
        with self._database.reading() as connection:
            row = connection.execute(select(_table).where(_table.c.number == number)).one_or_none()
            if row is None:
                return self._plans.get(connection, _owner(connection, number)).stage_of(number).definition
            return self._of(connection, row).stage_of(number).definition

    def _page(
        self, connection: Connection, numbers: Sequence[int], total: int, waiting: Callable[[int], RunRecord]
    ) -> RunPage:
        """The runs of these numbers in their order; `waiting` makes those that have no row."""
        rows = connection.execute(select(_table).where(_table.c.number.in_(numbers))).all() if numbers else []
        found = {row.number: record for row, record in zip(rows, self._records(connection, rows), strict=True)}
        return RunPage(tuple(found[run] if run in found else waiting(run) for run in numbers), total)

    def _records(self, connection: Connection, rows: Sequence[Row[Any]]) -> tuple[RunRecord, ...]:
        errors = read_errors(connection, [row.error for row in rows])
        return tuple(record_of_row(self._of(connection, row), row, errors.get(row.error)) for row in rows)

    @staticmethod
    def _never(run: int) -> RunRecord:
        raise AssertionError(f"The run {run} was found without a row.")

    def _of(self, connection: Connection, row: Row[Any]) -> LaunchedBackfill:
        return (
            self._plans.direct(connection, row) if row.backfill is None else self._plans.get(connection, row.backfill)
        )


def _unstarted(final: bool) -> RunState:
    """What a run without a row is, by whether its backfill is over."""
    return RunState.CANCELED if final else RunState.QUEUED


def _owner(connection: Connection, run: int) -> int:
    """The backfill that reserved this run's number."""
    backfill = reserved_by(connection, run)
    if backfill is None:
        raise UnknownBackfillError(f"There is no run {format_run_id(run)}; it may have been deleted.")
    return backfill


def _run_number(run: str | int) -> int:
    if isinstance(run, int):
        return run
    try:
        return parse_run_id(run)
    except ValueError as error:
        raise UnknownBackfillError(f"There is no run {run!r}: a run's id looks like r12.") from error
