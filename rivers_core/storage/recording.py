"""Records that runs started and ended: the path that a million runs take."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from rivers_core.events import Event, PartitionsChanged, RunsChanged
from rivers_core.records import ErrorReport, RunRecord, format_run_id
from rivers_core.states import PartitionState, RunState
from rivers_core.steps.task import RunOutcome, RunStarted
from rivers_core.storage import backfill_rows
from rivers_core.storage.attempt_list import AttemptList
from rivers_core.storage.codes import RUN_CODES, parse_backfill_id
from rivers_core.storage.launched import LaunchedBackfill, ascending, label_of, subset_of
from rivers_core.storage.lease_rows import drop_run_lease
from rivers_core.storage.outcome_rows import OutcomeRows
from rivers_core.storage.outcomes import (
    ALL_COMPLETED,
    LONE_CELL,
    WITHOUT_OUTPUT,
    PartitionEnds,
    attempts_of,
    data_version_hash,
    milliseconds,
    partition_ends,
    single_end,
)
from rivers_core.storage.run_rows import INSERT_RUN, part_texts, span_of
from rivers_core.storage.state_chunks import GridOf, record_attempts
from rivers_core.storage.transaction import Transaction

_RUNNING = RUN_CODES[RunState.RUNNING]
_COMPLETED = int(PartitionState.COMPLETED)


@dataclass(frozen=True)
class RecordRuns:
    """Runs of one launched plan that a worker took up, and runs that ended.

    A run's end is recorded once: whatever is told of it later is ignored. `reads` are the marks of ReadMarks for runs
    that ended; one without a mark has read whatever was there at its end.
    """

    launched: LaunchedBackfill
    started: Sequence[RunStarted] = ()
    outcomes: Sequence[RunOutcome] = ()
    reads: Mapping[int, int] = field(default_factory=dict)

    @property
    def merge_key(self) -> Hashable:
        return RecordRuns, id(self.launched)

    def merged(self, later: Sequence[RecordRuns]) -> RecordRuns:
        """Many at once cost less: each partition's chunk is read and written once."""
        every = [self, *later]
        return RecordRuns(
            self.launched,
            [start for operation in every for start in operation.started],
            [outcome for operation in every for outcome in operation.outcomes],
            {run: mark for operation in every for run, mark in operation.reads.items()},
        )

    def apply(self, transaction: Transaction) -> list[Event]:
        numbers = {run.run_number for run in self.started} | {run.run_number for run in self.outcomes}
        known = _known_states(transaction.connection, numbers)
        recording = _Recording(transaction, self.launched, self.reads)
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
    return dict(map(tuple, rows))


class _Recording:
    """What one operation writes, gathered so that each table is written once."""

    def __init__(self, transaction: Transaction, launched: LaunchedBackfill, reads: Mapping[int, int]) -> None:
        self._transaction = transaction
        self._launched = launched
        self._reads = reads
        self._backfill = None if launched.backfill_id is None else parse_backfill_id(launched.backfill_id)
        self._rows: list[tuple[Any, ...]] = []  # in the order of RUN_COLUMNS
        self._records: list[RunRecord] = []
        self._others = OutcomeRows(transaction)
        self._attempts: dict[tuple[int, str], AttemptList] = {}
        self._code_versions: dict[str | None, int] = {}
        self._running = self._ended = self._completed = self._failed = self._canceled = 0

    def start(self, start: RunStarted) -> None:
        self._running += 1
        self._add_run(start.run_number, RunState.RUNNING, (start.time, None))

    def end(self, outcome: RunOutcome, *, was_running: bool) -> None:
        place, index = self._launched.place_of(outcome.run_number)
        stage = self._launched.stages[place]
        ordinals = stage.run_ordinals(index)
        plain = not outcome.failures and len(ordinals) <= 1
        ends = self._end_plainly(outcome, place, ordinals) if plain else self._end_anyhow(outcome, place, ordinals)
        self._running -= was_running
        self._ended += 1
        self._completed += ends.completed
        self._failed += len(ends.failed)
        self._canceled += len(ends.canceled)
        self._add_run(outcome.run_number, outcome.state, (outcome.started, outcome.ended), ends, outcome.error)
        self._others.add(outcome, stage, self._launched.fingerprints[place])

    def _end_plainly(self, outcome: RunOutcome, place: int, ordinals: NDArray[np.int64]) -> PartitionEnds:
        """The way of nearly all runs: one partition, which every asset either stored or did not."""
        sequence, time = self._transaction.next_sequence(), milliseconds(outcome.ended)
        ordinal, run = int(ordinals[0]) if len(ordinals) else 0, outcome.run_number
        read = self._reads.get(run, sequence)
        outputs = {output.asset: output for output in outcome.outputs}
        states = []
        for asset in self._launched.stages[place].assets:
            output = outputs.get(asset)
            if output is None:
                attempt = (ordinal, int(WITHOUT_OUTPUT[outcome.state]), run, False, sequence, time, 0, 0, read)
            else:
                code, data = self._code_version(output.code_version), data_version_hash(output.data_version)
                attempt = (ordinal, _COMPLETED, run, True, sequence, time, code, data, read)
            self._attempts_at(place, asset).add(attempt)
            states.append(attempt[1])
        return single_end(ordinal, states)

    def _end_anyhow(self, outcome: RunOutcome, place: int, ordinals: NDArray[np.int64]) -> PartitionEnds:
        sequence = self._transaction.next_sequence()
        read = self._reads.get(outcome.run_number, sequence)
        stage = self._launched.stages[place]
        cells = LONE_CELL if stage.definition is None else ascending(ordinals)
        attempts = []
        for asset in stage.assets:
            attempt = attempts_of(outcome, asset, cells, sequence, self._code_version, read=read)
            self._attempts_at(place, asset).extend(attempt)
            attempts.append(attempt)
        return partition_ends(cells, attempts)

    def _attempts_at(self, place: int, asset: str) -> AttemptList:
        found = self._attempts.get((place, asset))
        if found is None:
            found = self._attempts[place, asset] = AttemptList()
        return found

    def _code_version(self, text: str | None) -> int:
        number = self._code_versions.get(text)
        if number is None:
            number = self._transaction.interning.code_version(self._transaction.connection, text)
            self._code_versions[text] = number
        return number

    def _add_run(
        self,
        number: int,
        state: RunState,
        times: tuple[float, float | None],
        ends: PartitionEnds = ALL_COMPLETED,
        error: ErrorReport | None = None,
    ) -> None:
        place, index = self._launched.place_of(number)
        stage = self._launched.stages[place]
        subset = subset_of(stage.run_ordinals(index))
        failed = len(ends.failed)
        self._rows.append(
            (
                number,
                self._backfill,
                self._launched.stage_ids[place],
                RUN_CODES[state],
                *times,
                *span_of(subset),
                failed,
                *part_texts(ends),
                self._others.error(error),
            )
        )
        self._records.append(
            RunRecord(
                run_id=format_run_id(number),
                backfill_id=self._launched.backfill_id,
                index=number - self._launched.first_run,
                assets=stage.assets,
                definition_fingerprint=self._launched.fingerprints[place] or None,
                subset=subset,
                label=label_of(stage.definition, subset),
                state=state,
                started=times[0],
                ended=times[1],
                error=error,
                failed_partitions=failed,
                tags=self._launched.tags,
            )
        )

    def write(self) -> list[Event]:
        """Write everything; the events that tell it."""
        if not self._rows:
            return []
        self._transaction.connection.exec_driver_sql(INSERT_RUN, self._rows)
        self._others.write()
        told: list[Event] = [RunsChanged(self._transaction.position, self._launched.backfill_id, tuple(self._records))]
        told += [self._write_attempts(place, asset, found) for (place, asset), found in self._attempts.items()]
        if self._backfill is not None:
            told.append(self._count(self._backfill))
        elif self._ended:
            drop_run_lease(self._transaction.connection, self._launched.first_run)
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
