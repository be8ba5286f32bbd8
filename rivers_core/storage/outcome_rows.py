"""The rows that a run's outcome adds beside its own: steps, single failures, what user code said of outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rivers_core.planning.plan import Stage
from rivers_core.records import ErrorReport
from rivers_core.steps.task import RunOutcome, StoredOutput
from rivers_core.storage.codes import RUN_CODES, storable
from rivers_core.storage.error_rows import INSERT_ERROR, error_row
from rivers_core.storage.transaction import Transaction

_INSERTS = {
    "errors": INSERT_ERROR,
    "steps": "INSERT OR REPLACE INTO steps (run, place, name, state, started, ended, attempts, error) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "partition_failures": "INSERT OR REPLACE INTO partition_failures (run, asset, ordinal, message) "
    "VALUES (?, ?, ?, ?)",
    "outputs": "INSERT OR REPLACE INTO outputs (run, asset, place, grid, ranges, data_version, metadata) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)",
    "output_keys": "INSERT OR REPLACE INTO output_keys (run, asset, ordinal, metadata) VALUES (?, ?, ?, ?)",
}


class OutcomeRows:
    """Gathers the rows of many outcomes, to write each table once."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERTS}
        self._errors: dict[ErrorReport, int] = {}

    def add(self, outcome: RunOutcome, stage: Stage, fingerprint: str) -> None:
        self._add_steps(outcome)
        for failure in outcome.failures:
            row = (outcome.run_number, self._asset(failure.asset), max(failure.ordinal, 0), storable(failure.message))
            self._rows["partition_failures"].append(row)
        for place, output in enumerate(outcome.outputs):
            if output.metadata or output.key_metadata or output.data_version is not None:
                self._add_output(outcome.run_number, place, output, stage, fingerprint)

    def error(self, report: ErrorReport | None) -> int | None:
        """The id under which the error is stored."""
        if report is None:
            return None
        number = self._errors.get(report)
        if number is None:
            row = error_row(report)
            self._rows["errors"].append(row)
            number = self._errors[report] = row[0]
        return number

    def write(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                self._transaction.connection.exec_driver_sql(_INSERTS[table], rows)

    def _add_steps(self, outcome: RunOutcome) -> None:
        rows = self._rows["steps"]
        for place, step in enumerate(outcome.steps):
            error = self.error(step.error)
            state = RUN_CODES[step.state]
            rows.append((outcome.run_number, place, step.name, state, step.started, step.ended, step.attempts, error))

    def _add_output(self, run: int, place: int, output: StoredOutput, stage: Stage, fingerprint: str) -> None:
        asset = self._asset(output.asset)
        grid = self._transaction.interning.grid(self._transaction.connection, fingerprint, stage.definition)
        ranges = json.dumps(output.subset.as_json())
        version = None if output.data_version is None else storable(output.data_version)
        self._rows["outputs"].append((run, asset, place, grid, ranges, version, metadata_json(output.metadata)))
        for ordinal, metadata in output.key_metadata.items():
            self._rows["output_keys"].append((run, asset, max(ordinal, 0), metadata_json(metadata)))

    def _asset(self, name: str) -> int:
        return self._transaction.interning.asset(self._transaction.connection, name)


def metadata_json(metadata: Mapping[str, Any]) -> str:
    """User values; one that JSON does not know is written as its text."""
    return json.dumps(dict(metadata), default=str)
