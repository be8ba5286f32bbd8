"""Connections to one SQLite database: read from any thread, written by one at a time."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

BUSY_SECONDS = 10.0
_IDLE_READERS = 4
_CACHE_KIB = 32_768


class Connections(ABC):
    """How a database is reached; `reading` and `writing` each hold one transaction open."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one moment of the database."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the database's one write lock from its beginning."""

    @abstractmethod
    def close(self) -> None: ...


class FileConnections(Connections):
    """A file in WAL mode: readers never wait for the writer, nor it for them."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._write_lock = threading.Lock()
        self._readers = _engine(lambda: self.connect(read_only=True), "BEGIN", pooled=True)
        self._writer = _engine(lambda: self.connect(read_only=False), "BEGIN IMMEDIATE", pooled=True)

    def connect(self, *, read_only: bool) -> sqlite3.Connection:
        """A plain connection of the caller's own."""
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=self._busy_seconds,
        )
        _prepare(connection)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._write_lock, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()


class MemoryConnections(Connections):
    """One connection that threads take in turn: SQLite shares no database in memory without surprises."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: Connection | None = None
        self._engine = _engine(self._connect, "BEGIN IMMEDIATE", pooled=False)

    @staticmethod
    def _connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _prepare(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._lock:
            if self._open is not None:  # this thread reads within its own transaction
                yield self._open
                return
            with self.writing() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._lock, self._engine.begin() as connection:
            self._open = connection
            try:
                yield connection
            finally:
                self._open = None

    def close(self) -> None:
        self._engine.dispose()


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "temp_store = MEMORY", f"cache_size = -{_CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, *, pooled: bool) -> Engine:
    if pooled:
        engine = create_engine(
            "sqlite://", creator=connect, poolclass=QueuePool, pool_size=_IDLE_READERS, max_overflow=-1
        )
    else:
        engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)

    # The driver's own BEGIN comes too late and is never IMMEDIATE, so it is left out of it (isolation_level None).
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def engine_over(connection: sqlite3.Connection) -> Engine:
    """An engine over a connection that the caller closes, for the tools that want one."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(opened: Connection) -> None:
        opened.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
