"""Keeps a worker to its share of the machine: priority, threads and memory of the libraries user code loads."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NICENESS = 10

# Read once by each library when it is loaded; a value of the user's own stays.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)


def keep_to_share(threads: int, memory: int) -> None:
    """Be polite to the rest of the machine from now on: `threads` at a time, `memory` bytes for DuckDB."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, str(threads))
    sys.meta_path.insert(0, _DuckDBFinder({"threads": threads, "memory_limit": f"{memory // 1_000_000}MB"}))


class _DuckDBFinder(MetaPathFinder):
    """Waits for the import of DuckDB, which takes its settings from no variable."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "duckdb":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _DuckDBLoader(spec.loader, self._settings)
        return spec


class _DuckDBLoader(Loader):
    def __init__(self, loader: Loader, settings: dict[str, Any]) -> None:
        self._loader = loader
        self._settings = settings

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _limit(module, self._settings)


def _limit(duckdb: ModuleType, settings: dict[str, Any]) -> None:
    """Make `settings` the defaults of every connection: those that are opened, and the module's own."""
    connect = duckdb.connect

    @wraps(connect)
    def connect_within_share(database: Any = ":memory:", read_only: bool = False, config: Any = None) -> Any:
        if str(database) == ":default:":
            return connect(database, read_only, config or {})
        return connect(database, read_only, {**settings, **(config or {})})

    duckdb.connect = connect_within_share  # type: ignore[attr-defined]  # the module is only known by its name
    for name, value in settings.items():
        duckdb.execute(f"SET {name} = '{value}'")
