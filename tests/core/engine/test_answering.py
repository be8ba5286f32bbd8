"""An order reaches runs that wait with a worker, and is answered once none of them can begin against it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pytest

from rivers_core.claims import Claims
from rivers_core.control import Control
from rivers_core.executors.protocol import Executor
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.blocking import Blocking
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.recorder import Recorder
from rivers_core.run_queue import RunQueue
from rivers_core.runner import Course, Runner
from rivers_core.states import BackfillState, FailurePolicy, RunState
from rivers_core.steps.task import Grids, Report, ReturnReason, RunOutcome, RunStarted, RunTask, TasksReturned
from rivers_core.storage.stores import Stores

KEYS = PartitionsDefinition.static_([f"k{at}" for at in range(4)])


class SlowToStop:
    """An executor that begins the first of its tasks, and cancels the others one by one after an order.

    `answered` says before each report, and at the end, whether the order was answered.
    """

    def __init__(self, control: Control, order: str) -> None:
        self.answered: list[bool] = []
        self._control = control
        self._order = order
        self._tasks: list[int] = []
        self._reports: list[list[Report]] = []
        self._ordered = False

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None: ...

    def capacity(self, wanted: int) -> int:
        return 0 if self._ordered else 4 - len(self._tasks)

    def submit(self, tasks: Sequence[RunTask]) -> None:
        if not self._tasks:
            self._reports.append([RunStarted(tasks[0].run_number, 1.0)])
        self._tasks += [task.run_number for task in tasks]

    def collect(self, timeout: float) -> list[Report]:
        if self._ordered:
            self.answered.append(self._control.wait_until_obeyed(0))
        if self._reports:
            return self._reports.pop(0)
        if len(self._tasks) == 4 and not self._ordered:
            getattr(self._control, self._order)()
            self._ordered = True
        return []

    def stop(self, run_numbers: Collection[int]) -> None:
        first, *waiting = self._tasks
        self._reports = [[self._canceled(number)] for number in (*waiting, first)]

    def recall(self) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...

    @staticmethod
    def _canceled(number: int) -> RunOutcome:
        return RunOutcome(number, RunState.CANCELED, 1.0, 1.0)


class SendsAhead:
    """An executor of two workers, each with a run that it works on and one that waits behind that.

    Once both work, fewer runs are ordered; from then on `together` says how many run whenever one has ended.
    """

    def __init__(self, control: Control) -> None:
        self.together: list[int] = []
        self._control = control
        self._workers: tuple[list[int], list[int]] = ([], [])
        self._reports: list[Report] = []
        self._ordered = False

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None: ...

    def capacity(self, wanted: int) -> int:
        return 4 - len(self._out()) if not self._ordered else max(0, wanted - len(self._out()))

    def submit(self, tasks: Sequence[RunTask]) -> None:
        for task in tasks:
            queue = min(self._workers, key=len)
            queue.append(task.run_number)
            if len(queue) == 1:
                self._reports.append(RunStarted(task.run_number, 1.0))

    def collect(self, timeout: float) -> list[Report]:
        reports, self._reports = self._reports, []
        if reports:
            return reports
        if len(self._out()) == 4 and not self._ordered:
            self._control.set_max_concurrency(1)
            self._ordered = True
            return []
        return self._end_one()

    def recall(self) -> None:
        returned = [number for queue in self._workers for number in queue[1:]]
        for queue in self._workers:
            del queue[1:]
        self._reports.append(TasksReturned(tuple(returned), ReturnReason.RECALLED))

    def stop(self, run_numbers: Collection[int]) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...

    def _out(self) -> list[int]:
        return [number for queue in self._workers for number in queue]

    def _end_one(self) -> list[Report]:
        """The longer queue's run ends, and what waits behind it begins."""
        queue = max(self._workers, key=len)
        reports: list[Report] = [RunOutcome(queue.pop(0), RunState.COMPLETED, 1.0, 1.0)]
        reports += [RunStarted(number, 1.0) for number in queue[:1]]
        self.together.append(sum(1 for queue in self._workers if queue))
        return reports


def test_runs_that_wait_with_a_worker_come_back_when_fewer_are_to_run_at_a_time() -> None:
    control = Control(2)
    executor = SendsAhead(control)
    with Stores.memory() as stores:
        _runner(stores, control, executor).run()
    assert executor.together == [1, 0, 0, 0]


@pytest.mark.parametrize("order", ["cancel", "interrupt"])
def test_a_stop_is_answered_once_only_begun_runs_are_out(order: str) -> None:
    control = Control(4)
    executor = SlowToStop(control, order)
    with Stores.memory() as stores:
        runner = _runner(stores, control, executor)
        runner.run()
    assert executor.answered == [False, False, False, True]


def _runner(stores: Stores, control: Control, executor: Executor) -> Runner:
    ordinals = np.arange(4, dtype=np.int64)
    stage = Stage(("orders",), KEYS, ordinals, np.arange(5, dtype=np.int64), False, "MultiRun", np.empty(0, np.uint8))
    request = BackfillRequest(selection=("orders",), all_partitions=True)
    record = stores.backfills.insert(BackfillPlan(request, (stage,), (), "code", 0, "all", "MultiRun"))
    launched = stores.backfills.launched(record.backfill_id)
    remaining = np.arange(launched.first_run, launched.first_run + 4, dtype=np.int64)
    queue = RunQueue(
        stage, launched.first_run, remaining, backfill_id=record.backfill_id, config={}, tags=(), retry=None
    )
    claims = Claims()
    claims.enter(record.backfill_id, ["orders"])
    return Runner(
        Course(record.backfill_id, ((queue, lambda: Blocking(())),), Grids({}, {}), FailurePolicy.CONTINUE),
        make_executor=lambda: executor,
        recorder=Recorder(stores, launched),
        control=control,
        claims=claims,
        state=BackfillState.REQUESTED,
    )
