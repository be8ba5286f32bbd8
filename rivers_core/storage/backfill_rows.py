"""Rows of backfills as records, and the changes that many operations make to them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select, update

from rivers_core.events import BackfillChanged, Event
from rivers_core.exceptions import UnknownBackfillError
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, FailurePolicy, RunOrder
from rivers_core.storage import schema
from rivers_core.storage.codes import format_backfill_id, storable
from rivers_core.storage.transaction import Transaction

table = schema.backfills


def record_of(row: Row[Any]) -> BackfillRecord:
    """The record of a whole row."""
    return BackfillRecord(
        backfill_id=format_backfill_id(row.number),
        assets=tuple(json.loads(row.assets)),
        range_text=row.range_text,
        strategy_text=row.strategy_text,
        failure_policy=FailurePolicy(row.failure_policy),
        order=RunOrder(row.run_order),
        max_concurrency=row.max_concurrency,
        state=BackfillState(row.state),
        total_partitions=row.total_partitions,
        completed=row.completed,
        failed=row.failed,
        canceled=row.canceled,
        num_runs=row.num_runs,
        ended_runs=row.ended_runs,
        running_runs=row.running_runs,
        created=row.created,
        started=row.started,
        ended=row.ended,
        tags=tuple((name, value) for name, value in json.loads(row.tags)),
        launched_by=row.launched_by,
        error=row.error,
        rerun_of=row.rerun_of,
        code_fingerprint=row.code_fingerprint,
        first_run=row.first_run,
        position=row.position,
    )


def read_record(connection: Connection, number: int) -> BackfillRecord:
    """UnknownBackfillError if there is no such backfill."""
    row = connection.execute(select(table).where(table.c.number == number)).one_or_none()
    if row is None:
        raise UnknownBackfillError(f"There is no backfill {format_backfill_id(number)}; it may have been deleted.")
    return record_of(row)


def change(transaction: Transaction, number: int, **values: Any) -> Event:  # columns and their new values
    """Set columns of one backfill; the event that tells it."""
    if isinstance(values.get("error"), str):
        values["error"] = storable(values["error"])
    transaction.connection.execute(
        update(table).where(table.c.number == number).values(position=transaction.position, **values)
    )
    return BackfillChanged(transaction.position, read_record(transaction.connection, number))


def change_state(transaction: Transaction, number: int, state: BackfillState, **values: Any) -> Event:
    """Set the state too; AssertionError, a bug, if it may not follow the present one."""
    present = read_record(transaction.connection, number).state
    if not present.may_become(state):
        raise AssertionError(f"A backfill that is {present} cannot become {state}.")
    return change(transaction, number, state=state, **values)
