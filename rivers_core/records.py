"""What the database holds about backfills, runs and partitions, as frozen values for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rivers_core.partitions.subset import Subset
from rivers_core.states import BackfillState, FailurePolicy, PartitionState, RunOrder, RunState

_MOST_DIGITS = 18

# Every time in a record is seconds since the epoch (UTC); every duration is seconds.


@dataclass(frozen=True, slots=True)
class BackfillRecord:
    """One backfill: what was asked for and how far it is.

    The counts are partitions, each counted once however many assets run over it;
    `completed + failed + canceled == total_partitions` once `state.is_final`.
    """

    backfill_id: str
    assets: tuple[str, ...]
    range_text: str
    strategy_text: str
    failure_policy: FailurePolicy
    order: RunOrder
    max_concurrency: int
    state: BackfillState
    total_partitions: int
    completed: int
    failed: int
    canceled: int
    num_runs: int
    ended_runs: int
    running_runs: int
    created: float
    started: float | None
    ended: float | None
    tags: tuple[tuple[str, str], ...]
    launched_by: str
    error: str | None
    rerun_of: str | None
    code_fingerprint: str
    first_run: int
    position: int

    @property
    def pending(self) -> int:
        """Partitions that have neither completed, failed nor been canceled yet."""
        return self.total_partitions - self.completed - self.failed - self.canceled

    def run_id(self, index: int) -> str:
        """The id of this backfill's run at `index` (0-based, in the order of the plan)."""
        return format_run_id(self.first_run + index)


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What went wrong in user code: the type's name, its message, and the traceback for those who ask."""

    kind: str
    message: str
    traceback: str = ""

    @property
    def summary(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: some partitions of one or more assets, done together in one worker."""

    run_id: str
    backfill_id: str | None
    index: int
    assets: tuple[str, ...]
    definition_fingerprint: str | None
    subset: Subset
    label: str
    state: RunState
    started: float | None
    ended: float | None
    error: ErrorReport | None
    failed_partitions: int
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def status(self) -> str:
        """`state` as rivers calls it."""
        return str(self.state)

    @property
    def duration(self) -> float | None:
        return self.ended - self.started if self.started is not None and self.ended is not None else None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run: one computation, or one task inside a graph asset (`graph/task`)."""

    run_id: str
    name: str
    state: RunState
    started: float | None
    ended: float | None
    attempts: int
    error: ErrorReport | None


@dataclass(frozen=True, slots=True)
class FailedPartition:
    """A partition of a run that failed on its own, and why; `key` is "" for an asset without partitions."""

    asset: str
    ordinal: int
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class RunOutput:
    """What a run told of an output it stored; `label` names its partitions, "" without any."""

    asset: str
    label: str
    data_version: str | None
    metadata: Mapping[str, Any]  # user values that JSON can hold


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of a run's log; `source` is `log`, `stdout`, `stderr` or `rivers` (the engine itself)."""

    run_id: str
    number: int
    time: float
    level: str
    source: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Materialization:
    """The last output that was stored for one partition of one asset."""

    run_id: str
    time: float
    code_version: str | None
    data_version: str | None
    metadata: Mapping[str, Any] = field(default_factory=dict)  # user values that JSON can hold


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """Both halves of a partition's state: what its last attempt did, and its last materialization.

    `ordinal` is -1 for an asset without partitions, whose `key` is then empty. `has_run` is whether the last attempt's
    run can be looked at: it goes when its backfill is deleted.
    """

    asset: str
    ordinal: int
    key: str
    state: PartitionState
    attempt_run: str | None
    attempt_state: RunState | None
    attempt_started: float | None
    attempt_ended: float | None
    error: ErrorReport | None
    materialization: Materialization | None
    has_run: bool = False


def is_id_number(text: str) -> bool:
    """Whether this is the number of an id, of no more digits than the database holds."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def format_run_id(number: int) -> str:
    return f"r{number}"


def parse_run_id(run_id: str) -> int:
    """The number inside a run's id; ValueError if it is not one."""
    if not (run_id.startswith("r") and is_id_number(run_id[1:])):
        raise ValueError(f"{run_id!r} is not a run's id: those look like r12")
    return int(run_id[1:])
