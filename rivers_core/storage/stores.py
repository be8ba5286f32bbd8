"""Opens everything that is stored of a project, and closes it again."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from rivers_core.records import BackfillRecord
from rivers_core.storage.backfill_store import BackfillStore
from rivers_core.storage.control_store import ControlStore
from rivers_core.storage.database import Database
from rivers_core.storage.dynamic_store import DynamicStore
from rivers_core.storage.fact_store import FactStore
from rivers_core.storage.history_store import HistoryStore
from rivers_core.storage.launched_rows import LaunchedPlans
from rivers_core.storage.lease import is_alive
from rivers_core.storage.log_store import LogStore
from rivers_core.storage.run_store import RunStore
from rivers_core.storage.state_store import StateStore
from rivers_core.storage.writer import FailureListener, Writer


class Stores:
    """A database, its writer, and a store for each kind of thing in it. Owns them until `close`."""

    def __init__(self, database: Database, on_failure: FailureListener | None = None) -> None:
        plans = LaunchedPlans()
        self.database = database
        self.writer = Writer(database, on_failure)
        self.backfills = BackfillStore(database, self.writer, plans)
        self.runs = RunStore(database, self.writer, plans)
        self.states = StateStore(database, self.writer)
        self.logs = LogStore(database)
        self.dynamic = DynamicStore(database, self.writer)
        self.control = ControlStore(database, self.writer)
        self.history = HistoryStore(database, self.writer)
        self.facts = FactStore(database, self.writer)

    @classmethod
    def open(cls, path: Path, *, on_failure: FailureListener | None = None) -> Stores:
        """Those in this file, made or upgraded where needed; raises StorageError."""
        return cls(Database.open(path), on_failure)

    @classmethod
    def memory(cls, *, on_failure: FailureListener | None = None) -> Stores:
        """New ones that live as long as this object."""
        return cls(Database.memory(), on_failure)

    def recover(self) -> list[BackfillRecord]:
        """Take back what processes did that are gone; the backfills that were interrupted or canceled by it."""
        self.runs.end_abandoned(is_alive)
        return list(self.backfills.interrupt_dead(is_alive))

    def close(self) -> None:
        """Write what waits, then let go of the file."""
        self.writer.close()
        self.database.close()

    def __enter__(self) -> Stores:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
