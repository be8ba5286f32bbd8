"""Records that runs started and ended: the path that a million runs take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from rivers_core.events import Event, PartitionsChanged, RunsChanged
from rivers_core.planning.plan import Stage
from rivers_core.records import RunRecord, format_run_id
from rivers_core.states import PartitionState, RunState
from rivers_core.steps.task import RunOutcome, RunStarted
from rivers_core.storage import backfill_rows
from rivers_core.storage.attempt_list import AttemptList
from rivers_core.storage.codes import RUN_CODES, parse_backfill_id
from rivers_core.storage.launched import LaunchedBackfill, label_of, subset_of
from rivers_core.storage.outcome_rows import OutcomeRows
from rivers_core.storage.outcomes import (
    LONE_CELL,
    PartitionEnds,
    attempts_of,
    data_version_hash,
    milliseconds,
    partition_ends,
)
from rivers_core.storage.run_rows import INSERT_RUN, RunRow, part_text, ranges_text
from rivers_core.storage.state_chunks import GridOf, record_attempts
from rivers_core.storage.transaction import Transaction

_RUNNING = RUN_CODES[RunState.RUNNING]
_COMPLETED = int(PartitionState.COMPLETED)
_NONE = np.empty(0, dtype=np.int64)
_ALL_COMPLETED = PartitionEnds(1, _NONE, _NONE)


@dataclass(frozen=True)
class RecordRuns:
    """Runs of one launched plan that a worker took up, and runs that ended.

    A run's end is recorded once: whatever is told of it later is ignored.
    """

    launched: LaunchedBackfill
    started: Sequence[RunStarted] = ()
    outcomes: Sequence[RunOutcome] = ()

    def apply(self, transaction: Transaction) -> list[Event]:
        numbers = {run.run_number for run in self.started} | {run.run_number for run in self.outcomes}
        known = _known_states(transaction.connection, numbers)
        recording = _Recording(transaction, self.launched)
        ended = {number for number, state in known.items() if state != _RUNNING}
        for outcome in self.outcomes:
            if outcome.run_number not in ended:
                ended.add(outcome.run_number)
                recording.end(outcome, was_running=outcome.run_number in known)
        for start in self.started:
            if start.run_number not in ended and start.run_number not in known:
                recording.start(start)
        return recording.write()


def _known_states(connection: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """The states of the runs that have a row."""
    rows = connection.exec_driver_sql(
        "SELECT number, state FROM runs WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return {number: state for number, state in rows}


class _Recording:
    """What one operation writes, gathered so that each table is written once."""

    def __init__(self, transaction: Transaction, launched: LaunchedBackfill) -> None:
        self._transaction = transaction
        self._launched = launched
        self._backfill = None if launched.backfill_id is None else parse_backfill_id(launched.backfill_id)
        self._rows: list[RunRow] = []
        self._records: list[RunRecord] = []
        self._others = OutcomeRows(transaction)
        self._attempts: dict[tuple[int, str], AttemptList] = {}
        self._running = self._ended = self._completed = self._failed = self._canceled = 0

    def start(self, start: RunStarted) -> None:
        self._running += 1
        started = RunOutcome(start.run_number, RunState.RUNNING, start.time, start.time)
        self._add_run(started, PartitionEnds(0, _NONE, _NONE))

    def end(self, outcome: RunOutcome, *, was_running: bool) -> None:
        place, index = self._launched.place_of(outcome.run_number)
        stage = self._launched.stages[place]
        ordinals = stage.run_ordinals(index)
        plain = outcome.state is RunState.COMPLETED and not outcome.failures and len(ordinals) <= 1
        ends = self._end_plainly(outcome, place, ordinals) if plain else self._end_anyhow(outcome, place, ordinals)
        self._running -= was_running
        self._ended += 1
        self._completed += ends.completed
        self._failed += len(ends.failed)
        self._canceled += len(ends.canceled)
        self._add_run(outcome, ends)
        self._others.add(outcome, stage, self._launched.fingerprints[place])

    def _end_plainly(self, outcome: RunOutcome, place: int, ordinals: NDArray[np.int64]) -> PartitionEnds:
        """The way of nearly all runs: one partition, completed."""
        sequence, time = self._transaction.next_sequence(), milliseconds(outcome.ended)
        ordinal = int(ordinals[0]) if len(ordinals) else 0
        outputs = {output.asset: output for output in outcome.outputs}
        for asset in self._launched.stages[place].assets:
            output = outputs.get(asset)
            code = self._code_version(output.code_version) if output else 0
            version = data_version_hash(output.data_version) if output else 0
            self._attempts_at(place, asset).add(
                ordinal, _COMPLETED, outcome.run_number, output is not None, sequence, time, code, version
            )
        return _ALL_COMPLETED

    def _end_anyhow(self, outcome: RunOutcome, place: int, ordinals: NDArray[np.int64]) -> PartitionEnds:
        sequence = self._transaction.next_sequence()
        stage = self._launched.stages[place]
        cells = LONE_CELL if stage.definition is None else np.sort(ordinals)
        attempts = []
        for asset in stage.assets:
            attempt = attempts_of(outcome, asset, cells, sequence, self._code_version)
            self._attempts_at(place, asset).extend(attempt)
            attempts.append(attempt)
        return partition_ends(cells, attempts)

    def _attempts_at(self, place: int, asset: str) -> AttemptList:
        found = self._attempts.get((place, asset))
        if found is None:
            found = self._attempts[place, asset] = AttemptList()
        return found

    def _code_version(self, text: str | None) -> int:
        return self._transaction.interning.code_version(self._transaction.connection, text)

    def _add_run(self, outcome: RunOutcome, ends: PartitionEnds) -> None:
        place, index = self._launched.place_of(outcome.run_number)
        stage = self._launched.stages[place]
        ordinals = stage.run_ordinals(index)
        whole = ends.completed + len(ends.failed) + len(ends.canceled)
        ended = outcome.ended if outcome.state is not RunState.RUNNING else None
        self._rows.append(
            RunRow(
                number=outcome.run_number,
                backfill=self._backfill,
                stage=self._launched.stage_ids[place],
                state=RUN_CODES[outcome.state],
                started=outcome.started,
                ended=ended,
                first_ordinal=int(ordinals.min()) if len(ordinals) else 0,
                num_ordinals=len(ordinals),
                ranges=ranges_text(ordinals),
                failed_partitions=len(ends.failed),
                failed=part_text(ends.failed, whole),
                canceled=part_text(ends.canceled, whole),
                error=self._transaction.interning.error(self._transaction.connection, outcome.error),
            )
        )
        self._records.append(self._record(outcome, place, stage, ordinals, ended, len(ends.failed)))

    def _record(
        self,
        outcome: RunOutcome,
        place: int,
        stage: Stage,
        ordinals: NDArray[np.int64],
        ended: float | None,
        failed: int,
    ) -> RunRecord:
        return RunRecord(
            run_id=format_run_id(outcome.run_number),
            backfill_id=self._launched.backfill_id,
            index=outcome.run_number - self._launched.first_run,
            assets=stage.assets,
            definition_fingerprint=self._launched.fingerprints[place] or None,
            subset=subset_of(ordinals),
            label=label_of(stage, ordinals),
            state=outcome.state,
            started=outcome.started,
            ended=ended,
            error=outcome.error,
            failed_partitions=failed,
            tags=self._launched.tags,
        )

    def write(self) -> list[Event]:
        """Write everything; the events that tell it."""
        if not self._rows:
            return []
        self._transaction.connection.exec_driver_sql(INSERT_RUN, list(map(tuple, self._rows)))
        self._others.write()
        told: list[Event] = [RunsChanged(self._transaction.position, self._launched.backfill_id, tuple(self._records))]
        told += [self._write_attempts(place, asset, found) for (place, asset), found in self._attempts.items()]
        if self._backfill is not None:
            told.append(self._count(self._backfill))
        return told

    def _write_attempts(self, place: int, asset: str, found: AttemptList) -> Event:
        stage, fingerprint = self._launched.stages[place], self._launched.fingerprints[place]
        transaction = self._transaction
        connection, interning = transaction.connection, transaction.interning
        of = GridOf(interning.asset(connection, asset), interning.grid(connection, fingerprint, stage.definition))
        attempts = found.collected()
        shown = record_attempts(connection, of, transaction.position, attempts)
        return PartitionsChanged(transaction.position, asset, fingerprint, attempts.ordinals, shown)

    def _count(self, backfill: int) -> Event:
        columns = backfill_rows.table.c
        return backfill_rows.change(
            self._transaction,
            backfill,
            completed=columns.completed + self._completed,
            failed=columns.failed + self._failed,
            canceled=columns.canceled + self._canceled,
            running_runs=columns.running_runs + self._running,
            ended_runs=columns.ended_runs + self._ended,
        )
