"""The one thread of a process that writes: it takes what waits in groups, at a pace that suits the load."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from rivers_core.events import Listener
from rivers_core.exceptions import StorageError
from rivers_core.storage.committing import Committer, FailureListener, Waiting, WriteFailure
from rivers_core.storage.database import Database
from rivers_core.storage.transaction import Operation, Transaction
from rivers_core.waiting import refuse_to_wait

__all__ = ["FailureListener", "WriteFailure", "Writer"]

T = TypeVar("T")

# Under load a commit waits until this long after the one before, to take more with it.
PACE_SECONDS = 0.03
# Whoever puts faster than the disk writes is made to wait from here on.
_MOST_WAITING = 2_000


class Writer:
    """Owns the writing thread from its making until `close`.

    `on_failure` and the listeners are called on that thread; they must return at once and may `put`.
    """

    def __init__(
        self, database: Database, on_failure: FailureListener | None = None, pace_seconds: float = PACE_SECONDS
    ) -> None:
        self._database = database
        self._committer = Committer(database, on_failure)
        self._pace = pace_seconds
        self._listeners: tuple[Listener, ...] = ()
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._urgent = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="rivers-writer", daemon=True)
        self._thread.start()

    @property
    def commits(self) -> int:
        """How many commits were this writer's own, with the one under way; the position counts those of all."""
        return self._committer.commits

    @property
    def seconds_writing(self) -> float:
        """For how long the writing under way has gone on, which is long where another program holds the database."""
        began = self._committer.began
        return 0.0 if began is None else time.monotonic() - began

    def put(self, operation: Operation) -> None:
        """Write this soon, after everything put before it; a failure goes to `on_failure`."""
        self._add(Waiting.of(operation))

    def call(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returned, once it is committed; raises what it raised, or StorageError.

        Listeners have been told when this returns. `work` is called again if the group it was in was undone.
        """
        if threading.current_thread() is self._thread:
            raise AssertionError("The writer's thread cannot wait for itself.")
        result: Future[T] = Future()
        self._add(Waiting(work, result=result))
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

    def _add(self, item: Waiting) -> None:
        refuse_to_wait()
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
            self._committer.write(batch, self._listeners)
            last_commit = time.monotonic()

    def _next_batch(self, not_before: float) -> list[Waiting]:
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
