"""Writes the database of the present version as SQL, for the tests of the versions to come.

Run it before the first change of the schema after a release: `python -m tests.core.storage.old_databases.make`.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from rivers_core.states import BackfillState
from rivers_core.steps.task import LogLine, PartitionFailure
from rivers_core.storage.log_store import AppendLogs
from rivers_core.storage.stores import Stores
from rivers_core.storage.upgrade import known_revisions

from ..building import DAYS, FLAVORS, NOW, completed, failed, launch, record, stage


def fill(path: Path) -> None:
    """Backfill b1 completed 3 of 4 partitions in one run, b2 failed one and canceled one."""
    with Stores.open(path) as stores:
        first = launch(stores, stage(FLAVORS, range(4), per_run=4), tags=(("team", "shop"),))
        stores.writer.apply(AppendLogs([LogLine(1, NOW, "INFO", "log", "orders", "weighing the vanilla")]))
        mark = PartitionFailure("orders", 1, "no lemons today")
        outcome = completed(first, 1, failures=[mark], metadata={"rows": 3}, data_version="d1")
        stores.backfills.change_state("b1", BackfillState.IN_PROGRESS)
        record(stores, first, outcome)
        stores.backfills.finish("b1", BackfillState.FAILED)
        second = launch(stores, stage(DAYS, [3, 4], assets=("sales",)))
        record(stores, second, failed(second.first_run))
        stores.backfills.finish("b2", BackfillState.CANCELED)
        stores.dynamic.add("customers", ["ann", "bob"])
        stores.facts.set("name", "value")


def main() -> None:
    target = Path(__file__).parent / f"{known_revisions()[-1]}.sql"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rivers.db"
        fill(path)
        with closing(sqlite3.connect(path)) as connection:
            target.write_text("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    main()
