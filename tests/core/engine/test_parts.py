"""The parts of the engine on their own: the queue of runs, claims, masks of what is under way, orders, blocking."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.cells import AssetCells
from rivers_core.claims import Claims
from rivers_core.control import Control
from rivers_core.courses import Courses
from rivers_core.events import PartitionsChanged
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.blocking import Blocking
from rivers_core.planning.links import Links
from rivers_core.planning.plan import Stage
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.read_marks import ReadMarks
from rivers_core.records import RunRecord
from rivers_core.redacting import given_again, without_secrets
from rivers_core.run_queue import RunQueue
from rivers_core.script_results import PlannedKeys
from rivers_core.states import PartitionState, RunState
from rivers_core.steps.task import RunTask
from tests.core.planning.situations import JUNE, MONTHS, SALES, asset, situation

QUEUED, RUNNING, MISSING = PartitionState.QUEUED, PartitionState.RUNNING, PartitionState.MISSING


def stage_of(*, strategy: BackfillStrategy | None = None, last: str = "2024-06-10") -> Stage:
    request = BackfillRequest(
        selection=("orders",), partition_range=PartitionKeyRange.single("2024-06-01", last), strategy=strategy
    )
    return make_plan(request, situation(asset("orders"))).stages[0]


def queue_of(stage: Stage, remaining: list[int], first_run: int = 100) -> RunQueue:
    return RunQueue(
        stage,
        first_run,
        np.array(remaining, dtype=np.int64),
        backfill_id="b1",
        config={"orders": {"limit": 1}, "returns": {"limit": 2}},
        tags=(("team", "stock"),),
        retry=None,
    )


def task(number: int, ordinals: list[int], assets: tuple[str, ...] = ("orders",)) -> RunTask:
    return RunTask(number, "b", assets, JUNE.fingerprint, Subset.of(ordinals), False)


# The queue


def test_the_queue_gives_the_runs_that_remain_in_their_order() -> None:
    queue = queue_of(stage_of(), [101, 104, 109])
    tasks = [*queue.take(2), *queue.take(5)]
    assert [(one.run_number, list(one.subset)) for one in tasks] == [(101, [1]), (104, [4]), (109, [9])]
    assert tasks[0].grid == JUNE.fingerprint
    assert tasks[0].config == {"orders": {"limit": 1}}
    assert (len(queue), queue.take(1)) == (0, [])


def test_the_queue_of_a_batched_stage_gives_all_keys_of_a_run() -> None:
    (one,) = queue_of(stage_of(strategy=BackfillStrategy.single_run()), [100]).take(3)
    assert (one.subset, one.batched) == (Subset.full(10), True)


def test_what_is_given_back_comes_first_and_what_is_deferred_only_when_it_is_brought_back() -> None:
    queue = queue_of(stage_of(), list(range(100, 106)))
    first, second, third = queue.take(3)
    queue.give_back([first])
    queue.defer([second, third])
    assert (len(queue), queue.deferred) == (6, 2)
    assert [one.run_number for one in queue.take(9)] == [100, 103, 104, 105]
    queue.bring_back()
    assert [one.run_number for one in queue.take(9)] == [101, 102]


@given(st.sets(st.integers(100, 129)), st.lists(st.integers(1, 7), min_size=60, max_size=60))
def test_every_run_is_taken_exactly_once_however_many_at_a_time(remaining: set[int], counts: list[int]) -> None:
    queue = queue_of(stage_of(last="2024-06-30"), sorted(remaining))
    taken = [one.run_number for count in counts for one in queue.take(count)]
    assert taken == sorted(remaining)


# Claims


def test_a_partition_that_is_out_is_busy_until_it_is_released() -> None:
    claims = Claims()
    claims.enter("b1", ["orders"])
    claims.enter("b2", ["orders", "totals"])
    assert claims.claim("b1", [task(1, [3]), task(2, [4])]) == ([task(1, [3]), task(2, [4])], [])
    free, busy = claims.claim("b2", [task(7, [3]), task(8, [5]), task(9, [4, 6])])
    assert [one.run_number for one in free] == [8]
    assert [one.run_number for one in busy] == [7, 9]
    claims.release("b1", [1])
    assert claims.claim("b2", [task(7, [3])])[0] == [task(7, [3])]
    claims.leave("b1")
    assert claims.claim("b2", [task(9, [4, 6])])[0] == [task(9, [4, 6])]


def test_backfills_of_different_assets_do_not_wait_for_each_other() -> None:
    claims = Claims()
    claims.enter("b1", ["orders"])
    claims.enter("b2", ["returns"])
    claims.claim("b1", [task(1, [3])])
    assert claims.claim("b2", [task(2, [3], ("returns",))])[1] == []


def test_runs_over_two_numberings_of_one_asset_count_as_overlapping() -> None:
    claims = Claims()
    claims.enter("b1", ["orders"])
    claims.enter("b2", ["orders"])
    claims.claim("b1", [task(1, [3, 4])])
    other = replace(task(2, [9]), grid="another numbering")
    assert claims.claim("b2", [other]) == ([], [other])


# Masks


def record(number: int, ordinal: int, state: RunState) -> RunRecord:
    return RunRecord(
        run_id=f"r{number}",
        backfill_id="b1",
        index=number,
        assets=("orders",),
        definition_fingerprint=JUNE.fingerprint,
        subset=Subset.of([ordinal]),
        label="",
        state=state,
        started=0.0,
        ended=None,
        error=None,
        failed_partitions=0,
    )


def looks(courses: Courses) -> list[PartitionState]:
    resting = np.full(10, MISSING, dtype=np.uint8)
    return [PartitionState(state) for state in courses.look("orders", JUNE.fingerprint, resting)]


def test_a_mask_follows_its_runs_and_ends_with_its_backfill() -> None:
    courses, stage = Courses(), stage_of(last="2024-06-03")
    (queued,) = courses.put("b1", [stage], [None])
    assert queued.ordinals.tolist() == [0, 1, 2]
    courses.follow([record(1, 0, RunState.RUNNING), record(2, 1, RunState.COMPLETED)])
    assert looks(courses)[:4] == [RUNNING, MISSING, QUEUED, MISSING]
    (left,) = courses.end("b1")
    assert left.ordinals.tolist() == [0, 2]
    assert looks(courses)[:3] == [MISSING] * 3
    assert "b1" not in courses


def test_what_runs_in_one_backfill_shows_over_what_waits_in_another() -> None:
    courses, stage = Courses(), stage_of(last="2024-06-03")
    for backfill in ("b1", "b2"):
        courses.put(backfill, [stage], [None])
    courses.follow([record(1, 0, RunState.RUNNING)])
    assert looks(courses)[0] is RUNNING
    courses.follow([record(1, 0, RunState.COMPLETED)])
    assert looks(courses)[0] is QUEUED
    courses.end("b2")
    assert looks(courses)[0] is MISSING


def test_putting_a_mask_again_touches_only_what_differs() -> None:
    courses, stage = Courses(), stage_of(last="2024-06-05")
    courses.put("b1", [stage], [None])
    (changed,) = courses.put("b1", [stage], [np.array([3, 4], dtype=np.int64)])
    assert changed.ordinals.tolist() == [0, 1, 2]


def test_a_run_without_a_backfill_shows_while_it_runs() -> None:
    courses = Courses()
    courses.follow([replace(record(1, 2, RunState.RUNNING), backfill_id=None)])
    courses.follow([replace(record(2, 7, RunState.RUNNING), backfill_id=None)])
    assert [at for at, state in enumerate(looks(courses)) if state is RUNNING] == [2, 7]
    courses.follow([replace(record(1, 2, RunState.COMPLETED), backfill_id=None)])
    assert [at for at, state in enumerate(looks(courses)) if state is RUNNING] == [7]


# Orders


def test_whoever_gives_an_order_can_wait_until_it_is_obeyed_or_the_driving_ends() -> None:
    control = Control(4)
    assert control.wait_until_obeyed(0) is False
    control.cancel()
    driving = threading.Thread(target=lambda: control.obeyed(control.orders))
    driving.start()
    assert control.wait_until_obeyed(30)
    driving.join()
    control.pause()
    assert not control.wait_until_obeyed(0)
    control.ended()
    assert control.wait_until_obeyed(0)


def test_an_order_wakes_the_executor_and_stopping_orders_say_so() -> None:
    control, woken = Control(4), []
    control.wake_by(lambda: woken.append(True))
    control.set_max_concurrency(2)
    control.resume(with_new_code=True)
    assert (control.orders.max_concurrency, control.orders.code, len(woken)) == (2, 1, 2)
    assert not control.orders.must_stop
    control.interrupt()
    assert control.orders.must_stop


# Blocking


def test_only_what_reads_a_failed_partition_is_blocked_and_the_reason_names_it() -> None:
    assets = (asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    present = situation(*assets)
    plan = make_plan(BackfillRequest(all_partitions=True, selection=("orders", "bill")), present)
    failed = np.array([4], dtype=np.int64)
    blocking = Blocking.of(
        plan.stages[1],
        plan.stages[:1],
        present.spec,
        Links(present.spec, present.definitions),
        lambda _: failed,
    )
    assert blocking.blocked(np.arange(12, dtype=np.int64)).tolist() == [5]
    assert "orders 2024-06-05" in blocking.reason(5)


def test_nothing_is_blocked_when_nothing_failed() -> None:
    assets = (asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    present = situation(*assets)
    plan = make_plan(BackfillRequest(all_partitions=True, selection=("orders", "bill")), present)
    links = Links(present.spec, present.definitions)
    none = np.empty(0, dtype=np.int64)
    assert not Blocking.of(plan.stages[1], plan.stages[:1], present.spec, links, lambda _: none)


# Values


def test_planned_keys_are_made_one_by_one_in_the_order_of_the_runs() -> None:
    request = BackfillRequest(selection=("sales",), all_partitions=True, order="newest_first")
    keys = PlannedKeys(make_plan(request, situation(asset("sales", SALES))))
    assert len(keys) == 90
    assert str(keys[0]) == "day=2024-06-30|store=oslo"
    assert keys[-1] == keys[89]
    assert [str(key) for key in keys[1:3]] == ["day=2024-06-30|store=bergen", "day=2024-06-30|store=tromso"]
    assert list(keys)[5] == keys[5]


def test_secrets_are_left_out_of_config_however_deep_they_lie() -> None:
    spec = situation(asset("orders", secret_fields=("token", "shop.password"))).spec
    config = {"orders": {"token": "x", "limit": 2, "shop": {"password": "y", "name": "oslo"}}}
    assert without_secrets(config, spec) == {"orders": {"limit": 2, "shop": {"name": "oslo"}}}


def test_what_is_given_again_replaces_single_settings_however_deep_they_lie() -> None:
    stored = {"orders": {"limit": 2, "shop": {"name": "oslo"}}, "bills": {"limit": 1}}
    again = {"orders": {"token": "x", "shop": {"password": "y"}}, "visits": {"pin": 4}}
    assert given_again(stored, again) == {
        "orders": {"token": "x", "limit": 2, "shop": {"password": "y", "name": "oslo"}},
        "bills": {"limit": 1},
        "visits": {"pin": 4},
    }
    assert stored["orders"] == {"limit": 2, "shop": {"name": "oslo"}}


class Seen:
    """A database whose last sequence, and a clock whose time, are set by the test."""

    def __init__(self) -> None:
        self.sequence, self.time = 5, 100.0
        self.marks = ReadMarks(lambda: self.sequence, lambda: self.time)

    def at(self, time: float, sequence: int) -> None:
        self.time, self.sequence = time, sequence
        self.marks.look(afresh=True)


def test_a_run_has_read_what_was_there_when_it_was_handed_out() -> None:
    seen = Seen()
    seen.marks.hand_out([1])
    seen.at(101, 6)
    assert (seen.marks.take(1), seen.marks.take(1)) == (5, None)


def test_a_run_that_waited_has_read_what_came_until_it_began() -> None:
    seen = Seen()
    seen.marks.hand_out([1, 2, 3])
    seen.at(101, 6)
    seen.at(102, 9)
    for run, began in ((1, 100.5), (2, 101.5), (3, 103.0)):
        seen.marks.begin(run, began)
    assert [seen.marks.take(run) for run in (1, 2, 3)] == [5, 6, 9]


def test_a_clock_that_is_set_back_never_makes_a_run_look_newer() -> None:
    seen = Seen()
    seen.marks.hand_out([1])
    seen.at(101, 6)
    seen.at(50, 9)
    seen.marks.begin(1, 40.0)
    assert seen.marks.take(1) == 5


# Stale cells


def test_what_was_made_while_stale_cells_were_looked_up_stays_as_it_is() -> None:
    made = np.full(3, PartitionState.COMPLETED, dtype=np.uint8)
    cells = AssetCells("numbering", 1, made.copy(), np.ones(3, dtype=bool))
    every = np.arange(3)
    for position, remade in ((2, [1]), (3, [0, 2])):
        cells.take_unsettled()
        cells.take_over(PartitionsChanged(position, "totals", "numbering", np.array(remade), made[remade]))
        different = cells.settle(every, np.ones(3, dtype=bool))
        assert different.tolist() == [at for at in range(3) if at not in remade]
        cells.resting[:] = made
    cells.take_unsettled()
    assert cells.settle(every, np.ones(3, dtype=bool)).tolist() == [0, 1, 2], "what was made before is not spared"
