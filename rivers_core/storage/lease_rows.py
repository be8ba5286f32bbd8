"""Rows of leases: which process drives which backfill, or does which run outside of any."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from rivers_core.records import format_run_id
from rivers_core.states import BackfillState
from rivers_core.storage import schema
from rivers_core.storage.codes import format_backfill_id
from rivers_core.storage.lease import Holder

_table = schema.leases


def take_lease(connection: Connection, backfill: int, holder: Holder) -> None:
    """Write down that `holder` drives the backfill, whoever did before."""
    values = lease_values(holder)
    row = insert(_table).values(backfill=backfill, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["backfill"], set_=values))


def lease_values(holder: Holder) -> dict[str, Any]:
    """The columns of a lease that name a process."""
    return {
        "pid": holder.pid,
        "host": holder.host,
        "boot_id": holder.boot_id,
        "process_started": holder.process_started,
        "heartbeat": holder.heartbeat,
    }


def drop_lease(connection: Connection, backfill: int) -> None:
    connection.execute(delete(_table).where(_table.c.backfill == backfill))


def take_run_lease(connection: Connection, run: int, holder: Holder) -> None:
    """Write down that `holder` does a run which belongs to no backfill."""
    connection.execute(insert(schema.run_leases).values(run=run, **lease_values(holder)))


def drop_run_lease(connection: Connection, run: int) -> None:
    connection.execute(delete(schema.run_leases).where(schema.run_leases.c.run == run))


def read_run_holder(connection: Connection, run: int) -> Holder | None:
    row = connection.execute(select(schema.run_leases).where(schema.run_leases.c.run == run)).one_or_none()
    return None if row is None else holder_of(row)


def read_holder(connection: Connection, backfill: int) -> Holder | None:
    row = connection.execute(select(_table).where(_table.c.backfill == backfill)).one_or_none()
    return None if row is None else holder_of(row)


def rivals(connection: Connection, holder: Holder, besides: int | None = None) -> list[tuple[str, Holder]]:
    """What other processes drive, by id: backfills that have begun, paused ones too, and runs outside of any.

    `besides` is the number of a backfill that is left out.
    """
    begun = (BackfillState.IN_PROGRESS, BackfillState.PAUSED, BackfillState.CANCELING)
    backfills = connection.execute(
        select(_table)
        .join(schema.backfills, schema.backfills.c.number == _table.c.backfill)
        .where(_table.c.backfill != (besides or 0), schema.backfills.c.state.in_([str(state) for state in begun]))
    )
    runs = connection.execute(select(schema.run_leases))
    found = [(format_backfill_id(row.backfill), holder_of(row)) for row in backfills]
    found += [(format_run_id(row.run), holder_of(row)) for row in runs]
    return [(other, theirs) for other, theirs in found if not theirs.is_same_process(holder)]


def holder_of(row: Row[Any]) -> Holder:
    return Holder(row.pid, row.host, row.boot_id, row.process_started, row.heartbeat)
