"""Rows of runs: how a run of a launched plan is written down, and read back as a record."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport, RunRecord, format_run_id
from rivers_core.states import RunState
from rivers_core.storage import schema
from rivers_core.storage.codes import RUN_STATES
from rivers_core.storage.launched import LaunchedBackfill, label_of, subset_of
from rivers_core.storage.outcomes import PartitionEnds

ALL = "*"  # every partition of the run


RUN_COLUMNS = (
    "number",
    "backfill",
    "stage",
    "state",
    "started",
    "ended",
    "first_ordinal",
    "num_ordinals",
    "ranges",
    "failed_partitions",
    "failed",
    "canceled",
    "error",
)
INSERT_RUN = f"INSERT OR REPLACE INTO runs ({', '.join(RUN_COLUMNS)}) VALUES ({', '.join('?' * len(RUN_COLUMNS))})"


def span_of(subset: Subset) -> tuple[int, int, str | None]:
    """The columns `first_ordinal`, `num_ordinals` and `ranges`; the last is None for a single range."""
    if not subset.ranges:
        return 0, 0, None
    first, stop = subset.ranges[0]
    if len(subset.ranges) == 1:
        return first, stop - first, None
    return first, len(subset), json.dumps(subset.as_json(), separators=(",", ":"))


def part_texts(ends: PartitionEnds) -> tuple[str | None, str | None]:
    """The columns `failed` and `canceled`: None for no partition of the run, ALL for each, else JSON ranges."""
    whole = ends.completed + len(ends.failed) + len(ends.canceled)
    return _part_text(ends.failed, whole), _part_text(ends.canceled, whole)


def _part_text(part: NDArray[np.int64], whole: int) -> str | None:
    if not len(part):
        return None
    return ALL if len(part) == whole else json.dumps(subset_of(part).as_json(), separators=(",", ":"))


def part_of(text: str | None, whole: Subset) -> Subset:
    """What `part_texts` wrote."""
    if text is None:
        return Subset()
    return whole if text == ALL else Subset.from_ranges(json.loads(text))


def subset_of_row(row: Row[Any]) -> Subset:
    if row.ranges is not None:
        return Subset.from_ranges(json.loads(row.ranges))
    if not row.num_ordinals:
        return Subset()
    return Subset(((row.first_ordinal, row.first_ordinal + row.num_ordinals),))


def record_of_row(launched: LaunchedBackfill, row: Row[Any], error: ErrorReport | None) -> RunRecord:
    """The record of a whole row."""
    place, _ = launched.place_of(row.number)
    stage = launched.stages[place]
    subset = subset_of_row(row)
    return RunRecord(
        run_id=format_run_id(row.number),
        backfill_id=launched.backfill_id,
        index=row.number - launched.first_run,
        assets=stage.assets,
        definition_fingerprint=launched.fingerprints[place] or None,
        subset=subset,
        label=label_of(stage.definition, subset),
        state=RUN_STATES[row.state],
        started=row.started,
        ended=row.ended,
        error=error,
        failed_partitions=row.failed_partitions,
        tags=launched.tags,
    )


def record_without_row(launched: LaunchedBackfill, run: int, state: RunState) -> RunRecord:
    """A run that has not started, or never will."""
    place, _ = launched.place_of(run)
    return RunRecord(
        run_id=format_run_id(run),
        backfill_id=launched.backfill_id,
        index=run - launched.first_run,
        assets=launched.stages[place].assets,
        definition_fingerprint=launched.fingerprints[place] or None,
        subset=launched.subset(run),
        label=launched.label(run),
        state=state,
        started=None,
        ended=None,
        error=None,
        failed_partitions=0,
        tags=launched.tags,
    )


def reserved_by(connection: Connection, run: int) -> int | None:
    """The backfill that reserved a run's number; None once it was deleted, and for a run outside of any."""
    table = schema.stages
    chosen = select(table).where(table.c.first_run <= run).order_by(table.c.first_run.desc(), table.c.id.desc())
    row = connection.execute(chosen.limit(1)).one_or_none()
    if row is None or row.backfill is None or run >= row.first_run + row.num_runs:
        return None
    return int(row.backfill)
