"""Scripts whose repository runs on a Dask cluster: a real one of two processes, and what is said without one."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError
from rivers_core.executors import dask

CODE = """
import os
from datetime import datetime

import rivers_core as rs


@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2024, 2, 1)))
def rain(context) -> int:
    if context.partition_key == "2024-01-03":
        raise ValueError("no gauge")
    return os.getpid()


repo = rs.CodeRepository(assets=[rain], default_executor=rs.Executor.dask({address!r}))
"""
NOBODY = "tcp://127.0.0.1:1"
DAYS = rs.PartitionKeyRange.single("2024-01-01", "2024-01-04")

_numbers = count()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as started:
        yield started.scheduler_address


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Callable[[str], rs.CodeRepository]]:
    """The repository of a script that names the cluster at an address, as the script itself has it."""
    loaded: list[ModuleType] = []

    def load(address: str) -> rs.CodeRepository:
        name = f"clustered_{next(_numbers)}"
        file = tmp_path / f"{name}.py"
        file.write_text(CODE.format(address=address), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        loaded.append(module)
        return module.repo

    yield load
    for module in loaded:
        module.repo.shutdown()
        del sys.modules[module.__name__]


def test_a_script_backfills_on_a_cluster(scripted, cluster, tmp_path):
    repository = scripted(cluster)
    storage = rs.Storage.embedded(tmp_path / "kept")
    repository.resolve(storage)
    result = repository.backfill(["rain"], partition_range=DAYS)
    assert (result.status, result.completed, result.failed) == ("failed", 3, 1)
    assert len(storage.get_runs()) == 4
    elsewhere = repository.load_node("rain", partition_key=rs.PartitionKey.single("2024-01-01"))
    assert elsewhere != os.getpid()
    single = repository.materialize(["rain"], rs.PartitionKey.single("2024-01-09"))
    assert single.success
    repository.shutdown()
    storage.close()


def test_without_a_scheduler_nothing_is_launched(scripted, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_SECONDS", 0.5)
    repository = scripted(NOBODY)
    storage = rs.Storage.embedded(tmp_path / "kept")
    repository.resolve(storage)
    with pytest.raises(ConfigurationError, match=f"There is no Dask scheduler at {NOBODY}"):
        repository.backfill(["rain"], partition_range=DAYS)
    assert repository.engine.backfills() == []
    assert repository.backfill(["rain"], partition_range=DAYS, dry_run=True).num_partitions == 4
    with pytest.raises(ConfigurationError, match="or correct the address"):
        repository.materialize(["rain"], rs.PartitionKey.single("2024-01-01"))
    assert storage.get_runs() == []
    repository.shutdown()
    storage.close()


def test_results_in_memory_are_refused_for_a_cluster(scripted):
    with pytest.raises(ConfigurationError, match=r"Executor.dask\(\) runs in other processes, which share nothing"):
        scripted(NOBODY).backfill(["rain"], partition_range=DAYS)


def test_without_the_library_it_says_what_to_install(scripted, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "distributed" else found(name, *rest)
    )
    repository = scripted(NOBODY)
    repository.resolve(rs.Storage.embedded(tmp_path / "kept"))
    with pytest.raises(ConfigurationError, match=r"pip install 'rivers-desktop\[dask\]'"):
        repository.backfill(["rain"], partition_range=DAYS)
