"""Builds records for tests of the app, each with the one thing that matters named."""

from __future__ import annotations

from typing import Any

from rivers_core.partitions.subset import Subset
from rivers_core.records import BackfillRecord, ErrorReport, PartitionRecord, RunRecord
from rivers_core.states import BackfillState, FailurePolicy, PartitionState, RunOrder, RunState


def a_backfill(backfill_id: str = "b1", **changes: Any) -> BackfillRecord:
    """A running backfill of ten partitions of `daily`."""
    values: dict[str, Any] = {
        "backfill_id": backfill_id,
        "assets": ("daily",),
        "range_text": "2024-01-01..2024-01-10",
        "strategy_text": "one run each",
        "failure_policy": FailurePolicy.CONTINUE,
        "order": RunOrder.OLDEST_FIRST,
        "max_concurrency": 4,
        "state": BackfillState.IN_PROGRESS,
        "total_partitions": 10,
        "completed": 0,
        "failed": 0,
        "canceled": 0,
        "num_runs": 10,
        "ended_runs": 0,
        "running_runs": 0,
        "created": 1_700_000_000.0,
        "started": 1_700_000_001.0,
        "ended": None,
        "tags": (),
        "launched_by": "app",
        "error": None,
        "rerun_of": None,
        "code_fingerprint": "code",
        "first_run": 1,
        "position": 1,
    }
    return BackfillRecord(**(values | changes))


def a_run(run_id: str = "r1", state: RunState = RunState.COMPLETED, **changes: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_id": run_id,
        "backfill_id": "b1",
        "index": 0,
        "assets": ("daily",),
        "definition_fingerprint": "f",
        "subset": Subset.of([0]),
        "label": "2024-01-01",
        "state": state,
        "started": 1_700_000_001.0,
        "ended": 1_700_000_002.0,
        "error": None,
        "failed_partitions": 0,
    }
    return RunRecord(**(values | changes))


def a_partition(key: str = "2024-01-01", **changes: Any) -> PartitionRecord:
    """A partition that was never tried."""
    values: dict[str, Any] = {
        "asset": "daily",
        "ordinal": 0,
        "key": key,
        "state": PartitionState.MISSING,
        "attempt_run": None,
        "attempt_state": None,
        "attempt_started": None,
        "attempt_ended": None,
        "error": None,
        "materialization": None,
    }
    return PartitionRecord(**(values | changes))


def a_failed_partition(key: str = "2024-01-01", message: str = "no rows", **changes: Any) -> PartitionRecord:
    values: dict[str, Any] = {
        "state": PartitionState.FAILED,
        "attempt_run": "r7",
        "attempt_state": RunState.FAILED,
        "attempt_started": 1_700_000_000.0,
        "attempt_ended": 1_700_000_001.2,
        "error": ErrorReport("ValueError", message, "Traceback"),
        "has_run": True,
    }
    return a_partition(key, **(values | changes))
