"""What a project's database and output files hold, read past the engine."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

COMPLETED, FAILED, CANCELED = 1, 3, 4


def rows(project: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query over the project's database, which is opened to read only."""
    place = (project / ".rivers" / "rivers.sqlite").as_uri()
    with closing(sqlite3.connect(f"{place}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def backfill(project: Path, number: int) -> dict[str, Any]:
    """One row of the table of backfills."""
    names = ("state", "assets", "total_partitions", "completed", "failed", "canceled", "num_runs", "ended_runs")
    ((*values,),) = rows(project, f"SELECT {', '.join(names)} FROM backfills WHERE number = ?", number)
    found = dict(zip(names, values, strict=True))
    return found | {"assets": json.loads(found["assets"])}


def run_states(project: Path, number: int) -> Counter[int]:
    """How many runs of a backfill ended in each state."""
    return Counter(state for (state,) in rows(project, "SELECT state FROM runs WHERE backfill = ?", number))


def errors(project: Path, number: int) -> list[str]:
    """The messages of a backfill's failed runs."""
    query = "SELECT message FROM runs JOIN errors ON errors.id = runs.error WHERE backfill = ?"
    return [message for (message,) in rows(project, query, number)]


def output_files(project: Path, asset: str) -> list[Path]:
    return sorted((project / ".rivers" / "outputs" / asset).rglob("*.parquet"))


def table(files: Sequence[Path]) -> list[tuple[Any, ...]]:
    """All rows of some Parquet files, in an order that compares."""
    return sorted(duckdb.read_parquet([str(file) for file in files]).fetchall(), key=repr)
