"""A process of its own that records the runs of a backfill, one commit each, and says so line by line.

Its arguments are the database, the backfill and `first` or `last`: from which end of the plan it begins.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rivers_core.storage.stores import Stores

from .building import completed, record, started


def main() -> None:
    path, backfill_id, end = sys.argv[1:]
    with Stores.open(Path(path)) as stores:
        launched = stores.backfills.launched(backfill_id)
        runs = stores.backfills.remaining_runs(backfill_id).tolist()
        for run in runs if end == "first" else reversed(runs):
            record(stores, launched, started(run))
            record(stores, launched, completed(launched, run, data_version=f"data of {run}"))
            print(run, flush=True)


if __name__ == "__main__":
    main()
