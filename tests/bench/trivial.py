"""The same trivial work in whichever library is asked: `python trivial.py LIBRARY WORK COUNT` prints what it took.

It is written in the words that rivers and Rivers Desktop share, so one file measures both. WORK is multi_run,
workers (as many runs in two worker processes), single_run or dry_run (COUNT is then of hours in each of eleven
regions). Prints one line of JSON: seconds, count, and the most memory that this process ever held, in MB.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from typing import Any

# Worker processes load this file without its arguments.
LIBRARY = os.environ.setdefault("MEASURED_LIBRARY", sys.argv[1] if len(sys.argv) > 1 else "rivers_core")
WORK = os.environ.setdefault("MEASURED_WORK", sys.argv[2] if len(sys.argv) > 2 else "multi_run")

rs: Any = importlib.import_module(LIBRARY)  # one of two libraries of the same shape

FIRST = datetime(1900, 1, 1)
DECADE = (datetime(2013, 1, 1), datetime(2023, 1, 1))
REGIONS = [f"region {number:02}" for number in range(11)]

every_hour = rs.PartitionsDefinition.hourly(start=FIRST, end=datetime(2020, 1, 1))
hour_and_region = rs.PartitionsDefinition.multi(
    {
        "hour": rs.PartitionsDefinition.hourly(start=DECADE[0], end=DECADE[1]),
        "region": rs.PartitionsDefinition.static_(REGIONS),
    }
)


@rs.Asset(partitions_def=every_hour, io_handler=rs.InMemoryIOHandler())
def trivial() -> int:
    return 1


@rs.Asset(partitions_def=hour_and_region, io_handler=rs.InMemoryIOHandler())
def wide() -> int:
    return 1


executor = rs.Executor.parallel(2) if WORK == "workers" else rs.Executor.in_process()
repo = rs.CodeRepository(assets=[trivial, wide], default_executor=executor)


def main() -> None:
    count = int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        repo.resolve(rs.Storage.embedded(f"{folder}/storage"))
        work = dry_run if WORK == "dry_run" else backfill
        work(1, 2)  # opening the storage and starting workers is measured elsewhere
        measured = work(0, count)
        repo.shutdown()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**measured, "peak_mb": most}))


def backfill(first: int, count: int) -> dict[str, float]:
    strategy = rs.BackfillStrategy.single_run() if WORK == "single_run" else rs.BackfillStrategy.multi_run()
    span = rs.PartitionKeyRange.single(hour(FIRST, first), hour(FIRST, first + count - 1))
    begin = time.perf_counter()
    result = repo.backfill(["trivial"], partition_range=span, strategy=strategy)
    took = time.perf_counter() - begin
    assert result.completed == count, result
    return {"seconds": took, "count": count}


def dry_run(first: int, count: int) -> dict[str, float]:
    """Plan `count` hours of every region."""
    span = rs.PartitionKeyRange.multi(
        {"hour": (hour(DECADE[0], first), hour(DECADE[0], first + count - 1)), "region": (REGIONS[0], REGIONS[-1])}
    )
    begin = time.perf_counter()
    result = repo.backfill(["wide"], partition_range=span, dry_run=True)
    took = time.perf_counter() - begin
    assert result.num_partitions == count * len(REGIONS), result
    return {"seconds": took, "count": result.num_partitions}


def hour(start: datetime, number: int) -> str:
    return (start + timedelta(hours=number)).strftime("%Y-%m-%dT%H:00")


if __name__ == "__main__":
    main()
