"""Measures how fast runs are recorded, and how fast lists and states are read from a large database."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState, RunState
from rivers_core.steps.task import RunOutcome, RunStarted, StepOutcome, StoredOutput
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores

_HOURS: Final = PartitionsDefinition.hourly(datetime(1900, 1, 1), datetime(2020, 1, 1))
_MILLION: Final = 1_000_000
_RUNS: Final = 100_000
_IN_A_REPORT: Final = 100
_BACKFILLS: Final = 10_000
_RUNS_OF_EACH: Final = 100


def measure() -> list[dict[str, Any]]:
    """Rows of name, value, unit and target; storage is on disk."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _writing(Path(folder) / "writing.db")
        rows += _a_million_partitions(Path(folder) / "million.db")
        return rows + _a_long_history(Path(folder) / "history.db")


def _writing(path: Path) -> list[dict[str, Any]]:
    with Stores.open(path) as stores:
        launched = _launch(stores, _stage(_HOURS, _RUNS, 1))
        reports = _reports(launched)
        begin = perf_counter()
        for report in reports:
            stores.writer.put(report)
        stores.writer.flush()
        took = perf_counter() - begin
    return [_row("runs recorded, start and end of each", _RUNS / took, "runs/s", 20_000)]


def _reports(launched: LaunchedBackfill) -> list[RecordRuns]:
    """The starts of some runs with the ends of those before them, as a runner reports them."""
    numbers = range(launched.first_run, launched.first_run + launched.num_runs)
    starts = [RunStarted(run, 1.0) for run in numbers]
    ends = [_completed(launched, run) for run in numbers]
    reports = [
        RecordRuns(launched, starts[at : at + _IN_A_REPORT], ends[max(0, at - _IN_A_REPORT) : at])
        for at in range(0, _RUNS, _IN_A_REPORT)
    ]
    return [*reports, RecordRuns(launched, (), ends[-_IN_A_REPORT:])]


def _completed(launched: LaunchedBackfill, run: int) -> RunOutcome:
    steps = (StepOutcome("orders", ("orders",), RunState.COMPLETED, 1.0, 2.0),)
    return RunOutcome(run, RunState.COMPLETED, 1.0, 2.0, steps, (StoredOutput("orders", launched.subset(run), "v1"),))


def _a_million_partitions(path: Path) -> list[dict[str, Any]]:
    with Stores.open(path) as stores:
        plan = _plan(_stage(_HOURS, _MILLION, 1))
        rows = [_timed("launch of 1,000,000 runs", lambda: stores.backfills.insert(plan), 1.0)]
        rows.append(
            _timed(
                "1,000,000 waiting partitions canceled",
                lambda: stores.backfills.finish("b1", BackfillState.CANCELED),
                2.0,
            )
        )
        launched = _launch(stores, _stage(_HOURS, _MILLION, _MILLION))
        run = launched.first_run
        outcome = replace(_completed(launched, run), outputs=(StoredOutput("orders", Subset.full(_MILLION), "v1"),))
        one = RecordRuns(launched, [RunStarted(run, 1.0)], [outcome])
        rows.append(_timed("end of one run over 1,000,000 partitions", lambda: stores.writer.apply(one), 2.0))
        rows.append(_timed("1,000,000 states read", lambda: stores.states.snapshot("orders", _HOURS), 0.05))
        columns = ("shown", "materialized_seq", "changed_seq", "code_version")
        rows.append(
            _timed("what staleness needs of 1,000,000", lambda: stores.states.snapshot("orders", _HOURS, columns), 0.2)
        )
        edited = PartitionsDefinition.hourly(datetime(1899, 12, 31, 11), datetime(2020, 1, 1))
        rows.append(
            _timed("1,000,000 states after an edited start", lambda: stores.states.snapshot("orders", edited), 2.0)
        )
        return rows


def _a_long_history(path: Path) -> list[dict[str, Any]]:
    with Stores.open(path) as stores:
        write_history(stores)
        backfills, runs = stores.backfills, stores.runs
        failed = RunState.FAILED
        asked: list[tuple[str, Callable[[], object]]] = [
            ("first page of 10,000 backfills", lambda: backfills.list(limit=100)),
            ("last page of 10,000 backfills", lambda: backfills.list(limit=100, offset=_BACKFILLS - 100)),
            ("backfills with a text", lambda: backfills.list(text="hour-77")),
            (
                "backfills of an asset that failed",
                lambda: backfills.list(asset="orders", states=[BackfillState.FAILED]),
            ),
            ("first page of 1,000,000 runs", lambda: runs.runs(limit=100)),
            ("failed runs of 1,000,000", lambda: runs.runs(state=failed, limit=100)),
            ("runs of an asset of 1,000,000", lambda: runs.runs(asset="orders", limit=100)),
            ("runs of one backfill", lambda: runs.runs("b5000", limit=100)),
            ("failed runs of one backfill", lambda: runs.runs("b5000", state=failed)),
            ("durations of earlier runs", lambda: stores.history.summary(["orders"])),
        ]
        found = _timed("runs with a piece of a key, of 1,000,000", lambda: runs.runs(text="2015", limit=100), 2.0)
        return [*(_timed(name, ask, 0.1) for name, ask in asked), found]


_COPIED: Final = (
    "state, assets, range_text, strategy_text, failure_policy, run_order, max_concurrency, total_partitions, "
    "completed, failed, canceled, num_runs, ended_runs, running_runs, first_run, created, started, ended, tags, "
    "launched_by, error, rerun_of, code_fingerprint, position"
)
_VARIED: Final = (
    _COPIED.replace("first_run", f"i * {_RUNS_OF_EACH} + 1")
    .replace("range_text", "'hour-' || i")
    .replace("state", "iif(i % 10, 'completed', 'failed')")
)
# The first two backfills are written by the program itself, the others are copies of them.
_COPIES: Final = (
    f"""WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {_BACKFILLS - 1})
    INSERT INTO backfills ({_COPIED}) SELECT {_VARIED} FROM n JOIN backfills ON number = i % 2 + 1""",
    """INSERT INTO plans SELECT b.number, p.plan FROM backfills b JOIN plans p ON p.backfill = (b.number - 1) % 2 + 1
    WHERE b.number > 2""",
    """INSERT INTO stages
    (backfill, place, assets, definition, batched, strategy_text, tags, first_run, num_runs)
    SELECT b.number, 0, s.assets, s.definition, 0, '', '[]', b.first_run, b.num_runs
    FROM backfills b JOIN stages s ON s.backfill = (b.number - 1) % 2 + 1 WHERE b.number > 2""",
    """INSERT INTO stage_assets SELECT a.id, s.id FROM stages s
    JOIN assets a ON json_extract(s.assets, '$[0]') = a.name WHERE s.backfill > 2""",
    f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_BACKFILLS * _RUNS_OF_EACH})
    INSERT INTO runs (number, backfill, stage, state, started, ended, first_ordinal, num_ordinals, failed_partitions)
    SELECT i, s.backfill, s.id, iif(i % 10, 1, 3), 1.0, 2.0, (i - 1) % {_RUNS_OF_EACH}, 1, iif(i % 10, 0, 1)
    FROM n JOIN stages s ON s.first_run = (i - 1) / {_RUNS_OF_EACH} * {_RUNS_OF_EACH} + 1""",
    f"UPDATE counters SET next_run = {_BACKFILLS * _RUNS_OF_EACH + 1}",
)


def write_history(stores: Stores) -> None:
    """10,000 ended backfills with 100 runs each, a tenth of them failed, for two assets in turn."""
    for asset in ("orders", "invoices"):
        _launch(stores, _stage(_HOURS, _RUNS_OF_EACH, 1, asset))
    with stores.database.writing() as connection:
        for statement in _COPIES:
            connection.exec_driver_sql(statement)


def _stage(definition: PartitionsDefinition, count: int, per_run: int, asset: str = "orders") -> Stage:
    ordinals = np.arange(count, dtype=np.int64)
    bounds = np.append(np.arange(0, count, per_run), count).astype(np.int64)
    return Stage((asset,), definition, ordinals, bounds, per_run > 1, "MultiRun", np.empty(0, dtype=np.uint8))


def _plan(stage: Stage) -> BackfillPlan:
    request = BackfillRequest(selection=stage.assets, all_partitions=True)
    return BackfillPlan(request, (stage,), (), "code", 0, "all", stage.strategy_text)


def _launch(stores: Stores, stage: Stage) -> LaunchedBackfill:
    return stores.backfills.launched(stores.backfills.insert(_plan(stage)).backfill_id)


def _timed(name: str, work: Callable[[], object], target: float) -> dict[str, Any]:
    begin = perf_counter()
    work()
    return _row(name, perf_counter() - begin, "s", target)


def _row(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
