"""History that goes by the command line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.core.cli.conftest import Said

Command = Callable[..., Said]
DAY = 86_400


def made_older(project: Path, backfill: int, days: int) -> None:
    """As if the backfill had been launched and ended so many days earlier."""
    file = project / ".rivers" / "rivers.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE backfills SET created = created - :age, started = started - :age, ended = ended - :age "
            "WHERE number = :number",
            {"age": days * DAY, "number": backfill},
        )


def test_backfills_that_ended_long_ago_go_and_what_they_made_stays(project: Path, rivers_core: Command) -> None:
    for day in ("11", "12", "13"):
        rivers_core("backfill", project, "--assets", "receipts", "--key", f"2022-03-{day}")
    made_older(project, 1, 40)
    made_older(project, 2, 31)
    would = rivers_core("clean", project, "--older-than", "30", "--dry-run")
    assert would.out.splitlines()[-1] == "2 backfills would be deleted."
    assert len(rivers_core("list", project, "--json").json()) == 3
    assert rivers_core("clean", project, "--older-than", "30", "--json").json() == {
        "dry_run": False,
        "backfills": ["b2", "b1"],
    }
    assert [one["backfill_id"] for one in rivers_core("list", project, "--json").json()] == ["b3"]
    assert rivers_core("output", project, "receipts", "2022-03-11").code == 0
    assert rivers_core("clean", project, "--older-than", "30").out == "0 backfills deleted.\n"
