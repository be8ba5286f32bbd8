"""The runs of a stage are handed out in the plan's order, also those that come back unstarted."""

from __future__ import annotations

import numpy as np

from rivers_core.planning.plan import Stage
from rivers_core.run_queue import RunQueue
from tests.core.engine.shops import JUNE


def queue_of(runs: int) -> RunQueue:
    ordinals = np.arange(runs, dtype=np.int64)
    states = np.zeros(runs, dtype=np.uint8)
    bounds = np.arange(runs + 1, dtype=np.int64)
    stage = Stage(("orders",), JUNE, ordinals, bounds, False, "one run per partition", states)
    return RunQueue(stage, 1, ordinals + 1, backfill_id="b1", config={}, tags=(), retry=None)


def test_what_is_given_back_in_any_order_is_taken_in_the_plans_order() -> None:
    queue = queue_of(9)
    out = queue.take(6)
    queue.give_back([out[5], out[4]])
    queue.give_back([out[1], out[3]])
    assert [task.run_number for task in queue.take(6)] == [2, 4, 5, 6, 7, 8]
    assert len(queue) == 1


def test_what_was_deferred_comes_before_all_others_once_it_is_brought_back() -> None:
    queue = queue_of(5)
    queue.defer(queue.take(2))
    assert [task.run_number for task in queue.take(1)] == [3]
    queue.bring_back()
    assert [task.run_number for task in queue.take(3)] == [1, 2, 4]
    assert queue.deferred == 0
