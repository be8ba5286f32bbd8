"""Measures how long the event loop stands still while backfills run, and how often progress is painted."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Final

from rivers_core.partitions.subset import Subset
from tests.bench.desk import Desk, Paints, at_desk
from tests.bench.rows import Row, print_rows, row

_TRIVIAL: Final = 20_000
_BURNING: Final = 500


def measure() -> list[Row]:
    """Rows of name, value, unit and target; the grid, the runs and the backfill list are looked at meanwhile."""
    return at_desk(_measure)


async def _measure(desk: Desk, project: Path) -> list[Row]:
    await desk.open(project)
    rows = await _during(desk, "trivial", _TRIVIAL, "assets", "20,000 trivial runs, grid in view")
    rows += await _during(desk, "trivial", _TRIVIAL, "backfills", "20,000 trivial runs, backfills in view")
    rows += await _during(desk, "trivial", _TRIVIAL, "runs", "20,000 trivial runs, runs in view")
    return rows + await _during(desk, "burning", _BURNING, "assets", f"{_BURNING} runs that burn processors")


async def _during(desk: Desk, asset: str, count: int, page: str, name: str) -> list[Row]:
    await desk.show_asset(asset)
    detail = desk.window.pages.assets.detail
    detail.heatmap.fit()
    asked = Subset(((0, count),))
    desk.stalls.start()
    backfill = await desk.launch(asset, all_partitions=False, subset=asked, fingerprint=detail.states.fingerprint)
    begin = perf_counter()
    if page == "backfills":
        desk.shell.navigation.open_backfill(backfill)
    elif page == "runs":
        desk.shell.navigation.open_runs_of(backfill)
    paints = Paints(detail.heatmap.viewport())
    await desk.end_of(backfill)
    took = perf_counter() - begin
    rows = [*desk.stalls.rows(name), row(f"{name}: speed", count / took, "runs/s")]
    if page == "assets":
        rows.append(row(f"{name}: progress painted", paints.count / took, "times/s", "≥ 10"))
    return rows


if __name__ == "__main__":
    print_rows(measure())
