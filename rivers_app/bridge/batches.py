"""Makes one batch of many engine events: the newest of each thing, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from rivers_core.events import (
    BackfillChanged,
    BackfillDeleted,
    BackfillEnded,
    BackfillWarned,
    Event,
    LogsArrived,
    PartitionsChanged,
    RunsChanged,
)
from rivers_core.records import BackfillRecord, LogRecord, RunRecord


@dataclass(slots=True)
class Batch:
    """What some commits brought, each list in the order of what came first."""

    backfills: dict[str, BackfillRecord] = field(default_factory=dict)
    ended: list[BackfillRecord] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    warned: list[BackfillWarned] = field(default_factory=list)
    partitions: list[PartitionsChanged] = field(default_factory=list)
    runs: dict[str | None, dict[str, RunRecord]] = field(default_factory=dict)
    logs: list[LogRecord] = field(default_factory=list)


def coalesced(events: Iterable[Event]) -> Batch:
    """The batch that says the same as `events`, which are in the order they were committed."""
    batch = Batch()
    changes: dict[tuple[str, str], list[PartitionsChanged]] = {}
    for event in events:
        match event:
            case BackfillChanged(record=record):
                batch.backfills[record.backfill_id] = record
            case BackfillEnded(record=record):
                batch.backfills[record.backfill_id] = record
                batch.ended.append(record)
            case BackfillDeleted(backfill_id=backfill_id):
                batch.backfills.pop(backfill_id, None)
                batch.deleted.append(backfill_id)
            case BackfillWarned():
                batch.warned.append(event)
            case PartitionsChanged():
                changes.setdefault((event.asset, event.fingerprint), []).append(event)
            case RunsChanged(backfill_id=of, records=records):
                batch.runs.setdefault(of, {}).update((record.run_id, record) for record in records)
            case LogsArrived(records=lines):
                batch.logs.extend(lines)
            case _:
                assert_never(event)
    batch.partitions = [_merged(group) for group in changes.values()]
    return batch


def _merged(group: list[PartitionsChanged]) -> PartitionsChanged:
    """One event with each ordinal once, in rising order, in the state it took last."""
    last = group[-1]
    ordinals = np.concatenate([event.ordinals for event in group])
    states = np.concatenate([event.states for event in group])
    unique, from_the_end = np.unique(ordinals[::-1], return_index=True)
    return PartitionsChanged(last.position, last.asset, last.fingerprint, unique, states[::-1][from_the_end])
