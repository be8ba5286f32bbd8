"""Projects on disk, and executors of every kind over them, closed at the end of each test."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from rivers_core.executors.in_process import InProcessExecutor
from rivers_core.executors.threads import ThreadExecutor
from rivers_core.executors.worker_processes import WorkerProcessExecutor
from rivers_core.location.loading import CodePlace, load_code
from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project
from rivers_core.steps.task import Grids
from tests.core.executors.driving import Driver, grids_of

_numbers = count()

HEAD = """
import os, sys, time, subprocess
from datetime import datetime
from pathlib import Path
import rivers as rs

days = rs.PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2030, 1, 1))
HERE = Path(__file__).parent
"""


@pytest.fixture
def write_project(tmp_path) -> Callable[[str], Project]:
    """Writes a code file below common imports; `repo` is made of every asset in it unless the code makes one."""

    def write(code: str) -> Project:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        body = HEAD + textwrap.dedent(code)
        if "CodeRepository(" not in body:
            body += (
                "\nrepo = rs.CodeRepository([one for one in list(globals().values()) if isinstance(one, rs.Asset)])\n"
            )
        for old in folder.glob("*.py"):
            old.unlink()
        file = folder / f"flows_{next(_numbers)}.py"
        file.write_text(body, encoding="utf-8")
        return Project.open(file)

    return write


@pytest.fixture
def new_pool(write_project) -> Iterator[Callable[..., WorkerPool]]:
    pools: list[WorkerPool] = []

    def make(code: str, **settings) -> WorkerPool:
        pool = WorkerPool(write_project(code), **{"slots": 2, **settings})
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def drive_workers(new_pool) -> Iterator[Callable[..., Driver]]:
    """A driven executor over worker processes; `pool` shares them between several."""
    drivers: list[Driver] = []

    def make(code: str = "", *assets: str, pool: WorkerPool | None = None, grids: Grids | None = None, **settings):
        stops = settings.pop("stops_at_failure", False)
        executor = WorkerProcessExecutor(pool or new_pool(code), **settings)
        driver = Driver(executor, grids or grids_of(*assets), stops_at_failure=stops)
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        driver.executor.close()


@pytest.fixture
def load_definitions(write_project) -> Iterator[Callable[[str], object]]:
    """Loads a code file in this process, and forgets its module afterwards."""
    path, modules = list(sys.path), set(sys.modules)

    def load(code: str):
        project = write_project(code)
        return load_code(CodePlace(project.folder, project.code)).definitions

    yield load
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("flows_"):
            del sys.modules[name]


@pytest.fixture
def drive_here(load_definitions, tmp_path) -> Iterator[Callable[..., Driver]]:
    """A driven executor in this process: `kind` is "in_process" or "threads"."""
    drivers: list[Driver] = []

    def make(kind: str, code: str, *assets: str, grids: Grids | None = None, **settings) -> Driver:
        stops = settings.pop("stops_at_failure", False)
        executor_class = {"in_process": InProcessExecutor, "threads": ThreadExecutor}[kind]
        executor = executor_class(load_definitions(code), outputs=tmp_path / "outputs", **settings)
        driver = Driver(executor, grids or grids_of(*assets), stops_at_failure=stops)
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        driver.executor.close()


@pytest.fixture(params=["in_process", "threads", "worker_processes"])
def drive(request, drive_here, drive_workers) -> Callable[..., Driver]:
    """A driven executor of every kind in turn."""
    if request.param == "worker_processes":
        return drive_workers
    return lambda code, *assets, **settings: drive_here(request.param, code, *assets, **settings)


def outputs_of(pool: WorkerPool) -> Path:
    return pool.project.storage_folder / "outputs"
