"""Measures the dry run of ten years of hours in eleven regions: 964,128 partitions."""

from __future__ import annotations

from typing import Final

from tests.bench.rows import Row, print_rows, row
from tests.bench.trying import fastest, tried

HOURS: Final = 87_648  # ten years


def measure() -> list[Row]:
    """Rows of name, value, unit and target; the memory is that of the whole process, libraries and all."""
    best = fastest([tried("dry_run", HOURS) for _ in range(3)])
    return [
        row(f"dry run of {best['count']:,.0f} partitions", best["seconds"], "s", "≤ 0.5"),
        row("dry run: most memory of the process", best["peak_mb"], "MB", "≤ 200"),
    ]


if __name__ == "__main__":
    print_rows(measure())
