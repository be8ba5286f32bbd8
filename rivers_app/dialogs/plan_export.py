"""Writes a plan's partitions to a file: one row for each partition of each run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rivers_core.exceptions import StorageError
from rivers_core.planning.plan import BackfillPlan
from rivers_core.states import PartitionState

FILTERS: Final = "CSV (*.csv);;JSON (*.json)"
_COLUMNS: Final = ("run", "assets", "key", "now")

Row = tuple[int, str, str, str]


def export_plan(plan: BackfillPlan, path: Path) -> None:
    """Write `path` as JSON where its name says so, else as CSV; StorageError where that is impossible.

    The file is written beside its place and renamed, so that a failure leaves no half file.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            if path.suffix.lower() == ".json":
                json.dump([dict(zip(_COLUMNS, row, strict=True)) for row in _rows(plan)], file, indent=1)
            else:
                writer = csv.writer(file)
                writer.writerow(_COLUMNS)
                writer.writerows(_rows(plan))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"The plan could not be written to {path}: {error.strerror}. Choose another place."
        ) from error


def _rows(plan: BackfillPlan) -> Iterator[Row]:
    run = 0
    for stage in plan.stages:
        assets = " ".join(stage.assets)
        for at in range(stage.num_runs):
            run += 1
            if stage.definition is None:
                yield run, assets, "", ""
                continue
            for position in range(int(stage.bounds[at]), int(stage.bounds[at + 1])):
                key = stage.definition.label_at(int(stage.ordinals[position]))
                yield run, assets, key, PartitionState(int(stage.states[position])).name.lower()
