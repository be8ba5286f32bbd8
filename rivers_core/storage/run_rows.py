"""Rows of runs: how a run of a launched plan is written down, and read back as a record."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport, RunRecord, format_run_id
from rivers_core.states import RunState
from rivers_core.storage import schema
from rivers_core.storage.codes import RUN_STATES
from rivers_core.storage.launched import LaunchedBackfill, label_of, ordinals_of, subset_of

ALL = "*"  # every partition of the run


class RunRow(NamedTuple):
    """A row of `runs`, in the order of its columns."""

    number: int
    backfill: int | None
    stage: int
    state: int
    started: float | None
    ended: float | None
    first_ordinal: int
    num_ordinals: int
    ranges: str | None
    failed_partitions: int
    failed: str | None
    canceled: str | None
    error: int | None


INSERT_RUN = (
    f"INSERT OR REPLACE INTO runs ({', '.join(RunRow._fields)}) VALUES ({', '.join('?' * len(RunRow._fields))})"
)


def ranges_text(ordinals: NDArray[np.int64]) -> str | None:
    """Ordinals as JSON ranges; None if they are one range."""
    subset = subset_of(ordinals)
    return None if len(subset.ranges) < 2 else json.dumps(subset.as_json(), separators=(",", ":"))


def part_text(part: NDArray[np.int64], whole: int) -> str | None:
    """Some of a run's `whole` partitions: None for none, ALL for all, else JSON ranges."""
    if not len(part):
        return None
    return ALL if len(part) == whole else json.dumps(subset_of(part).as_json(), separators=(",", ":"))


def part_of(text: str | None, whole: Subset) -> Subset:
    """What `part_text` wrote."""
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
        label=label_of(stage, ordinals_of(subset)),
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


def read_errors(connection: Connection, numbers: set[int]) -> dict[int, ErrorReport]:
    """The errors of these numbers, with their tracebacks."""
    if not numbers:
        return {}
    found = connection.execute(select(schema.errors).where(schema.errors.c.id.in_(sorted(numbers))))
    return {row.id: ErrorReport(row.kind, row.message, zlib.decompress(row.traceback).decode()) for row in found}
