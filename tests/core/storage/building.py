"""Plans, outcomes and stores, as small as a test needs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.task import PartitionFailure, RunOutcome, RunStarted, StepOutcome, StoredOutput
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores

NOW = 1_700_000_000.0
DAYS = PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 2, 1))
FLAVORS = PartitionsDefinition.static_(["vanilla", "lemon", "mint", "cherry"])


def stage(
    definition: PartitionsDefinition | None,
    ordinals: Iterable[int] = (),
    *,
    assets: Sequence[str] = ("orders",),
    per_run: int = 1,
) -> Stage:
    """A stage whose runs take `per_run` ordinals each."""
    members = np.array(list(ordinals), dtype=np.int64)
    bounds = np.array([0, 0] if definition is None else [*range(0, len(members), per_run), len(members)])
    states = np.empty(0, dtype=np.uint8)
    return Stage(tuple(assets), definition, members, bounds.astype(np.int64), per_run > 1, "MultiRun", states)


def plan(*stages: Stage, **request: object) -> BackfillPlan:
    assets = tuple(name for stage in stages for name in stage.assets)
    asked = BackfillRequest.model_validate({"selection": assets, "all_partitions": True} | request)
    return BackfillPlan(asked, stages, (), "code-1", 0, "all partitions", "MultiRun")


def launch(stores: Stores, *stages: Stage, **request: object) -> LaunchedBackfill:
    record = stores.backfills.insert(plan(*stages, **request))
    return stores.backfills.launched(record.backfill_id)


def started(run: int, time: float = NOW) -> RunStarted:
    return RunStarted(run, time)


def completed(
    launched: LaunchedBackfill,
    run: int,
    *,
    failures: Sequence[PartitionFailure] = (),
    code_version: str | None = "v1",
    **output: object,
) -> RunOutcome:
    """A run that stored everything it covers, for all of its assets."""
    assets = launched.stage_of(run).assets
    outputs = tuple(StoredOutput(asset, launched.subset(run), code_version, **output) for asset in assets)
    steps = tuple(StepOutcome(asset, (asset,), RunState.COMPLETED, NOW, NOW + 1) for asset in assets)
    return RunOutcome(run, RunState.COMPLETED, NOW, NOW + 2, steps, outputs, tuple(failures))


def failed(run: int, message: str = "the till is empty", outputs: Sequence[StoredOutput] = ()) -> RunOutcome:
    error = ErrorReport("ValueError", message, "Traceback: line 1")
    return RunOutcome(run, RunState.FAILED, NOW, NOW + 2, (), tuple(outputs), (), error)


def canceled(run: int, outputs: Sequence[StoredOutput] = ()) -> RunOutcome:
    return RunOutcome(run, RunState.CANCELED, NOW, NOW + 2, (), tuple(outputs))


def record(stores: Stores, launched: LaunchedBackfill, *reports: RunStarted | RunOutcome) -> None:
    """Write these reports as one operation, and wait."""
    starts = [report for report in reports if isinstance(report, RunStarted)]
    outcomes = [report for report in reports if isinstance(report, RunOutcome)]
    stores.writer.apply(RecordRuns(launched, starts, outcomes))


def some(*ordinals: int) -> Subset:
    return Subset.of(ordinals)
