"""Runs outside of any backfill: begun with a lease of their own, and ended for processes that are gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select, union

from rivers_core.planning.plan import Stage
from rivers_core.records import ErrorReport, RunRecord
from rivers_core.states import RunState
from rivers_core.steps.task import RunOutcome
from rivers_core.storage import schema
from rivers_core.storage.codes import RUN_CODES
from rivers_core.storage.database import Database
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.launched_rows import LaunchedPlans
from rivers_core.storage.launching import insert_stage
from rivers_core.storage.lease import Holder
from rivers_core.storage.lease_rows import drop_run_lease, holder_of, read_run_holder, take_run_lease
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.run_rows import record_of_row
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_leases, _runs = schema.run_leases, schema.runs
_BROKEN_OFF = ErrorReport("ProgramEnded", "The program that ran it ended before the run did.")


def begin_direct(
    transaction: Transaction, stage: Stage, tags: tuple[tuple[str, str], ...], holder: Holder
) -> LaunchedBackfill:
    """Reserve a run that `holder` does at once; `stage` has one run."""
    assert stage.num_runs == 1, "a direct materialization is one run"
    number = transaction.reserve_runs(1)
    stage_id = insert_stage(transaction, stage, backfill=None, place=0, first_run=number, tags=tags)
    take_run_lease(transaction.connection, number, holder)
    return LaunchedBackfill(None, number, (stage,), (stage_id,), tags)


def end_abandoned(
    database: Database, writer: Writer, plans: LaunchedPlans, is_alive: Callable[[Holder], bool]
) -> list[RunRecord]:
    """The runs, now canceled, whose process was found dead before they had an end."""
    with database.reading() as connection:
        holders = {number: read_run_holder(connection, number) for number in _under_way(connection)}
    abandoned = [number for number, holder in holders.items() if holder is None or not is_alive(holder)]
    if not abandoned:
        return []
    return writer.call(lambda transaction: _end(transaction, plans, abandoned))


def _under_way(connection: Connection) -> Sequence[int]:
    """Runs with a lease, and running ones without, which a version that gave none left behind."""
    running = (_runs.c.backfill.is_(None)) & (_runs.c.state == RUN_CODES[RunState.RUNNING])
    return connection.execute(union(select(_leases.c.run), select(_runs.c.number).where(running))).scalars().all()


def running_elsewhere(database: Database, plans: LaunchedPlans, here: Holder) -> list[RunRecord]:
    """The direct runs that other processes are doing."""
    with database.reading() as connection:
        leases = connection.execute(select(_leases)).all()
        numbers = [lease.run for lease in leases if not holder_of(lease).is_same_process(here)]
        rows = connection.execute(select(_runs).where(_runs.c.number.in_(numbers))).all() if numbers else []
        return [record_of_row(plans.direct(connection, row), row, None) for row in rows]


def _end(transaction: Transaction, plans: LaunchedPlans, numbers: Sequence[int]) -> list[RunRecord]:
    connection = transaction.connection
    ended = []
    for number in numbers:
        row = connection.execute(select(_runs).where(_runs.c.number == number)).one_or_none()
        holder = read_run_holder(connection, number)
        drop_run_lease(connection, number)
        if row is None or row.state != RUN_CODES[RunState.RUNNING]:  # never begun, or another process was quicker
            continue
        last_seen = row.started if holder is None else max(row.started, holder.heartbeat)
        launched = plans.direct(connection, row)
        outcome = RunOutcome(number, RunState.CANCELED, row.started, last_seen, error=_BROKEN_OFF)
        transaction.tell(*RecordRuns(launched, outcomes=[outcome]).apply(transaction))
        row = connection.execute(select(_runs).where(_runs.c.number == number)).one()
        ended.append(record_of_row(launched, row, _BROKEN_OFF))
    return ended
