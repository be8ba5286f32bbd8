"""The states of backfills, runs and partitions: which are final, and which may follow which."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class BackfillState(StrEnum):
    """Where a backfill is on its way from a request to an end."""

    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    CANCELING = "canceling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    DRY_RUN = "dry_run"

    @property
    def is_final(self) -> bool:
        return self in _FINAL_BACKFILL_STATES

    def may_become(self, following: BackfillState) -> bool:
        return following in _BACKFILL_FOLLOWERS[self]


# Some process has it in hand, or it waits for one.
UNDER_WAY = (BackfillState.REQUESTED, BackfillState.IN_PROGRESS, BackfillState.PAUSED, BackfillState.CANCELING)
_FINAL_BACKFILL_STATES = frozenset(
    {BackfillState.COMPLETED, BackfillState.FAILED, BackfillState.CANCELED, BackfillState.DRY_RUN}
)

_BACKFILL_FOLLOWERS: dict[BackfillState, frozenset[BackfillState]] = {
    BackfillState.REQUESTED: frozenset(
        {BackfillState.IN_PROGRESS, BackfillState.PAUSED, BackfillState.CANCELED, BackfillState.INTERRUPTED}
    ),
    BackfillState.IN_PROGRESS: frozenset(
        {
            BackfillState.PAUSED,
            BackfillState.INTERRUPTED,
            BackfillState.CANCELING,
            BackfillState.COMPLETED,
            BackfillState.FAILED,
            BackfillState.CANCELED,
        }
    ),
    BackfillState.PAUSED: frozenset(
        {
            BackfillState.IN_PROGRESS,
            BackfillState.INTERRUPTED,
            BackfillState.CANCELING,
            BackfillState.CANCELED,
            BackfillState.COMPLETED,
            BackfillState.FAILED,
        }
    ),
    BackfillState.INTERRUPTED: frozenset({BackfillState.IN_PROGRESS, BackfillState.CANCELED}),
    BackfillState.CANCELING: frozenset({BackfillState.CANCELED, BackfillState.FAILED, BackfillState.INTERRUPTED}),
    BackfillState.COMPLETED: frozenset(),
    BackfillState.FAILED: frozenset(),
    BackfillState.CANCELED: frozenset(),
    BackfillState.DRY_RUN: frozenset(),
}


class RunState(StrEnum):
    """Where one run of a backfill (or one direct materialization) is; a queued run has no row yet."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        return self not in (RunState.QUEUED, RunState.RUNNING)


class PartitionState(IntEnum):
    """What a cell shows; the numbers are the bytes of state arrays and of the database, so they never change.

    Only `MISSING`, `COMPLETED`, `FAILED` and `CANCELED` are stored. `QUEUED` and `RUNNING` come from
    backfills that are under way, `STALE` from comparing code versions and upstream partitions.
    """

    MISSING = 0
    COMPLETED = 1
    RUNNING = 2
    FAILED = 3
    CANCELED = 4
    STALE = 5
    QUEUED = 6


class FailurePolicy(StrEnum):
    """What a failed partition does to the rest of its backfill."""

    CONTINUE = "continue"
    STOP_ON_FAILURE = "stop_on_failure"


class RunOrder(StrEnum):
    """In which order of the definition the runs of a backfill start."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"
