"""One write transaction, as the operations within it see it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, select, update

from rivers_core.events import Event
from rivers_core.storage import schema
from rivers_core.storage.interning import Interning


class Transaction:
    """A transaction under way; `position` is what the database's position will be once it is committed."""

    def __init__(self, connection: Connection, interning: Interning) -> None:
        self.connection = connection
        self.interning = interning
        row = connection.execute(select(schema.counters)).one()
        self.position: int = row.position + 1
        self._sequence: int = row.sequence
        self._next_run: int = row.next_run
        self._told: list[Event] = []

    @property
    def told(self) -> list[Event]:
        """The events of the operations so far, to be passed on after the commit."""
        return self._told

    def tell(self, *events: Event) -> None:
        """Pass these on to the listeners after the commit."""
        self._told.extend(events)

    def next_sequence(self) -> int:
        """A number for one run's outcome that orders it among all outcomes."""
        self._sequence += 1
        return self._sequence

    def reserve_runs(self, count: int) -> int:
        """The first of `count` new run numbers in a row."""
        first = self._next_run
        self._next_run += count
        return first

    def finish(self) -> None:
        """Write the counters; the last thing before the commit."""
        self.connection.execute(
            update(schema.counters).values(position=self.position, sequence=self._sequence, next_run=self._next_run)
        )

    @contextmanager
    def undone_alone(self) -> Iterator[None]:
        """Within this an exception undoes what one operation did, and nothing of the others."""
        before = (self._sequence, self._next_run, len(self._told))
        self.connection.exec_driver_sql("SAVEPOINT operation")
        try:
            yield
        except BaseException:
            self._sequence, self._next_run = before[:2]
            del self._told[before[2] :]
            self.interning.forget()
            # A full disk undoes the whole transaction at once, and the savepoint with it.
            if self.connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3's
                self.connection.exec_driver_sql("ROLLBACK TO operation")
            raise
        self.connection.exec_driver_sql("RELEASE operation")


class Operation(Protocol):
    """Something to write: applied within a transaction, it says what it changed."""

    def apply(self, transaction: Transaction) -> list[Event]: ...


@runtime_checkable
class MergingOperation(Operation, Protocol):
    """One that may be written together with later ones of the same key, before whatever merges stands between them."""

    @property
    def merge_key(self) -> Hashable: ...

    # Self is the type of all that share the key.
    def merged(self, later: Sequence[Any]) -> Operation: ...
