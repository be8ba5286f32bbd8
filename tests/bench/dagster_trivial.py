"""The trivial work of `trivial.py` in Dagster's words: `python dagster_trivial.py dagster WORK COUNT`.

Every partition is one `materialize` on an instance with its database on disk, as a backfill's runs are; the range is
one run over all its partitions, as its single-run backfills are. Prints one line of JSON.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import tempfile
import time
from datetime import datetime

import dagster as dg

_QUIET = {"telemetry": {"enabled": False}}  # a measurement talks to nobody
every_hour = dg.HourlyPartitionsDefinition(start_date=datetime(2013, 1, 1), end_date=datetime(2023, 1, 1))


class InMemory(dg.IOManager):
    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        for key in context.asset_partition_keys:
            self.values[key] = obj

    def load_input(self, context: dg.InputContext) -> object:
        return self.values[context.asset_partition_key]


@dg.asset(partitions_def=every_hour, backfill_policy=dg.BackfillPolicy.single_run())
def trivial() -> int:
    return 1


def main() -> None:
    work, count = sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    keys = every_hour.get_partition_keys()[: count + 1]
    memory = InMemory()
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.local_temp(folder, _QUIET) as instance:
        run_one(keys[-1], memory, instance)
        begin = time.perf_counter()
        if work == "single_run":
            run_range(keys[0], keys[count - 1], memory, instance)
        else:
            for key in keys[:count]:
                run_one(key, memory, instance)
        took = time.perf_counter() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": took, "count": count, "peak_mb": most}))


def run_one(key: str, memory: InMemory, instance: dg.DagsterInstance) -> None:
    result = dg.materialize([trivial], partition_key=key, instance=instance, resources={"io_manager": memory})
    assert result.success


def run_range(first: str, last: str, memory: InMemory, instance: dg.DagsterInstance) -> None:
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = dg.materialize([trivial], tags=tags, instance=instance, resources={"io_manager": memory})
    assert result.success


if __name__ == "__main__":
    main()
