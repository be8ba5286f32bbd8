"""Takes backfills back from processes that are gone."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, delete, select

from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, RunState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import RUN_CODES
from rivers_core.storage.database import Database
from rivers_core.storage.finishing import finish
from rivers_core.storage.launched_rows import LaunchedPlans
from rivers_core.storage.lease import Holder
from rivers_core.storage.lease_rows import drop_lease, holder_of, read_holder
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_INTERRUPTED = "The program that ran it ended before the backfill did. Resume it to run what is left."
_UNDER_WAY = (BackfillState.REQUESTED, BackfillState.IN_PROGRESS, BackfillState.PAUSED, BackfillState.CANCELING)


def interrupt_dead(
    database: Database, writer: Writer, plans: LaunchedPlans, is_alive: Callable[[Holder], bool]
) -> list[BackfillRecord]:
    """The backfills as they are now that their process was found dead: interrupted, or canceled if that was asked."""
    with database.reading() as connection:
        abandoned = [(number, holder) for number, holder in _driven(connection) if not (holder and is_alive(holder))]
    interrupted = []
    for number, holder in abandoned:
        record = writer.call(lambda transaction, n=number, h=holder: _interrupt(transaction, plans, n, h))  # type: ignore[misc]  # bound in the loop
        if record is not None:
            interrupted.append(record)
    return interrupted


def _driven(connection: Connection) -> list[tuple[int, Holder | None]]:
    """Backfills that a process drives or ought to; nobody needs to drive one that waits or is paused."""
    backfills, leases = schema.backfills, schema.leases
    rows = connection.execute(
        select(backfills.c.number, backfills.c.state, leases)
        .outerjoin(leases, leases.c.backfill == backfills.c.number)
        .where(backfills.c.state.in_([str(state) for state in _UNDER_WAY]))
    ).all()
    waiting = (BackfillState.REQUESTED, BackfillState.PAUSED)
    return [
        (row.number, None if row.pid is None else holder_of(row))
        for row in rows
        if row.pid is not None or row.state not in waiting
    ]


def _interrupt(
    transaction: Transaction, plans: LaunchedPlans, number: int, dead: Holder | None
) -> BackfillRecord | None:
    """None if another process was quicker to take care of it."""
    connection = transaction.connection
    record = backfill_rows.read_record(connection, number)
    if record.state not in _UNDER_WAY or read_holder(connection, number) != dead:
        return None
    drop_lease(connection, number)
    if record.state is BackfillState.CANCELING:
        return finish(transaction, plans.get(connection, number), BackfillState.CANCELED, record.error)
    _forget_running(connection, record)
    values = {"running_runs": 0, "error": _INTERRUPTED}
    transaction.tell(backfill_rows.change_state(transaction, number, BackfillState.INTERRUPTED, **values))
    return backfill_rows.read_record(connection, number)


def interrupt(transaction: Transaction, number: int, error: str | None) -> BackfillRecord:
    """Leave a backfill, which its own process stops driving, to be resumed."""
    connection = transaction.connection
    drop_lease(connection, number)
    _forget_running(connection, backfill_rows.read_record(connection, number))
    values = {"running_runs": 0, "error": error}
    transaction.tell(backfill_rows.change_state(transaction, number, BackfillState.INTERRUPTED, **values))
    return backfill_rows.read_record(connection, number)


def _forget_running(connection: Connection, record: BackfillRecord) -> None:
    """A run without an end never counted; without its row it is one that is still to be run."""
    runs = schema.runs
    connection.execute(
        delete(runs).where(
            runs.c.number.between(record.first_run, record.first_run + record.num_runs - 1),
            runs.c.state == RUN_CODES[RunState.RUNNING],
        )
    )
