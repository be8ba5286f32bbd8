"""Ends a backfill: what had not ended is canceled, and the counts add up."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select, update

from rivers_core.events import BackfillEnded, Event, PartitionsChanged, RunsChanged
from rivers_core.planning.plan import Stage
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, PartitionState, RunState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import RUN_CODES, parse_backfill_id
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.lease_rows import drop_lease
from rivers_core.storage.outcomes import LONE_CELL
from rivers_core.storage.run_rows import ALL, record_of_row
from rivers_core.storage.state_chunks import Attempts, GridOf, record_attempts
from rivers_core.storage.transaction import Transaction

_RUNNING, _CANCELED = RUN_CODES[RunState.RUNNING], RUN_CODES[RunState.CANCELED]
_runs = schema.runs


def remaining_runs(connection: Connection, launched: LaunchedBackfill) -> NDArray[np.int64]:
    """The numbers of the runs that have not ended, ascending; of a direct run whether it has."""
    numbers = np.arange(launched.first_run, launched.first_run + launched.num_runs, dtype=np.int64)
    rows = connection.exec_driver_sql(
        "SELECT number FROM runs WHERE number BETWEEN ? AND ? AND state <> ?",
        (launched.first_run, launched.first_run + launched.num_runs - 1, _RUNNING),
    )
    left = np.ones(len(numbers), dtype=bool)
    left[np.fromiter((row[0] for row in rows), dtype=np.int64) - launched.first_run] = False
    return numbers[left]


def finish(
    transaction: Transaction, launched: LaunchedBackfill, state: BackfillState, error: str | None
) -> BackfillRecord:
    """Write the final state, and CANCELED for every partition of a run without an end."""
    assert launched.backfill_id is not None
    number = parse_backfill_id(launched.backfill_id)
    left = remaining_runs(transaction.connection, launched)
    events = _cancel_running(transaction, launched)
    events += _cancel_partitions(transaction, launched, left)
    columns = backfill_rows.table.c
    changed = backfill_rows.change_state(
        transaction,
        number,
        state,
        error=error,
        ended=time.time(),
        canceled=columns.total_partitions - columns.completed - columns.failed,
        running_runs=0,
        ended_runs=columns.num_runs,
    )
    drop_lease(transaction.connection, number)
    transaction.connection.execute(delete(schema.controls).where(schema.controls.c.backfill == number))
    record = backfill_rows.read_record(transaction.connection, number)
    transaction.tell(*events, changed, BackfillEnded(transaction.position, record))
    return record


def _cancel_running(transaction: Transaction, launched: LaunchedBackfill) -> list[Event]:
    """Runs that were started and of which nothing more will be heard."""
    chosen = _runs.c.number.between(launched.first_run, launched.first_run + launched.num_runs - 1)
    connection = transaction.connection
    running = connection.execute(select(_runs.c.number).where(chosen, _runs.c.state == _RUNNING)).scalars().all()
    if not running:
        return []
    stopped = _runs.c.number.in_(running)
    connection.execute(update(_runs).where(stopped).values(state=_CANCELED, ended=time.time(), canceled=ALL))
    rows = connection.execute(select(_runs).where(stopped))
    records = tuple(record_of_row(launched, row, None) for row in rows)
    return [RunsChanged(transaction.position, launched.backfill_id, records)]


def _cancel_partitions(transaction: Transaction, launched: LaunchedBackfill, left: NDArray[np.int64]) -> list[Event]:
    """The states that the partitions of these runs show from now on."""
    events: list[Event] = []
    first_run = launched.first_run
    for stage, fingerprint in zip(launched.stages, launched.fingerprints, strict=True):
        inside = left[(left >= first_run) & (left < first_run + stage.num_runs)] - first_run
        if len(inside):
            attempts = _canceled(stage, inside, first_run).sorted()
            events += [_write(transaction, stage, asset, fingerprint, attempts) for asset in stage.assets]
        first_run += stage.num_runs
    return events


def _canceled(stage: Stage, runs: NDArray[np.int64], first_run: int) -> Attempts:
    """`runs` are indexes within the stage."""
    if stage.definition is None:
        ordinals, numbers = LONE_CELL, runs[:1] + first_run
    else:
        chosen = np.zeros(stage.num_runs, dtype=bool)
        chosen[runs] = True
        run_of = np.repeat(np.arange(stage.num_runs), np.diff(stage.bounds))
        kept = chosen[run_of]
        ordinals, numbers = stage.ordinals[kept], run_of[kept] + first_run
    count = len(ordinals)
    none = np.zeros(count, dtype=np.int64)
    return Attempts(
        ordinals=ordinals,
        states=np.full(count, PartitionState.CANCELED, dtype=np.uint8),
        runs=numbers,
        materialized=np.zeros(count, dtype=bool),
        sequences=none,
        times=none,
        code_versions=none.astype(np.uint16),
        data_versions=none.astype(np.uint64),
        reads=none,
    )


def _write(transaction: Transaction, stage: Stage, asset: str, fingerprint: str, attempts: Attempts) -> Event:
    connection, interning = transaction.connection, transaction.interning
    of = GridOf(interning.asset(connection, asset), interning.grid(connection, fingerprint, stage.definition))
    shown = record_attempts(connection, of, transaction.position, attempts)
    return PartitionsChanged(transaction.position, asset, fingerprint, attempts.ordinals, shown)
