"""Measures how soon 10,000 backfills with 1,000,000 runs are listed, and how long scrolling them stands still."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Final

from PySide6.QtWidgets import QTableView

from rivers_core.engine import DATABASE, Engine
from rivers_core.storage.stores import Stores
from tests.bench.desk import Desk, Paints, at_desk, until
from tests.bench.rows import Row, print_rows, row
from tests.bench.storage_write import write_history

_BACKFILLS: Final = 10_000
_PAGES: Final = 200


def measure() -> list[Row]:
    """Rows of name, value, unit and target."""
    return at_desk(_measure, _prepare)


def _prepare(project: Path) -> None:
    with Engine.open(project) as engine:
        place = engine.place
    assert place is not None
    with Stores.open(place / DATABASE) as stores:
        write_history(stores)


async def _measure(desk: Desk, project: Path) -> list[Row]:
    await desk.open(project)
    await desk.show_asset("trivial")
    desk.stalls.start()
    begin = perf_counter()
    desk.window.show_page("backfills")
    table = desk.window.findChild(QTableView, "backfillTable")
    assert isinstance(table, QTableView)
    paints = Paints(table.viewport())
    await until(lambda: table.model().rowCount() > 0)
    paints.count = 0
    table.viewport().update()
    await until(lambda: paints.count > 0)
    opened = perf_counter() - begin
    await until(lambda: table.model().rowCount() == _BACKFILLS)
    rows = [
        row("10,000 backfills: to the first picture of the page", opened, "s", "≤ 0.3"),
        *desk.stalls.rows("10,000 backfills listed"),
    ]
    desk.stalls.start()
    bar = table.verticalScrollBar()
    for page in range(_PAGES):
        bar.setValue(bar.maximum() * page // _PAGES)
        await asyncio.sleep(0.016)
    return rows + desk.stalls.rows("10,000 backfills scrolled")


if __name__ == "__main__":
    print_rows(measure())
