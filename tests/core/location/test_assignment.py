"""Whose tasks a worker gets next: fair shares, wishes, pools, and how far ahead."""

from __future__ import annotations

import pytest

from rivers_core.location.assignment import Demand, PoolRules, refill_for, share_for
from rivers_core.location.session import AHEAD_SECONDS, DEEPEST, Session
from rivers_core.location.spec import AssetSpec, RepositorySpec
from rivers_core.partitions.subset import Subset
from rivers_core.steps.task import Grids, ReturnReason, RunTask, TasksReturned

RULES = PoolRules.of(
    RepositorySpec(
        assets=(AssetSpec(name="rain", computation="rain", pool="gate"), AssetSpec(name="flood", computation="flood")),
        pool_limits={"gate": 1},
    )
)


class StaffedWorker:
    """As much of a worker as the decision looks at."""

    def __init__(self, session: Session | None, tasks: int = 1, pools: frozenset[str] = frozenset()) -> None:
        self.session = session
        self.tasks = dict.fromkeys(range(tasks))
        self.pools = pools


def session(number: int, waiting: int = 5, wanted: int = 4, asset: str = "flood") -> Session:
    made = Session(number, Grids({}, {}), "")
    made.wanted = wanted
    made.waiting.extend(RunTask(at, "b1", (asset,), None, Subset(), False) for at in range(waiting))
    return made


def numbers(demand: Demand) -> list[int]:
    return [one.number for one in demand.eligible()]


def test_who_has_fewest_workers_comes_first_and_then_who_waited_longest():
    one, two, three = session(1), session(2), session(3)
    one.last_served, two.last_served, three.last_served = 9, 4, 7
    demand = Demand([one, two, three], [StaffedWorker(two)], PoolRules())
    assert numbers(demand) == [3, 1, 2]


def test_nobody_gets_more_workers_than_wanted():
    one = session(1, wanted=1)
    assert numbers(Demand([one], [StaffedWorker(one)], PoolRules())) == []


def test_nobody_without_tasks_or_halted_is_served():
    idle, halted = session(1, waiting=0), session(2)
    halted.halted = True
    assert numbers(Demand([idle, halted], [], PoolRules())) == []


def test_a_pool_that_is_held_up_to_its_limit_lets_nobody_else_in():
    holding, waiting, other = session(1, asset="rain"), session(2, asset="rain"), session(3)
    worker = StaffedWorker(holding, pools=frozenset({"gate"}))
    assert numbers(Demand([holding, waiting, other], [worker], RULES)) == [3]
    assert set(numbers(Demand([holding, waiting, other], [], RULES))) == {1, 2, 3}


@pytest.mark.parametrize(("mine", "theirs", "yields"), [(1, 0, True), (2, 1, False), (3, 1, True), (2, 0, True)])
def test_a_session_yields_to_those_with_far_fewer_workers(mine, theirs, yields):
    one, two = session(1), session(2)
    workers = [StaffedWorker(one)] * mine + [StaffedWorker(two)] * theirs
    assert Demand([one, two], workers, PoolRules()).must_yield(one) is yields


def test_long_runs_are_sent_one_by_one_and_short_ones_ahead():
    one = session(1, waiting=1000)
    assert share_for(one, 2) == 1
    one.learn(AHEAD_SECONDS * 3)
    assert one.depth == 1
    one = session(1, waiting=1000)
    one.learn(AHEAD_SECONDS / 10)
    assert one.depth == 11
    assert share_for(one, 2) == 11
    one = session(1, waiting=1000)
    one.learn(0.0)
    assert one.depth == DEEPEST


def test_an_idle_worker_leaves_as_much_for_the_others():
    one = session(1, waiting=10)
    one.learn(0.0)
    assert share_for(one, 2) == 5
    assert share_for(one, 8) == 3


def test_a_queue_is_refilled_once_it_is_half_empty():
    one = session(1, waiting=1000)
    one.learn(AHEAD_SECONDS / 10)
    assert refill_for(one, StaffedWorker(one, tasks=6), PoolRules()) == 0
    assert refill_for(one, StaffedWorker(one, tasks=5), PoolRules()) == 6
    assert refill_for(session(2), StaffedWorker(None, tasks=0), PoolRules()) == 0


def test_capacity_counts_what_waits_close_to_the_workers():
    one = session(1, wanted=4)
    assert one.limit(2) == 2
    one.learn(AHEAD_SECONDS / 10)
    assert one.limit(2) == 2 * 11 * 2
    one.wanted = 1
    assert one.limit(2) == 11 * 2


def test_tasks_of_one_kind_are_taken_together_in_order():
    one = session(1, waiting=3)
    one.waiting.append(RunTask(9, "b1", ("rain",), None, Subset(), False))
    assert [task.run_number for task in one.take(10)] == [0, 1, 2]
    assert [task.run_number for task in one.take(10)] == [9]


def test_a_halted_session_gives_everything_back_once():
    one = session(1, waiting=2)
    one.postponed.append((0.0, RunTask(7, "b1", ("rain",), None, Subset(), False)))
    one.halt(ReturnReason.CODE_CHANGED, "it changed")
    one.halt(ReturnReason.LOAD_FAILED, "again")
    assert one.collect(0) == [TasksReturned((0, 1, 7), ReturnReason.CODE_CHANGED, "it changed")]


def test_postponed_tasks_come_first_when_their_time_has_come():
    one = session(1, waiting=1)
    late, soon = (RunTask(number, "b1", ("rain",), None, Subset(), False) for number in (8, 9))
    one.postponed += [(20.0, late), (10.0, soon)]
    one.resume_postponed(15.0)
    assert [task.run_number for task in one.waiting] == [9, 0]
    assert one.postponed == [(20.0, late)]
