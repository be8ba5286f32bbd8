"""What the engine tells: frozen values, each saying what is already committed to the database.

`position` is the database's own running number of the commit that an event tells about. A view that was
opened late reads a snapshot with its position and drops every event at or before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rivers_core.records import BackfillRecord, LogRecord, RunRecord


@dataclass(frozen=True, slots=True)
class BackfillChanged:
    """A backfill's state, counts or settings changed; `record` is how it stands now."""

    position: int
    record: BackfillRecord


@dataclass(frozen=True, slots=True)
class BackfillEnded:
    """A backfill reached its final state; told exactly once, after the last `BackfillChanged`."""

    position: int
    record: BackfillRecord


@dataclass(frozen=True, slots=True)
class BackfillDeleted:
    position: int
    backfill_id: str


@dataclass(frozen=True, slots=True)
class BackfillWarned:
    """Something in a backfill deserves a look though it goes on, such as a mark in a run that is not batched."""

    position: int
    backfill_id: str
    message: str


@dataclass(frozen=True, slots=True)
class PartitionsChanged:
    """Cells of one asset changed: `ordinals` (int64) and their new `states` (uint8), of equal length.

    To the engine's listeners its `position` counts changes of cells, as that of a StateSnapshot does.
    The ordinals hold within the definition whose `fingerprint` is given.
    """

    position: int
    asset: str
    fingerprint: str
    ordinals: NDArray[np.int64]
    states: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """Runs started or ended."""

    position: int
    backfill_id: str | None
    records: tuple[RunRecord, ...]


@dataclass(frozen=True, slots=True)
class LogsArrived:
    position: int
    records: tuple[LogRecord, ...]


Event: TypeAlias = (
    BackfillChanged | BackfillEnded | BackfillDeleted | BackfillWarned | PartitionsChanged | RunsChanged | LogsArrived
)

# Called on the writer's thread with what one commit brought, in order; it must return at once.
Listener: TypeAlias = Callable[[list[Event]], None]
