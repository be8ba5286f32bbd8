"""What listeners hear of one commit in which much happened."""

from __future__ import annotations

import numpy as np

from rivers_core.events import BackfillDeleted, BackfillEnded, LogsArrived, PartitionsChanged
from rivers_core.states import BackfillState, RunState
from rivers_core.storage.coalescing import coalesced
from rivers_core.storage.stores import Stores

from .building import FLAVORS, completed, launch, record, stage, started


def cells(asset: str, ordinals: list[int], states: list[int]) -> PartitionsChanged:
    return PartitionsChanged(7, asset, "f", np.array(ordinals, dtype=np.int64), np.array(states, dtype=np.uint8))


def test_a_partition_is_told_once_with_its_last_state():
    events = coalesced([cells("a", [4, 5], [2, 2]), cells("b", [4], [3]), cells("a", [1, 4], [1, 1])])
    assert [(e.asset, e.ordinals.tolist(), e.states.tolist()) for e in events] == [
        ("a", [1, 4, 5], [1, 1, 2]),
        ("b", [4], [3]),
    ]


def test_a_run_is_told_once_as_it_is_now_and_the_end_of_a_backfill_last(stores: Stores):
    batches = []
    stores.writer.subscribe(batches.append)
    launched = launch(stores, stage(FLAVORS, [0]))
    record(stores, launched, started(launched.first_run))
    stores.backfills.change_state(launched.backfill_id, BackfillState.IN_PROGRESS)
    record(stores, launched, completed(launched, launched.first_run))
    stores.backfills.finish(launched.backfill_id, BackfillState.COMPLETED)
    told = coalesced([event for batch in batches for event in batch])
    kinds = [type(event).__name__ for event in told]
    assert kinds == ["RunsChanged", "PartitionsChanged", "BackfillChanged", "BackfillEnded"]
    assert [run.state for run in told[0].records] == [RunState.COMPLETED]
    assert told[2].record == told[3].record
    assert isinstance(told[3], BackfillEnded)


def test_lines_of_logs_are_told_together():
    told = coalesced([LogsArrived(7, ("one",)), BackfillDeleted(7, "b1"), LogsArrived(7, ("two",))])
    assert told == [LogsArrived(7, ("one", "two")), BackfillDeleted(7, "b1")]
