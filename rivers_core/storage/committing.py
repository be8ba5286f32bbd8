"""Commits what waits as one group, tells what it changed, and answers whoever waits for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.exc import DBAPIError

from rivers_core.events import Event, Listener
from rivers_core.exceptions import RiversError
from rivers_core.storage.coalescing import coalesced
from rivers_core.storage.database import Database
from rivers_core.storage.faults import is_locked, storage_error
from rivers_core.storage.interning import Interning
from rivers_core.storage.transaction import MergingOperation, Operation, Transaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """Operations that were put and could not be written; nothing of them is in the database."""

    error: Exception
    operations: tuple[Operation, ...]


FailureListener: TypeAlias = Callable[[WriteFailure], None]


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """Something to write; `result` is set where a caller waits for it."""

    work: Callable[[Transaction], Any]  # each caller knows what its function returns
    operation: Operation | None = None
    result: Future[Any] | None = None

    @classmethod
    def of(cls, operation: Operation) -> Waiting:
        return cls(lambda transaction: transaction.tell(*operation.apply(transaction)), operation)


@dataclass(frozen=True, slots=True)
class _Refused:
    error: Exception


class Committer:
    """Used by the writer's thread alone; it never raises, so that the thread goes on."""

    def __init__(self, database: Database, on_failure: FailureListener | None) -> None:
        self._database = database
        self._on_failure = on_failure
        self._interning = Interning()
        self.commits = 0
        self.began: float | None = None
        """When the writing under way began, by the monotonic clock; None while nothing is written."""

    def write(self, batch: Sequence[Waiting], listeners: Sequence[Listener]) -> None:
        """Commit the batch in its order, then tell the listeners, then answer the callers."""
        merged = list(_merged(batch))
        self.began = time.monotonic()
        try:
            self._commit(merged, listeners)
        except Exception as error:  # noqa: BLE001  # whatever it is, its owner is told
            self._write_again(merged, listeners, error)
        finally:
            self.began = None

    def _write_again(self, batch: list[Waiting], listeners: Sequence[Listener], error: Exception) -> None:
        """A lock may be gone by now; otherwise what is at fault must not take the others with it."""
        pieces = [batch] if is_locked(error) or len(batch) == 1 else [[item] for item in batch]
        for piece in pieces:
            try:
                self._commit(piece, listeners)
            except Exception as again:  # noqa: BLE001
                self._fail(piece, again)

    def _commit(self, batch: list[Waiting], listeners: Sequence[Listener]) -> None:
        # Counted before it can be seen, so that nobody takes it for another process's.
        self.commits += 1
        try:
            with self._database.writing() as connection:
                transaction = Transaction(connection, self._interning)
                results = [_attempt(item, transaction) for item in batch]
                transaction.finish()
        except BaseException:
            self.commits -= 1
            self._interning.forget()
            raise
        _tell(transaction.told, listeners)
        for item, result in zip(batch, results, strict=True):
            if isinstance(result, _Refused):
                self._fail([item], result.error)
            elif item.result is not None:
                item.result.set_result(result)

    def _fail(self, items: list[Waiting], error: Exception) -> None:
        shown = storage_error(error, self._database.place) or error
        if shown is not error:
            shown.__cause__ = error
        for item in items:
            if item.result is not None:
                item.result.set_exception(shown)
        lost = tuple(item.operation for item in items if item.operation is not None)
        if lost:
            if isinstance(shown, RiversError):  # which says all there is to say
                _log.warning("Something could not be recorded: %s", shown)
            else:
                _log.error("Something could not be recorded.", exc_info=shown)
            if self._on_failure is not None:
                _call_safely(self._on_failure, WriteFailure(shown, lost))


def _merged(batch: Sequence[Waiting]) -> Iterator[Waiting]:
    """What can be written together at the place of the first; anything else keeps what is on its two sides apart."""
    groups: dict[Hashable, list[MergingOperation]] = {}
    for item in batch:
        operation = item.operation
        if item.result is None and isinstance(operation, MergingOperation):
            groups.setdefault(operation.merge_key, []).append(operation)
            continue
        yield from _together(groups)
        groups = {}
        yield item
    yield from _together(groups)


def _together(groups: dict[Hashable, list[MergingOperation]]) -> Iterator[Waiting]:
    for first, *later in groups.values():
        yield Waiting.of(first.merged(later) if later else first)


def _attempt(item: Waiting, transaction: Transaction) -> Any:  # what the item's own function returns
    """The result, or what the item itself raised; an error of the database ends the whole group."""
    try:
        with transaction.undone_alone():
            return item.work(transaction)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001  # handed to whoever waits for this item
        return _Refused(error)


def _tell(events: Sequence[Event], listeners: Sequence[Listener]) -> None:
    if events:
        told = coalesced(events)
        for listener in listeners:
            _call_safely(listener, told)


def _call_safely(listener: Callable[[Any], None], told: object) -> None:
    """A listener's bug is logged: it must not end the recording of runs."""
    try:
        listener(told)
    except Exception:  # noqa: BLE001  # whatever the listener got wrong
        _log.exception("A listener failed on what the database told it.")
