"""The year of `daily_flights` without any orchestrator: one DuckDB script that writes the same 1,095 files.

Usage: python -m tests.bench.plain_duckdb_year FOLDER

What a backfill adds to this time is the price of its states, runs and worker processes.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb

from rivers_core.resources import demo_project

AIRPORTS = ("EWR", "JFK", "LGA")


def write_year(outputs: Path) -> int:
    """Write each airport's every day of flights to its own file below `outputs`; returns how many files."""
    flights = demo_project() / "data" / "flights"
    connection = duckdb.connect()
    written = 0
    for days in range(365):
        day = date(2013, 1, 1) + timedelta(days)
        folder = outputs / f"date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        for airport in AIRPORTS:
            source = f"'{flights / airport / f'{day:%Y-%m}'}.parquet'"
            rows = f"SELECT * FROM {source} WHERE date = DATE '{day}'"
            target = folder / f"origin={airport}.parquet"
            connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
            written += 1
    return written


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    started = time.perf_counter()
    written = write_year(Path(sys.argv[1]))
    print(f"{written:,} files in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
