"""The project that is measured: trivial, burning and stuck assets, and one of a million partitions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rivers_core.engine import Engine
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.request import BackfillRequest

_CODE: Final = """
from datetime import datetime
from time import process_time

import rivers as rs

many_hours = rs.PartitionsDefinition.hourly(start=datetime(1900, 1, 1), end=datetime(2020, 1, 1))
some_hours = rs.PartitionsDefinition.hourly(start=datetime(2013, 1, 1), end=datetime(2015, 6, 1))


@rs.Asset(partitions_def=many_hours, io_handler=rs.InMemoryIOHandler())
def million():
    return 1


@rs.Asset(partitions_def=some_hours, io_handler=rs.InMemoryIOHandler())
def trivial():
    return 1


@rs.Asset(partitions_def=some_hours, io_handler=rs.InMemoryIOHandler())
def burning():
    end = process_time() + 0.02
    while process_time() < end:
        pass
    return 1


@rs.Asset
def stuck():
    while True:
        pass


repo = rs.CodeRepository(assets=[million, trivial, burning, stuck])
"""


def project_in(folder: Path) -> Path:
    """Write the project into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flows.py").write_text(_CODE, encoding="utf-8")
    (folder / "rivers.toml").write_text('[project]\nname = "bench"\ncode = "flows.py"\n', encoding="utf-8")
    return folder


def write_million(project: Path) -> None:
    """Materialize every partition of `million`, in one run."""
    with Engine.open(project) as engine:
        request = BackfillRequest(selection=("million",), all_partitions=True, strategy=BackfillStrategy.single_run())
        record = engine.run(engine.launch(engine.plan(request)).backfill_id)
        assert record.completed > 1_000_000, record
