"""How writes are grouped, told, answered and, where the database fails, given back."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from rivers_core.events import BackfillWarned, Event
from rivers_core.exceptions import StorageError
from rivers_core.states import BackfillState
from rivers_core.storage.database import Database
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import WriteFailure, Writer

from .building import FLAVORS, completed, failed, launch, record, stage, started


@dataclass(frozen=True)
class Note:
    """Writes a fact of this name and tells it."""

    name: str
    order: list[str] = field(default_factory=list)

    def apply(self, transaction: Transaction) -> list[Event]:
        self.order.append(self.name)
        insert = text("INSERT INTO facts (name, value) VALUES (:name, '1')")
        transaction.connection.execute(insert, {"name": self.name})
        return [BackfillWarned(transaction.position, "b1", self.name)]


class Gate:
    """An operation at which the writer's thread waits until the test opens it."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def apply(self, transaction: Transaction) -> list[Event]:
        self.reached.set()
        self.opened.wait()
        return []


@contextmanager
def held(writer: Writer) -> Iterator[None]:
    """Whatever is put within this waits together."""
    gate = Gate()
    writer.put(gate)
    gate.reached.wait()
    try:
        yield
    finally:
        gate.opened.set()


def names(stores: Stores) -> set[str]:
    with stores.database.reading() as connection:
        return set(connection.execute(text("SELECT name FROM facts")).scalars())


def test_what_waits_together_is_one_commit_in_the_order_of_putting(stores: Stores):
    order: list[str] = []
    batches: list[list[Event]] = []
    stores.writer.subscribe(batches.append)
    with held(stores.writer):
        for name in "abc":
            stores.writer.put(Note(name, order))
    stores.writer.flush()
    assert order == ["a", "b", "c"]
    assert [[event.message for event in batch] for batch in batches] == [["a", "b", "c"]]
    assert len({event.position for event in batches[0]}) == 1


@dataclass(frozen=True)
class Merging:
    """Operations of one kind are written as one."""

    kind: str
    names: tuple[str, ...]
    written: list[tuple[str, ...]]

    @property
    def merge_key(self) -> str:
        return self.kind

    def merged(self, later: Sequence[Merging]) -> Merging:
        return replace(self, names=sum((operation.names for operation in later), self.names))

    def apply(self, transaction: Transaction) -> list[Event]:
        self.written.append(self.names)
        return []


def test_what_can_be_written_together_is_and_nothing_passes_what_cannot(stores: Stores):
    written: list[tuple[str, ...]] = []
    with held(stores.writer):
        for kind, name in ("a1", "b2", "a3"):
            stores.writer.put(Merging(kind, (name,), written))
        stores.writer.put(Note("between", written))
        for kind, name in ("a4", "b5", "b6"):
            stores.writer.put(Merging(kind, (name,), written))
    stores.writer.flush()
    assert written == [("1", "3"), ("2",), "between", ("4",), ("5", "6")]


def test_the_commits_of_this_writer_are_counted_apart_from_those_of_others(path: Path):
    with Stores.open(path) as stores, Stores.open(path) as other:
        before = stores.writer.commits, stores.database.position
        stores.writer.apply(Note("mine"))
        other.writer.apply(Note("another's"))
        assert (stores.writer.commits, stores.database.position) == (before[0] + 1, before[1] + 2)


def test_an_event_tells_what_another_reader_already_sees(stores: Stores):
    seen: list[bool] = []

    def listener(events: list[Event]) -> None:
        seen.extend(event.message in names(stores) for event in events)
        seen.extend(event.position == stores.database.position for event in events)

    stores.writer.subscribe(listener)
    stores.writer.apply(Note("a"))
    assert seen == [True, True]


def test_a_caller_gets_its_result_after_everything_put_before(stores: Stores):
    with held(stores.writer):
        stores.writer.put(Note("a"))
        counted: list[int] = []
        count = text("SELECT count(*) FROM facts")
        work = lambda transaction: transaction.connection.execute(count).scalar_one()  # noqa: E731
        caller = threading.Thread(target=lambda: counted.append(stores.writer.call(work)))
        caller.start()
    caller.join()
    assert counted == [1]


def test_a_failing_operation_is_given_back_and_the_others_are_written(path: Path):
    failures: list[WriteFailure] = []
    with Stores.open(path, on_failure=failures.append) as stores:
        told: list[Event] = []
        stores.writer.subscribe(told.extend)
        with held(stores.writer):
            for name in ("a", "twice", "twice", "b"):
                stores.writer.put(Note(name))
        stores.writer.flush()
        assert names(stores) == {"a", "twice", "b"}
        assert [event.message for event in told] == ["a", "twice", "b"]
    (failure,) = failures
    assert [operation.name for operation in failure.operations] == ["twice"]
    assert "UNIQUE" in str(failure.error)


def test_what_an_operation_wrote_before_it_failed_is_undone(path: Path):
    class Half:
        def apply(self, transaction: Transaction) -> list[Event]:
            Note("half").apply(transaction)
            transaction.reserve_runs(10)
            transaction.tell(BackfillWarned(transaction.position, "b1", "half"))
            raise ValueError("on purpose")

    failures: list[WriteFailure] = []
    with Stores.open(path, on_failure=failures.append) as stores:
        told: list[Event] = []
        stores.writer.subscribe(told.extend)
        stores.writer.put(Half())
        stores.writer.put(Note("whole"))
        stores.writer.flush()
        assert names(stores) == {"whole"}
        assert [event.message for event in told] == ["whole"]
        assert launch(stores, stage(FLAVORS, [0])).first_run == 1
    assert [str(failure.error) for failure in failures] == ["on purpose"]


def test_a_listeners_bug_ends_neither_the_writing_nor_the_telling(stores: Stores, caplog: pytest.LogCaptureFixture):
    def broken(events: list[Event]) -> None:
        raise RuntimeError("a view's bug")

    told: list[Event] = []
    stores.writer.subscribe(broken)
    stores.writer.subscribe(told.extend)
    stores.writer.apply(Note("a"))
    stores.writer.apply(Note("b"))
    assert [event.message for event in told] == ["a", "b"]
    assert "a view's bug" in caplog.text


def test_a_listener_hears_nothing_more_once_it_unsubscribed(stores: Stores):
    told: list[Event] = []
    unsubscribe = stores.writer.subscribe(told.extend)
    stores.writer.apply(Note("a"))
    unsubscribe()
    stores.writer.apply(Note("b"))
    assert [event.message for event in told] == ["a"]


def test_a_listener_may_put_but_never_wait(stores: Stores):
    refused: list[str] = []

    def listener(events: list[Event]) -> None:
        if events[0].message == "a":
            stores.writer.put(Note("b"))
            with pytest.raises(AssertionError) as raised:
                stores.writer.flush()
            refused.append(str(raised.value))

    stores.writer.subscribe(listener)
    stores.writer.apply(Note("a"))
    stores.writer.flush()
    assert names(stores) == {"a", "b"}
    assert refused == ["The writer's thread cannot wait for itself."]


def test_closing_writes_what_waits_and_refuses_what_comes_later(path: Path):
    stores = Stores.open(path)
    with held(stores.writer):
        stores.writer.put(Note("a"))
        closing_thread = threading.Thread(target=stores.close)
        closing_thread.start()
    closing_thread.join()
    with pytest.raises(StorageError, match="The project was closed"):
        stores.writer.put(Note("b"))
    with Stores.open(path) as again:
        assert names(again) == {"a"}


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(path: Path, caplog: pytest.LogCaptureFixture):
    failures: list[WriteFailure] = []
    with Stores.open(path, on_failure=failures.append) as stores:
        launched = launch(stores, stage(FLAVORS, range(4)))
        first = launched.first_run
        record(stores, launched, completed(launched, first))
        before = stores.backfills.record(launched.backfill_id)
        fill_disk(stores)
        big = failed(first + 1, "x" * 5_000_000)
        with pytest.raises(StorageError, match="The disk is full"):
            record(stores, launched, big)
        stores.writer.put(RecordRuns(launched, [started(first + 2)], [big]))
        stores.writer.flush()
        assert stores.backfills.record(launched.backfill_id) == before
        assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == [1, 0, 0, 0]
        make_room(stores)
        record(stores, launched, big, completed(launched, first + 2))
        after = stores.backfills.record(launched.backfill_id)
        assert (after.completed, after.failed, after.running_runs) == (2, 1, 0)
    (failure,) = failures
    assert str(failure.error).startswith("The disk is full")
    assert "Something could not be recorded: The disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    assert [outcome.run_number for outcome in failure.operations[0].outcomes] == [first + 1]


def fill_disk(stores: Stores) -> None:
    """Let the file grow no more; the limit belongs to the writer's connection."""

    def limit(transaction: Transaction) -> None:
        (pages,) = transaction.connection.exec_driver_sql("PRAGMA page_count").one()
        transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")

    stores.writer.call(limit)


def make_room(stores: Stores) -> None:
    stores.writer.call(
        lambda transaction: transaction.connection.exec_driver_sql("PRAGMA max_page_count = 1000000").one() and None
    )


def test_a_database_that_another_program_keeps_locked_is_a_sentence(path: Path):
    database = Database.open(path, busy_seconds=0.0)
    failures: list[WriteFailure] = []
    writer = Writer(database, failures.append)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="is being written by another program"):
            writer.call(lambda _: None)
        writer.put(Note("lost"))
        with pytest.raises(StorageError, match="is being written by another program"):
            writer.flush()
        other.execute("ROLLBACK")
    writer.apply(Note("later"))
    writer.close()
    database.close()
    assert [operation.name for failure in failures for operation in failure.operations] == ["lost"]


def test_a_lock_that_goes_is_waited_for_once_more(path: Path, monkeypatch: pytest.MonkeyPatch):
    database = Database.open(path)
    attempts: list[int] = []
    real = database.writing

    @contextmanager
    def locked_at_first():
        attempts.append(1)
        if len(attempts) == 1:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise OperationalError("BEGIN IMMEDIATE", {}, error)
        with real() as connection:
            yield connection

    monkeypatch.setattr(database, "writing", locked_at_first)
    writer = Writer(database)
    assert writer.call(lambda transaction: transaction.position) == 1
    assert len(attempts) == 2
    writer.close()
    database.close()


def test_whoever_puts_too_fast_is_made_to_wait(stores: Stores, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rivers_core.storage.writer._MOST_WAITING", 3)
    order: list[str] = []
    with held(stores.writer):
        for name in "abc":
            stores.writer.put(Note(name, order))
        blocked = threading.Thread(target=stores.writer.put, args=(Note("d", order),))
        blocked.start()
        assert order == []
    blocked.join()
    stores.writer.flush()
    assert order == ["a", "b", "c", "d"]


def test_a_change_of_state_that_is_not_allowed_is_a_bug_and_changes_nothing(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0]))
    with pytest.raises(AssertionError, match="cannot become canceling"):
        stores.backfills.change_state(launched.backfill_id, BackfillState.CANCELING)
    assert stores.backfills.record(launched.backfill_id).state is BackfillState.REQUESTED
