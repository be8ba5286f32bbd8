"""Events of any thread arrive in order on the GUI thread, coalesced and not too often."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from rivers_app.bridge.batches import coalesced
from rivers_app.bridge.event_pump import AT_ONCE, EventPump
from rivers_core.events import (
    BackfillChanged,
    BackfillDeleted,
    BackfillEnded,
    BackfillWarned,
    LogsArrived,
    PartitionsChanged,
    RunsChanged,
)
from rivers_core.records import LogRecord
from rivers_core.states import BackfillState, RunState
from tests.app.builders import a_backfill, a_run


def cells(position: int, changes: dict[int, int], asset: str = "a") -> PartitionsChanged:
    ordinals = np.array(list(changes), dtype=np.int64)
    return PartitionsChanged(position, asset, "f", ordinals, np.array(list(changes.values()), dtype=np.uint8))


@given(st.lists(st.dictionaries(st.integers(0, 30), st.integers(0, 6), max_size=8), max_size=8))
def test_coalesced_cells_are_what_applying_every_change_gives(changes: list[dict[int, int]]) -> None:
    wanted: dict[int, int] = {}
    for change in changes:
        wanted |= change
    merged = coalesced(cells(at, change) for at, change in enumerate(changes)).partitions
    found = {int(o): int(s) for event in merged for o, s in zip(event.ordinals, event.states, strict=True)}
    assert found == wanted
    assert all((np.diff(event.ordinals) > 0).all() for event in merged)


def test_a_batch_holds_the_newest_record_of_each_backfill_and_run() -> None:
    record = a_backfill("b1", completed=1)
    run = a_run("r1", RunState.RUNNING)
    batch = coalesced(
        [
            BackfillChanged(1, record),
            RunsChanged(1, "b1", (run,)),
            BackfillChanged(2, replace(record, completed=2)),
            RunsChanged(2, "b1", (replace(run, state=RunState.COMPLETED),)),
            BackfillEnded(3, replace(record, completed=3, state=BackfillState.COMPLETED)),
        ]
    )
    assert [found.completed for found in batch.backfills.values()] == [3]
    assert [found.state for found in batch.runs["b1"].values()] == [RunState.COMPLETED]
    assert [found.backfill_id for found in batch.ended] == ["b1"]


def test_a_deleted_backfill_is_not_told_as_changed() -> None:
    batch = coalesced([BackfillChanged(1, a_backfill("b1")), BackfillDeleted(2, "b1")])
    assert not batch.backfills
    assert batch.deleted == ["b1"]


def test_events_of_another_thread_arrive_on_this_one(qtbot: QtBot) -> None:
    pump = EventPump()
    threads: list[threading.Thread] = []
    pump.partitions_changed.connect(lambda _event: threads.append(threading.current_thread()))
    with qtbot.waitSignal(pump.partitions_changed) as signal:
        threading.Thread(target=pump.listen, args=([cells(1, {3: 1})],)).start()
    assert threads == [threading.main_thread()]
    assert signal.args is not None
    assert signal.args[0].ordinals.tolist() == [3]


def test_many_commits_make_few_batches_and_lose_nothing(qtbot: QtBot) -> None:
    pump = EventPump()
    seen: dict[int, int] = {}
    batches: list[float] = []

    def take(event: PartitionsChanged) -> None:
        batches.append(time.monotonic())
        seen.update(zip(event.ordinals.tolist(), event.states.tolist(), strict=True))

    pump.partitions_changed.connect(take)

    def tell() -> None:
        for number in range(2_000):
            pump.listen([cells(number, {number: 1})])

    teller = threading.Thread(target=tell)
    teller.start()
    qtbot.waitUntil(lambda: len(seen) == 2_000)
    teller.join()
    assert len(batches) < 200
    gaps = np.diff(batches)
    assert (gaps > 0.02).all()


def test_every_kind_of_event_has_its_signal(qtbot: QtBot) -> None:
    pump = EventPump()
    told: list[str] = []
    names = (
        "backfills_changed",
        "backfill_ended",
        "backfills_deleted",
        "backfill_warned",
        "partitions_changed",
        "runs_changed",
        "logs_arrived",
    )
    for name in names:
        getattr(pump, name).connect(lambda *_args, name=name: told.append(name))
    log = LogRecord("r1", 0, 0.0, "INFO", "log", "a", "hello")
    pump.listen(
        [
            BackfillChanged(1, a_backfill("b1")),
            BackfillEnded(1, a_backfill("b1")),
            BackfillDeleted(2, "b2"),
            BackfillWarned(3, "b1", "A mark changes nothing here."),
            cells(4, {0: 1}),
            RunsChanged(5, None, (a_run("r1"),)),
            LogsArrived(6, (log,)),
        ]
    )
    qtbot.waitUntil(lambda: len(told) == len(names))
    assert sorted(told) == sorted(names)
    assert told.index("backfills_changed") < told.index("backfill_ended")


def test_a_stopped_pump_says_nothing_more(qtbot: QtBot) -> None:
    pump = EventPump()
    pump.partitions_changed.connect(lambda _event: pytest.fail("told after it was stopped"))
    pump.listen([cells(1, {0: 1})])
    pump.stop()
    pump.listen([cells(2, {0: 2})])
    other = EventPump()
    with qtbot.waitSignal(other.partitions_changed):
        other.listen([cells(3, {0: 3})])


def test_a_commit_that_changes_everything_is_told_in_several_batches_in_its_order(qtbot: QtBot) -> None:
    pump = EventPump()
    told: list[str] = []
    pump.partitions_changed.connect(lambda event: told.append(event.asset))
    pump.backfill_ended.connect(lambda record: told.append(record.backfill_id))
    assets = [f"a{number}" for number in range(2 * AT_ONCE + 10)]
    pump.listen([cells(1, {0: 1}, asset) for asset in assets])
    with qtbot.waitSignal(pump.partitions_changed):
        pass
    assert told == assets[:AT_ONCE]
    pump.listen([BackfillEnded(2, a_backfill("b1"))])
    qtbot.waitUntil(lambda: told == [*assets, "b1"])
