"""What processes tell each other about a backfill: who drives it, and what others ask of that one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, func, insert, select, update

from rivers_core.states import BackfillState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import format_backfill_id, parse_backfill_id
from rivers_core.storage.database import Database
from rivers_core.storage.lease import Holder
from rivers_core.storage.lease_rows import drop_lease, read_holder, rivals, take_lease
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_table = schema.controls
_NOT_BEGUN = (BackfillState.REQUESTED, BackfillState.INTERRUPTED)


class ControlKind(StrEnum):
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    MAX_CONCURRENCY = "max_concurrency"


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """Something a process asks of the one that drives the backfill; `value` is a new max_concurrency."""

    request_id: int
    backfill_id: str
    kind: ControlKind
    value: int | None


class ControlStore:
    """Requests and leases; whoever drives backfills polls `pending` and says `done`."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def request(self, backfill_id: str, kind: ControlKind, value: int | None = None) -> None:
        """Ask the process that drives the backfill; UnknownBackfillError if there is none of this id."""
        number = parse_backfill_id(backfill_id)

        def write(transaction: Transaction) -> None:
            backfill_rows.read_record(transaction.connection, number)
            row = insert(_table).values(backfill=number, kind=kind, value=value, requested=time.time())
            transaction.connection.execute(row)

        self._writer.call(write)

    def pending(self, backfill_ids: Collection[str]) -> list[ControlRequest]:
        """What was asked of these backfills and is not done yet, oldest first."""
        numbers = [parse_backfill_id(backfill_id) for backfill_id in backfill_ids]
        with self._database.reading() as connection:
            rows = connection.execute(select(_table).where(_table.c.backfill.in_(numbers)).order_by(_table.c.id))
            return [
                ControlRequest(row.id, format_backfill_id(row.backfill), ControlKind(row.kind), row.value)
                for row in rows
            ]

    def done(self, request_ids: Collection[int]) -> None:
        chosen = delete(_table).where(_table.c.id.in_(list(request_ids)))
        self._writer.call(lambda transaction: transaction.connection.execute(chosen) and None)

    def acquire(
        self,
        backfill_id: str,
        holder: Holder,
        is_alive: Callable[[Holder], bool],
        *,
        clashes: Callable[[str], bool] = lambda _: False,
    ) -> bool:
        """Take the lease and begin; False if another process that lives has it, or runs what `clashes`.

        `clashes` says of another backfill, or of a run outside of any, whether the two may not go on at the same time;
        it must answer at once.
        """
        number = parse_backfill_id(backfill_id)
        with self._database.reading() as connection:
            present = read_holder(connection, number)
        if present is not None and not present.is_same_process(holder) and is_alive(present):
            return False

        def write(transaction: Transaction) -> bool:
            connection = transaction.connection
            now = read_holder(connection, number)
            if now is not None and now != present and not now.is_same_process(holder):
                return False  # someone was quicker
            if any(clashes(other) and is_alive(theirs) for other, theirs in rivals(connection, holder, number)):
                return False
            take_lease(connection, number, holder)
            if backfill_rows.read_record(connection, number).state in _NOT_BEGUN:
                begun = {"started": func.coalesce(schema.backfills.c.started, time.time()), "error": None}
                transaction.tell(backfill_rows.change_state(transaction, number, BackfillState.IN_PROGRESS, **begun))
            return True

        return self._writer.call(write)

    def beat(self, holder: Holder) -> None:
        """Say that this process still lives, for those on other computers."""
        now = time.time()

        def write(transaction: Transaction) -> None:
            for table in (schema.leases, schema.run_leases):
                mine = (table.c.pid == holder.pid) & (table.c.host == holder.host) & (table.c.boot_id == holder.boot_id)
                transaction.connection.execute(update(table).where(mine).values(heartbeat=now))

        self._writer.call(write)

    def release(self, backfill_id: str, holder: Holder) -> None:
        """Give the lease back, if this process has it."""
        number = parse_backfill_id(backfill_id)

        def write(transaction: Transaction) -> None:
            present = read_holder(transaction.connection, number)
            if present is not None and present.is_same_process(holder):
                drop_lease(transaction.connection, number)

        self._writer.call(write)

    def holder(self, backfill_id: str) -> Holder | None:
        with self._database.reading() as connection:
            return read_holder(connection, parse_backfill_id(backfill_id))
