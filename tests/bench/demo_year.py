"""Measures the demo's year of `daily_flights`, 1,095 runs, beside one plain script that writes the same files."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from rivers_core.engine import Engine
from rivers_core.planning.request import BackfillRequest
from rivers_core.resources import demo_copy
from tests.bench.rows import Row, print_rows, row

_TIMES = 3


def measure() -> list[Row]:
    """Rows of name, value, unit and target; the two take turns, and the middle of three ratios counts."""
    pairs = [(_plainly(), _backfilled()) for _ in range(_TIMES)]
    plain, backfilled = (min(one) for one in zip(*pairs, strict=True))
    return [
        row("demo's year of daily_flights by one plain script", plain, "s"),
        row("demo's year of daily_flights by a backfill with 2 workers", backfilled, "s"),
        row("backfill : plain script", median(ours / theirs for theirs, ours in pairs), "times", "≤ 1.5"),
    ]


def _plainly() -> float:
    """The script in a process of its own, as somebody would run it; starting Python is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.plain_duckdb_year", folder]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        assert len(list(Path(folder).rglob("*.parquet"))) == 1_095
        return float(told.split()[-2])


def _backfilled() -> float:
    with tempfile.TemporaryDirectory() as folder:
        project = demo_copy(Path(folder))
        with Engine.open(project, slots=2) as engine:
            plan = engine.plan(BackfillRequest(selection=("daily_flights",), all_partitions=True, max_concurrency=2))
            begin = perf_counter()
            record = engine.run(engine.launch(plan).backfill_id)
            took = perf_counter() - begin
            assert record.completed == 1_095, record
        return took


if __name__ == "__main__":
    print_rows(measure())
