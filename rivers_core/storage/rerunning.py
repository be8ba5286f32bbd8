"""Finds which partitions of a backfill ended in which state, for another backfill over them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import Stage
from rivers_core.states import PartitionState, RunState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import RUN_CODES, parse_backfill_id
from rivers_core.storage.finishing import remaining_runs
from rivers_core.storage.launched import LaunchedBackfill, ordinals_of, subset_of
from rivers_core.storage.outcomes import LONE_CELL
from rivers_core.storage.run_rows import part_of, subset_of_row

_MISSING, _COMPLETED = int(PartitionState.MISSING), int(PartitionState.COMPLETED)
_LONE = Subset(((0, 1),))


def outcome_subsets(
    connection: Connection, launched: LaunchedBackfill, states: Collection[PartitionState]
) -> tuple[Subset, ...]:
    """For each stage its partitions in one of `states`; [0] stands for an asset without partitions."""
    ends = [np.full(stage.num_runs, _COMPLETED, dtype=np.uint8) for stage in launched.stages]
    _mark_unended(connection, launched, ends)
    parts: list[dict[PartitionState, list[Subset]]] = [{} for _ in launched.stages]
    runs = schema.runs
    ended_otherwise = select(runs).where(
        runs.c.number.between(launched.first_run, launched.first_run + launched.num_runs - 1),
        (runs.c.state != RUN_CODES[RunState.COMPLETED]) | runs.c.failed.is_not(None),
        runs.c.state != RUN_CODES[RunState.RUNNING],
    )
    for row in connection.execute(ended_otherwise):
        place, index = launched.place_of(row.number)
        ends[place][index] = _MISSING
        whole = subset_of_row(row) or _LONE
        failed, canceled = part_of(row.failed, whole), part_of(row.canceled, whole)
        for state, part in (
            (PartitionState.FAILED, failed),
            (PartitionState.CANCELED, canceled),
            (PartitionState.COMPLETED, whole - failed - canceled),
        ):
            parts[place].setdefault(state, []).append(part)
    return tuple(
        _united(stage, end, part, states) for stage, end, part in zip(launched.stages, ends, parts, strict=True)
    )


def _mark_unended(connection: Connection, launched: LaunchedBackfill, ends: list[NDArray[np.uint8]]) -> None:
    """Runs that never ended are canceled once their backfill is over, and nothing yet before."""
    assert launched.backfill_id is not None
    is_final = backfill_rows.read_record(connection, parse_backfill_id(launched.backfill_id)).state.is_final
    code = PartitionState.CANCELED if is_final else PartitionState.MISSING
    indexes = remaining_runs(connection, launched) - launched.first_run
    start = 0
    for end in ends:
        inside = indexes[(indexes >= start) & (indexes < start + len(end))] - start
        end[inside] = code
        start += len(end)


def _united(
    stage: Stage,
    ends: NDArray[np.uint8],
    parts: dict[PartitionState, list[Subset]],
    states: Collection[PartitionState],
) -> Subset:
    """The whole runs that ended in one of the states, and the parts of the others."""
    chosen = np.isin(ends, [int(state) for state in states])
    if stage.definition is None:
        ordinals = LONE_CELL[: int(chosen.sum())]
    else:
        ordinals = stage.ordinals[np.repeat(chosen, np.diff(stage.bounds))]
    pieces = [ordinals, *(ordinals_of(part) for state in states for part in parts.get(state, ()))]
    return subset_of(np.concatenate(pieces))
