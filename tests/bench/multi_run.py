"""Measures a backfill of one run a partition, in this process and in worker processes: is it flat as it grows?"""

from __future__ import annotations

from tests.bench.rows import Row, print_rows, row
from tests.bench.trying import fastest, tried


def measure() -> list[Row]:
    """Rows of name, value, unit and target; storage is on disk, the asset returns 1."""
    small, middle = (fastest([tried("multi_run", count) for _ in range(3)]) for count in (1_000, 10_000))
    large = tried("multi_run", 100_000)
    workers = fastest([tried("workers", 20_000) for _ in range(2)])
    return [
        row("MultiRun in process, 1,000 runs", small.rate, "runs/s", "≥ 3000"),
        row("MultiRun in process, 10,000 runs", middle.rate, "runs/s", "≥ 3000"),
        row("MultiRun in process, 100,000 runs", large.rate, "runs/s", "≥ 3000"),
        row("100,000 runs: speed in that of 10,000", large.rate / middle.rate, "times", "≥ 0.8"),
        row("MultiRun in 2 worker processes, 20,000 runs", workers.rate, "runs/s", "≥ 2300"),
    ]


if __name__ == "__main__":
    print_rows(measure())
