"""Measures one batched run over many partitions."""

from __future__ import annotations

from tests.bench.rows import Row, print_rows, row
from tests.bench.trying import fastest, tried


def measure() -> list[Row]:
    """Rows of name, value, unit and target; storage is on disk, the asset returns 1."""
    return [
        row(
            f"SingleRun over {count:,} partitions",
            fastest([tried("single_run", count) for _ in range(3)]).rate,
            "keys/s",
            target,
        )
        for count, target in ((10_000, None), (100_000, "≥ 75000"), (1_000_000, "≥ 75000"))
    ]


if __name__ == "__main__":
    print_rows(measure())
