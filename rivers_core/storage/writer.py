"""The one thread of a process that writes: it commits what waits in groups, then tells what changed."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy.exc import DBAPIError

from rivers_core.events import Event, Listener
from rivers_core.exceptions import StorageError
from rivers_core.storage.coalescing import coalesced
from rivers_core.storage.database import Database
from rivers_core.storage.faults import is_locked, storage_error
from rivers_core.storage.interning import Interning
from rivers_core.storage.transaction import Operation, Transaction

_log = logging.getLogger(__name__)
T = TypeVar("T")

# Under load a commit waits until this long after the one before, to take more with it.
PACE_SECONDS = 0.03
# Whoever puts faster than the disk writes is made to wait from here on.
_MOST_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """Operations that were put and could not be written; nothing of them is in the database."""

    error: Exception
    operations: tuple[Operation, ...]


FailureListener: TypeAlias = Callable[[WriteFailure], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """Something to write; `result` is set where a caller waits for it."""

    work: Callable[[Transaction], Any]  # each caller knows what its function returns
    operation: Operation | None = None
    result: Future[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    error: Exception


class Writer:
    """Owns the writing thread from its making until `close`.

    `on_failure` and the listeners are called on that thread; they must return at once and may `put`.
    """

    def __init__(
        self, database: Database, on_failure: FailureListener | None = None, pace_seconds: float = PACE_SECONDS
    ) -> None:
        self._database = database
        self._on_failure = on_failure
        self._pace = pace_seconds
        self._interning = Interning()
        self._listeners: tuple[Listener, ...] = ()
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._urgent = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="rivers-writer", daemon=True)
        self._thread.start()

    def put(self, operation: Operation) -> None:
        """Write this soon, after everything put before it; a failure goes to `on_failure`."""
        self._add(_Waiting(lambda transaction: transaction.tell(*operation.apply(transaction)), operation))

    def call(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returned, once it is committed; raises what it raised, or StorageError.

        Listeners have been told when this returns.
        """
        if threading.current_thread() is self._thread:
            raise AssertionError("The writer's thread cannot wait for itself.")
        result: Future[T] = Future()
        self._add(_Waiting(work, result=result))
        return result.result()

    def apply(self, operation: Operation) -> None:
        """Write this and wait until it is committed."""
        self.call(lambda transaction: transaction.tell(*operation.apply(transaction)))

    def flush(self) -> None:
        """Wait until everything that was put before is committed, or has failed."""
        self.call(lambda _: None)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` what each commit brought, until the returned function is called."""
        with self._changed:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._changed:
                self._listeners = tuple(kept for kept in self._listeners if kept is not listener)

        return unsubscribe

    def close(self) -> None:
        """Write what is waiting and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _add(self, item: _Waiting) -> None:
        self._database.refuse_forbidden_thread()
        with self._changed:
            if threading.current_thread() is not self._thread:
                self._changed.wait_for(lambda: self._closed or len(self._waiting) < _MOST_WAITING)
            if self._closed:
                raise StorageError("The project was closed while something was still to be recorded.")
            self._waiting.append(item)
            self._urgent = self._urgent or item.result is not None
            self._changed.notify_all()

    def _work(self) -> None:
        last_commit = float("-inf")
        while batch := self._next_batch(last_commit + self._pace):
            self._write(batch)
            last_commit = time.monotonic()

    def _next_batch(self, not_before: float) -> list[_Waiting]:
        """Everything that waits; empty once closed. Nothing delays a caller who waits for a result."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            rest = not_before - time.monotonic()
            if rest > 0:
                self._changed.wait_for(lambda: self._closed or self._urgent, timeout=rest)
            batch = list(self._waiting)
            self._waiting.clear()
            self._urgent = False
            self._changed.notify_all()
            return batch

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            self._commit(batch)
        except Exception as error:  # noqa: BLE001  # whatever it is, its owner is told in _fail
            self._write_again(batch, error)

    def _write_again(self, batch: list[_Waiting], error: Exception) -> None:
        """A lock may have gone since; otherwise what is at fault must not take the others with it."""
        pieces = [batch] if is_locked(error) or len(batch) == 1 else [[item] for item in batch]
        for piece in pieces:
            try:
                self._commit(piece)
            except Exception as again:  # noqa: BLE001
                self._fail(piece, again)

    def _commit(self, batch: list[_Waiting]) -> None:
        results: list[Any] = []
        try:
            with self._database.writing() as connection:
                transaction = Transaction(connection, self._interning)
                results.extend(_attempt(item, transaction) for item in batch)
                transaction.finish()
        except BaseException:
            self._interning.forget()
            raise
        self._tell(transaction.told)
        for item, result in zip(batch, results, strict=True):
            if isinstance(result, _Refused):
                self._fail([item], result.error)
            elif item.result is not None:
                item.result.set_result(result)

    def _tell(self, events: list[Event]) -> None:
        if not events:
            return
        told = coalesced(events)
        for listener in self._listeners:
            try:
                listener(told)
            except Exception:  # a view's bug must not end the recording of runs
                _log.exception("A listener failed on what a commit brought.")

    def _fail(self, items: list[_Waiting], error: Exception) -> None:
        shown = storage_error(error, self._database.place) or error
        if shown is not error:
            shown.__cause__ = error
        for item in items:
            if item.result is not None:
                item.result.set_exception(shown)
        lost = tuple(item.operation for item in items if item.operation is not None)
        if not lost:
            return
        if self._on_failure is None:
            _log.error("What was put could not be written.", exc_info=shown)
        else:
            self._on_failure(WriteFailure(shown, lost))


def _attempt(item: _Waiting, transaction: Transaction) -> Any:  # what the item's own function returns
    """The result, or what the item itself raised; an error of the database ends the whole group."""
    try:
        with transaction.undone_alone():
            return item.work(transaction)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001  # handed to whoever waits for this item
        return _Refused(error)
