"""Merges the events of one commit, so that a listener hears of each thing once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rivers_core.events import BackfillChanged, BackfillEnded, Event, LogsArrived, PartitionsChanged, RunsChanged
from rivers_core.records import LogRecord, RunRecord


def coalesced(events: Iterable[Event]) -> list[Event]:
    """One event for each backfill, grid and run that changed, ends of backfills last.

    All events must be of one commit.
    """
    runs: dict[str | None, dict[str, RunRecord]] = {}
    cells: dict[tuple[str, str], list[PartitionsChanged]] = {}
    backfills: dict[str, BackfillChanged] = {}
    logs: list[LogRecord] = []
    others: list[Event] = []
    ends: list[Event] = []
    position = 0
    for event in events:
        position = event.position
        match event:
            case RunsChanged():
                runs.setdefault(event.backfill_id, {}).update({run.run_id: run for run in event.records})
            case PartitionsChanged():
                cells.setdefault((event.asset, event.fingerprint), []).append(event)
            case BackfillChanged():
                backfills[event.record.backfill_id] = event
            case LogsArrived():
                logs.extend(event.records)
            case BackfillEnded():
                ends.append(event)
            case _:
                others.append(event)
    told: list[Event] = [RunsChanged(position, of, tuple(records.values())) for of, records in runs.items()]
    told += [_merged(changes) for changes in cells.values()]
    if logs:
        told.append(LogsArrived(position, tuple(logs)))
    return [*told, *backfills.values(), *ends, *others]


def _merged(changes: list[PartitionsChanged]) -> PartitionsChanged:
    """The last state of every ordinal, ascending."""
    if len(changes) == 1:
        return changes[0]
    ordinals = np.concatenate([change.ordinals for change in changes])
    states = np.concatenate([change.states for change in changes])
    kept, last = np.unique(ordinals[::-1], return_index=True)
    return PartitionsChanged(changes[0].position, changes[0].asset, changes[0].fingerprint, kept, states[::-1][last])
