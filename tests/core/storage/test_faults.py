"""The sentences for what SQLite reports."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from rivers_core.exceptions import StorageError
from rivers_core.storage.faults import is_locked, storage_error, told_as_sentences


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "make room"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "read-only"),
        (sqlite3.SQLITE_CANTOPEN, "check that its folder exists"),
        (sqlite3.SQLITE_NOTADB, "is not a database of Rivers Desktop"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "is damaged"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "close that program"),
        (sqlite3.SQLITE_IOERR_WRITE, "disk reports an error"),
        (sqlite3.SQLITE_PERM, "access is denied"),
    ],
)
def test_what_a_user_can_do_something_about_is_a_sentence(code: int, advice: str):
    with pytest.raises(StorageError, match=advice) as raised, told_as_sentences("The database here.db"):
        raise sqlite_error(code)
    assert "here.db" in str(raised.value)
    assert "what SQLite says" not in str(raised.value)


def test_a_bug_of_ours_stays_what_it_is():
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(sqlite3.OperationalError, match="no such table"),
        told_as_sentences("The database"),
    ):
        connection.execute("SELECT * FROM absent")


def test_only_a_lock_is_worth_trying_again():
    assert is_locked(sqlite_error(sqlite3.SQLITE_BUSY))
    assert not is_locked(sqlite_error(sqlite3.SQLITE_FULL))
    assert not is_locked(ValueError("unrelated"))
    assert storage_error(ValueError("unrelated"), "The database") is None
