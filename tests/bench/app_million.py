"""Measures how soon an asset of a million stored partitions is on the screen, and how long the window stands still."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from tests.bench.desk import Desk, at_desk
from tests.bench.rows import Row, print_rows, row
from tests.bench.sample_project import write_million


def measure() -> list[Row]:
    """Rows of name, value, unit and target; the states are in the database when the app is opened."""
    return at_desk(_measure, write_million)


async def _measure(desk: Desk, project: Path) -> list[Row]:
    await desk.open(project)
    await desk.show_asset("trivial")
    desk.stalls.start()
    begin = perf_counter()
    await desk.show_asset("million")
    took = perf_counter() - begin
    assert desk.window.pages.assets.detail.model.size > 1_000_000
    name = "an asset of 1,000,000 stored states"
    return [row(f"{name}: to its first picture", took, "s", "≤ 1"), *desk.stalls.rows(name)]


if __name__ == "__main__":
    print_rows(measure())
