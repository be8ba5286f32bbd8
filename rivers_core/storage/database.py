"""A project's database: opened, brought up to date, read from any thread and closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, insert, select

from rivers_core.exceptions import StorageError
from rivers_core.storage import schema
from rivers_core.storage.connections import BUSY_SECONDS, Connections, FileConnections, MemoryConnections
from rivers_core.storage.faults import told_as_sentences
from rivers_core.storage.upgrade import bring_up_to_date
from rivers_core.waiting import refuse_to_wait


class Database:
    """One open database. Readers may be any threads at once; only `Writer` writes.

    Raises StorageError, a sentence for the user, wherever the file or the disk is at fault.
    """

    def __init__(self, connections: Connections, place: str, path: Path | None = None) -> None:
        self._connections = connections
        self.place = place
        self.path = path

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
        """The database in this file, made or upgraded where needed.

        Raises StorageError for a read-only or full disk, a file that is no database, one that a newer
        version made, and a file system on which it cannot work.
        """
        refuse_to_wait()
        place = f"The database {path}"
        _make_folder(path)
        with told_as_sentences(place):
            bring_up_to_date(path, busy_seconds)
            return cls(FileConnections(path, busy_seconds), place, path)

    @classmethod
    def memory(cls) -> Database:
        """A new database that lives as long as this object."""
        connections = MemoryConnections()
        with connections.writing() as connection:
            for statement in schema.statements():
                connection.exec_driver_sql(statement)
            connection.execute(insert(schema.counters).values(id=1, position=0, sequence=0, next_run=1))
        return cls(connections, "The database in memory")

    def close(self) -> None:
        """Let go of the file; what the write-ahead log still holds is moved into it."""
        self._connections.close()
        if self.path is not None and self.path.exists():
            # Where this fails, on a full disk say, the log stays beside the file and is read at the next opening.
            with suppress(sqlite3.Error), closing(sqlite3.connect(self.path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def position(self) -> int:
        """The number of commits so far, by any process."""
        with self.reading() as connection:
            return position_of(connection)

    @property
    def sequence(self) -> int:
        """The number of the last outcome that is stored, by any process."""
        with self.reading() as connection:
            return int(connection.exec_driver_sql("SELECT sequence FROM counters").scalar_one())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A short transaction that sees one moment of the database and cannot write."""
        refuse_to_wait()
        with told_as_sentences(self.place), self._connections.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one write transaction; for `Writer` alone."""
        with self._connections.writing() as connection:
            yield connection


def position_of(connection: Connection) -> int:
    """The number of commits that this transaction sees."""
    position: int = connection.execute(select(schema.counters.c.position)).scalar_one()
    return position


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {path.parent} for the database cannot be made: {error.strerror}. "
            "Keep the project's state somewhere else."
        ) from error
    if path.is_dir():
        raise StorageError(f"{path} is a folder where the database file should be; move it away.")
