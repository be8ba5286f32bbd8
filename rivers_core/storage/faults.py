"""Turns the database library's errors into sentences that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from rivers_core.exceptions import StorageError

_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full; make room and try again. {place} cannot be written until then. "
    "What was recorded before is kept.",
    sqlite3.SQLITE_READONLY: "{place} cannot be written: the file or its folder is read-only. "
    "Change its permissions, or keep the project's state somewhere else.",
    sqlite3.SQLITE_PERM: "{place} cannot be opened: access is denied. Change its permissions.",
    sqlite3.SQLITE_CANTOPEN: "{place} cannot be opened; check that its folder exists and can be written.",
    sqlite3.SQLITE_NOTADB: "{place} is not a database of Rivers Desktop. "
    "Move the file away, and a new one is made in its place.",
    sqlite3.SQLITE_CORRUPT: "{place} is damaged. Put back a copy of it, or move it away to begin with a new one.",
    sqlite3.SQLITE_BUSY: "{place} is being written by another program that does not let go; "
    "close that program and try again.",
    sqlite3.SQLITE_LOCKED: "{place} is being written by another program that does not let go; "
    "close that program and try again.",
    sqlite3.SQLITE_IOERR: "{place} cannot be read or written: the disk reports an error. "
    "Check that the disk is still connected and has room.",
}
_WAITING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def driver_error(error: BaseException) -> sqlite3.Error | None:
    """The database driver's own error inside `error`, if that is where it came from."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return inner if isinstance(inner, sqlite3.Error) else None


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code, without the extension in its upper bytes."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_locked(error: BaseException) -> bool:
    """Whether another writer was in the way, so that trying again may help."""
    inner = driver_error(error)
    return inner is not None and primary_code(inner) in _WAITING


def storage_error(error: BaseException, place: str) -> StorageError | None:
    """The sentence for an error that the user can do something about; None if it is a bug of ours."""
    inner = driver_error(error)
    if inner is None:
        return None
    code = primary_code(inner)
    sentence = _SENTENCES.get(code) if code is not None else None
    if sentence is None:
        return None
    return StorageError(sentence.format(place=place))


@contextmanager
def told_as_sentences(place: str) -> Iterator[None]:
    """Raises StorageError with a sentence about `place` in place of what SQLite reports."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        sentence = storage_error(error, place)
        if sentence is None:
            raise
        raise sentence from error
