"""How a database is opened, shared and closed, and what is said when that is impossible."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from rivers_core.exceptions import StorageError
from rivers_core.storage.database import Database
from rivers_core.storage.stores import Stores
from rivers_core.storage.upgrade import _use_write_ahead_log
from rivers_core.waiting import never_waiting

from .building import FLAVORS, completed, launch, record, stage


def test_a_new_database_is_made_with_its_folder(tmp_path: Path):
    path = tmp_path / "project" / ".rivers" / "rivers.db"
    with Stores.open(path) as stores:
        assert stores.backfills.list().total == 0
    assert path.is_file()


def test_what_was_written_is_there_when_the_database_is_opened_again(path: Path):
    with Stores.open(path) as stores:
        launched = launch(stores, stage(FLAVORS, [2]), tags=[("team", "shop")])
        record(stores, launched, completed(launched, launched.first_run))
        before = stores.backfills.record(launched.backfill_id)
    with Stores.open(path) as stores:
        assert stores.backfills.record(launched.backfill_id) == before
        assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == [0, 0, 1, 0]


def test_closing_leaves_nothing_beside_the_file(path: Path):
    with Stores.open(path) as stores:
        stores.facts.set("theme", "dark")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_every_commit_moves_the_position_on(stores: Stores):
    positions = [stores.database.position]
    for name in ("a", "b", "c"):
        stores.facts.set(name, 1)
        positions.append(stores.database.position)
    assert positions == sorted(set(positions))


def test_a_refused_write_leaves_the_other_writes_of_its_group(stores: Stores):
    stores.facts.set("kept", 1)

    def fail(transaction):
        transaction.connection.execute(text("INSERT INTO facts VALUES ('lost', '2')"))
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        stores.writer.call(fail)
    assert (stores.facts.get("kept"), stores.facts.get("lost")) == (1, None)


def test_many_threads_read_at_once_while_the_writer_writes(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    seen: list[int] = []
    faults: list[BaseException] = []
    ready = threading.Barrier(5)

    def read() -> None:
        try:
            ready.wait()
            for _ in range(20):
                found = stores.backfills.record(launched.backfill_id)
                states = stores.states.snapshot("orders", FLAVORS)
                seen.append(found.completed)
                assert found.completed <= (states.shown == 1).sum()
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    ready.wait()
    for run in range(launched.first_run, launched.first_run + 4):
        record(stores, launched, completed(launched, run))
    for reader in readers:
        reader.join()
    assert (faults, len(seen)) == ([], 80)
    assert stores.backfills.record(launched.backfill_id).completed == 4


def test_a_reader_sees_one_moment_however_long_it_looks(path: Path):
    with Stores.open(path) as stores, stores.database.reading() as connection:
        count = text("SELECT count(*) FROM facts")
        before = connection.execute(count).scalar_one()
        stores.facts.set("meanwhile", True)
        assert connection.execute(count).scalar_one() == before == 0


def test_a_reader_cannot_write(path: Path):
    with (
        Stores.open(path) as stores,
        pytest.raises(StorageError, match="read-only"),
        stores.database.reading() as connection,
    ):
        connection.execute(text("DELETE FROM backfills"))


def test_a_thread_that_must_never_wait_may_not_use_the_database(stores: Stores, path: Path):
    uses = [
        stores.backfills.list,
        lambda: stores.facts.set("name", 1),
        lambda: stores.writer.put(object()),
        lambda: stores.database.position,
        lambda: Database.open(path),
    ]
    with never_waiting():
        for use in uses:
            with pytest.raises(AssertionError, match="must never wait"):
                use()
        with ThreadPoolExecutor(1) as others:
            assert others.submit(stores.backfills.list).result().total == 0
    assert stores.backfills.list().total == 0


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path):
    path.write_bytes(b"Once upon a time there was a file of notes. " * 100)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"is not a database of Rivers Desktop\. Move the file away"):
        Database.open(path)
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
    with pytest.raises(StorageError, match="is a database of another program"):
        Database.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path):
    path.mkdir()
    with pytest.raises(StorageError, match="is a folder where the database file should be"):
        Database.open(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not a folder")
    with pytest.raises(StorageError, match=r"The folder .*notes\.txt.* for the database cannot be made"):
        Database.open(tmp_path / "notes.txt" / "deeper" / "rivers.db")


def test_a_file_system_without_shared_files_is_refused(path: Path):
    # A database in memory knows no write-ahead log either.
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(StorageError, match="network drive"):
        _use_write_ahead_log(connection, path)


@pytest.fixture
def locked_up(tmp_path_factory: pytest.TempPathFactory):
    """A database whose folder and file nobody may write, and a process without the right to do it anyway."""
    if os.name != "posix":
        pytest.skip("Permissions of this kind are POSIX's")
    with Stores.open(tmp_path_factory.mktemp("open") / "rivers.db") as stores:
        stores.facts.set("name", "value")
        made = stores.database.path
    # Folders of pytest are closed to everyone but their owner, and the owner may be root.
    folder = Path(tempfile.mkdtemp(prefix="rivers-locked-"))
    path = folder / "rivers.db"
    path.write_bytes(made.read_bytes())
    path.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield path
    if is_root:
        os.seteuid(0)
    folder.chmod(0o755)
    path.unlink()
    folder.rmdir()


def test_a_read_only_database_is_refused_with_what_to_do(locked_up: Path):
    with pytest.raises(StorageError, match="cannot be written: the file or its folder is read-only"):
        Database.open(locked_up)


def test_a_damaged_database_is_told_as_one(path: Path):
    with Stores.open(path) as stores:
        stores.facts.set("filler", "x" * 200_000)
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    path.write_bytes(content)
    with pytest.raises(StorageError, match="is damaged"), Stores.open(path) as stores:
        stores.facts.get("filler")
        stores.backfills.list()
        stores.states.snapshot("orders", FLAVORS)
