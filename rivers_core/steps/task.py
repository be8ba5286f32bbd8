"""What an executor hands to a worker and gets back: one run as a task, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport
from rivers_core.states import RunState

# Config and metadata below are user values that JSON can hold; they have no type of ours.


@dataclass(frozen=True, slots=True)
class RunTask:
    """One run to do: `assets` in dependency order, over `subset` of the definition named by `grid`.

    `grid` is the fingerprint of a pinned definition that the executor was given in its `Grids`; None for assets
    without partitions (`subset` is then empty). `batched` comes from the strategy, never from the number of keys.
    """

    run_number: int
    backfill_id: str | None
    assets: tuple[str, ...]
    grid: str | None
    subset: Subset
    batched: bool
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    retry: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Grids:
    """The pinned definitions that ordinals of a backfill refer to, sent to a worker once.

    `of_asset` names each partitioned asset's grid by fingerprint; `specs` maps a fingerprint to
    `PartitionsDefinition.to_spec()` of the pinned definition.
    """

    of_asset: Mapping[str, str]
    specs: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One step's end; `assets` are those it computes (none for an inner task of a graph asset)."""

    name: str
    assets: tuple[str, ...]
    state: RunState
    started: float
    ended: float
    attempts: int = 1
    error: ErrorReport | None = None


@dataclass(frozen=True, slots=True)
class PartitionFailure:
    """One partition of one asset that failed on its own: marked by user code, or without its upstream value."""

    asset: str
    ordinal: int
    message: str


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """What was materialized: `subset` of `asset` (empty for an asset without partitions).

    `metadata` holds for the whole subset; `key_metadata` for single ordinals.
    """

    asset: str
    subset: Subset
    code_version: str | None = None
    data_version: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    key_metadata: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A worker took the run up."""

    run_number: int
    time: float


@dataclass(frozen=True, slots=True)
class LogLine:
    run_number: int
    time: float
    level: str
    source: str
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    COMPLETED: every step returned (single partitions may still be in `failures`). FAILED: `error` says why; every
    partition of an asset that is not in `outputs` counts as failed. CANCELED: it was stopped before its end;
    what is in `outputs` was stored all the same.
    """

    run_number: int
    state: RunState
    started: float
    ended: float
    steps: tuple[StepOutcome, ...] = ()
    outputs: tuple[StoredOutput, ...] = ()
    failures: tuple[PartitionFailure, ...] = ()
    error: ErrorReport | None = None
    warnings: tuple[str, ...] = ()

    @property
    def has_failure(self) -> bool:
        """Whether a partition failed in it."""
        return self.state is RunState.FAILED or bool(self.failures)


class ReturnReason(StrEnum):
    """Why runs came back without having been started."""

    RECALLED = "recalled"
    CODE_CHANGED = "code_changed"
    LOAD_FAILED = "load_failed"


@dataclass(frozen=True, slots=True)
class TasksReturned:
    """These runs were never started and are the runner's again; `message` says why unless they were recalled."""

    run_numbers: tuple[int, ...]
    reason: ReturnReason
    message: str = ""


Report: TypeAlias = RunStarted | LogLine | RunOutcome | TasksReturned
