"""Turns tables of one library into another's, and many into one, by way of Parquet files that no one else sees."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from itertools import count
from threading import Lock
from typing import Any
from weakref import finalize

from rivers_core.io_handlers.files import LocalFiles
from rivers_core.io_handlers.tables import DuckDBTables, TableKind, kind_of_value


class ScratchTables:
    """Parquet files in a temporary folder that is removed with the process.

    DuckDB reads a file when its relation is used, so the files of relations stay until then.
    """

    def __init__(self) -> None:
        self._files: LocalFiles | None = None
        self._numbers = count()
        self._lock = Lock()

    def kept(self, table: Any, kind: TableKind) -> Any:
        """The table itself; a DuckDB relation, which is only a query, becomes its result."""
        return self.joined([table], kind) if isinstance(kind, DuckDBTables) else table

    def joined(self, tables: Sequence[Any], kind: TableKind) -> Any:
        """All rows of all tables as one table of a kind; columns go by name."""
        files = self._opened()
        paths = [self._written(files, table) for table in tables]
        try:
            return kind.read(files, paths)
        finally:
            if not isinstance(kind, DuckDBTables):
                for path in paths:
                    files.delete(path)

    def _written(self, files: LocalFiles, table: Any) -> str:
        kind = kind_of_value(table)
        assert kind is not None
        path = f"{next(self._numbers)}.parquet"
        files.write(path, lambda place: kind.write(table, place))
        return path

    def _opened(self) -> LocalFiles:
        with self._lock:
            if self._files is None:
                folder = tempfile.mkdtemp()
                finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._files = LocalFiles(folder)
            return self._files
