"""What earlier runs tell: how long the next ones may take, and which of them can be cleaned away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, func, select

from rivers_core.events import BackfillDeleted
from rivers_core.states import BackfillState, RunState
from rivers_core.storage import schema
from rivers_core.storage.codes import RUN_CODES, format_backfill_id
from rivers_core.storage.database import Database
from rivers_core.storage.deleting import delete_runs, delete_unused_errors, delete_unused_outputs, give_room_back
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_FINAL = [str(state) for state in BackfillState if state.is_final]
# Older runs say little about the code as it is.
_LAST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """Durations, in seconds, of the last runs over the same assets that completed."""

    runs: int
    mean: float
    p50: float
    p90: float
    mean_per_partition: float


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What cleaning takes away; the states of partitions stay."""

    backfills: int
    runs: int
    log_lines: int


class HistoryStore:
    """Reads of any thread; cleaning waits until it is committed."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def summary(self, assets: Collection[str]) -> HistorySummary | None:
        """Of runs over exactly these assets together; None without any."""
        with self._database.reading() as connection:
            rows = _last_durations(connection, assets)
        if not rows:
            return None
        durations = np.maximum(np.array([row[0] for row in rows]), 0.0)
        partitions = np.maximum(np.array([row[1] for row in rows]), 1)
        return HistorySummary(
            runs=len(rows),
            mean=float(durations.mean()),
            p50=float(np.percentile(durations, 50)),
            p90=float(np.percentile(durations, 90)),
            mean_per_partition=float(durations.sum() / partitions.sum()),
        )

    def preview_cleaning(self, before: float) -> Cleaning:
        """What `clean` would take away of what ended before this time."""
        with self._database.reading() as connection:
            return _count(connection, before)

    def clean(self, before: float) -> Cleaning:
        """Take away backfills and direct runs that ended before this time; what was taken."""
        return self._writer.call(lambda transaction: _clean(transaction, before))


def _last_durations(connection: Connection, assets: Collection[str]) -> list[tuple[float, int]]:
    """Seconds and partitions of the last completed runs, newest first."""
    runs = schema.runs
    found: list[tuple[float, int]] = []
    for first, count in _stages_over(connection, assets):
        rows = connection.execute(
            select(runs.c.ended - runs.c.started, runs.c.num_ordinals)
            .where(runs.c.number.between(first, first + count - 1), runs.c.state == RUN_CODES[RunState.COMPLETED])
            .order_by(runs.c.number.desc())
            .limit(_LAST_RUNS - len(found))
        )
        found += [(seconds, partitions) for seconds, partitions in rows]
        if len(found) == _LAST_RUNS:
            break
    return found


def _stages_over(connection: Connection, assets: Collection[str]) -> list[tuple[int, int]]:
    """First run and number of runs of the last stages over exactly these assets, newest first."""
    links, names, stages = schema.stage_assets, schema.assets, schema.stages
    wanted = sorted(set(assets))
    others = select(links.c.stage).where(links.c.asset.not_in(select(names.c.id).where(names.c.name.in_(wanted))))
    chosen = (
        select(stages.c.first_run, stages.c.num_runs)
        .join(links, links.c.stage == stages.c.id)
        .join(names, names.c.id == links.c.asset)
        .where(names.c.name.in_(wanted), links.c.stage.not_in(others))
        .group_by(stages.c.id)
        .having(func.count() == len(wanted))
        .order_by(stages.c.first_run.desc())
        .limit(_LAST_RUNS)
    )
    return [(first, count) for first, count in connection.execute(chosen)]


def _ended_before(connection: Connection, before: float) -> list[tuple[int, int, int]]:
    """Number, first run and number of runs of the backfills to be cleaned."""
    table = schema.backfills
    rows = connection.execute(
        select(table.c.number, table.c.first_run, table.c.num_runs).where(
            table.c.state.in_(_FINAL), table.c.ended < before
        )
    )
    return [(number, first, count) for number, first, count in rows]


def _direct_before(connection: Connection, before: float) -> list[int]:
    runs = schema.runs
    return list(
        connection.execute(select(runs.c.number).where(runs.c.backfill.is_(None), runs.c.ended < before)).scalars()
    )


def _count(connection: Connection, before: float) -> Cleaning:
    runs, logs = schema.runs, schema.run_logs
    ended = _ended_before(connection, before)
    direct = _direct_before(connection, before)
    spans = [(first, first + count) for _, first, count in ended] + [(run, run + 1) for run in direct]
    count_runs = lines = 0
    for start, stop in spans:
        in_runs = (runs.c.number >= start) & (runs.c.number < stop)
        count_runs += connection.execute(select(func.count()).select_from(runs).where(in_runs)).scalar_one()
        in_logs = (logs.c.run >= start) & (logs.c.run < stop)
        lines += connection.execute(select(func.count()).select_from(logs).where(in_logs)).scalar_one()
    return Cleaning(len(ended), count_runs, lines)


def _clean(transaction: Transaction, before: float) -> Cleaning:
    connection = transaction.connection
    taken = _count(connection, before)
    for number, first, count in _ended_before(connection, before):
        delete_runs(connection, first, first + count)
        connection.execute(delete(schema.backfills).where(schema.backfills.c.number == number))
        transaction.tell(BackfillDeleted(transaction.position, format_backfill_id(number)))
    for run in _direct_before(connection, before):
        delete_runs(connection, run, run + 1)
        connection.execute(delete(schema.stages).where(schema.stages.c.first_run == run))
    delete_unused_errors(connection)
    delete_unused_outputs(connection)
    give_room_back(connection)
    return taken
