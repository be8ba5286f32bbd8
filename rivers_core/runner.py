"""Drives one launched backfill: submits its runs, collects what became of them, and obeys its orders."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rivers_core.claims import Claims
from rivers_core.control import Control, Orders
from rivers_core.exceptions import RiversError
from rivers_core.executors.protocol import Executor
from rivers_core.planning.asked import of_subset, to_subset
from rivers_core.planning.blocking import Blocking
from rivers_core.recorder import GROUP_SECONDS, Recorder
from rivers_core.records import ErrorReport
from rivers_core.run_queue import RunQueue
from rivers_core.states import BackfillState, FailurePolicy, RunState
from rivers_core.steps.task import (
    Grids,
    LogLine,
    PartitionFailure,
    Report,
    ReturnReason,
    RunOutcome,
    RunStarted,
    RunTask,
    TasksReturned,
)

_POLL_SECONDS = 0.25
_BUSY_SECONDS = 0.05  # how soon a partition that another backfill has out is tried again
_MOST_BUSY = 1_024
_SLOW_SUBMIT_SECONDS = 0.02
_MOST_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Course:
    """What a runner has to do: the stages left, each a queue of runs and a look at what blocks them.

    `blocking` is asked when its stage begins, when everything before it is in the database.
    """

    owner: str
    stages: Sequence[tuple[RunQueue, Callable[[], Blocking]]]
    grids: Grids
    failure_policy: FailurePolicy


@dataclass(frozen=True, slots=True)
class Ending:
    """How the driving ended. `state` is None when every run had its end: the counts then say how it went."""

    state: BackfillState | None
    error: str | None = None


class Runner:
    """One use: `run` returns when nothing of the backfill is under way any more."""

    def __init__(
        self,
        course: Course,
        *,
        make_executor: Callable[[], Executor],
        recorder: Recorder,
        control: Control,
        claims: Claims,
        state: BackfillState = BackfillState.REQUESTED,
        lost_code: str | None = None,
    ) -> None:
        """`lost_code` says why the code cannot be run as it is: the backfill then waits, paused, to be resumed."""
        self._course = course
        self._stops_at_failure = course.failure_policy is FailurePolicy.STOP_ON_FAILURE
        self._make_executor = make_executor
        self._recorder = recorder
        self._control = control
        self._claims = claims
        if lost_code is not None:
            control.pause()
        # Whatever was ordered before the start is obeyed like what comes later, but for a pause, which is kept.
        self._orders = Orders(control.orders.max_concurrency, paused=control.orders.paused)
        self._state = state
        self._out: dict[int, RunTask] = {}
        self._begun: set[int] = set()  # of those that are out
        self._unanswered: Orders | None = None
        self._cut: dict[int, tuple[PartitionFailure, ...]] = {}
        self._chunk = 1
        self._retry_at = 0.0
        self._stop: Ending | None = None
        self._lost_code = lost_code
        self._must_reopen = False

    def run(self) -> Ending:
        """Drive the backfill to an end; raises only what is a bug, with nothing left under way."""
        self._enter(BackfillState.PAUSED if self._orders.paused else BackfillState.IN_PROGRESS, self._lost_code)
        self._executor = self._make_executor()
        self._control.wake_by(self._wake)
        try:
            self._open()
            for queue, blocking in self._course.stages:
                self._drive(queue, blocking)
                if self._stop is not None:
                    return self._stop
        except RiversError as error:
            return Ending(BackfillState.INTERRUPTED, str(error))
        else:
            return Ending(None)
        finally:
            self._control.wake_by(lambda: None)
            self._executor.close()
            self._claims.release(self._course.owner, self._out)
            self._recorder.put()

    def _open(self) -> None:
        self._executor.open(self._course.grids, stops_at_failure=self._stops_at_failure)

    def _wake(self) -> None:
        self._executor.wake()

    def _drive(self, queue: RunQueue, blocking_of: Callable[[], Blocking]) -> None:
        self._recorder.flush()
        blocking = blocking_of()
        while True:
            self._obey()
            took = self._may_start() and self._submit(queue, blocking)
            if not self._out and (self._stop is not None or not queue):
                return
            if self._out or not took:
                self._wait(queue)
            self._recorder.put_if_due()

    # Orders

    def _obey(self) -> None:
        orders = self._control.orders
        if orders is not self._orders:
            self._carry_out(orders)
            self._unanswered = orders
        if self._unanswered is not None and not self._may_still_begin():
            if self._orders.paused and self._stop is None:
                self._enter(BackfillState.PAUSED, self._lost_code)  # whoever sees that may rely on it
            self._control.obeyed(self._unanswered)
            self._unanswered = None

    def _carry_out(self, orders: Orders) -> None:
        before, self._orders = self._orders, orders
        if orders.must_stop and self._stop is None:
            self._stop_all(self._stopped_by(orders))
        elif self._stop is None:
            self._obey_pause(before, orders)
            if orders.max_concurrency < before.max_concurrency:
                self._executor.recall()

    def _may_still_begin(self) -> bool:
        """Whether a run that should not start any more still waits with a worker, which may be taking it up now."""
        stopping = self._stop is not None or self._orders.paused
        return stopping and not self._out.keys() <= self._begun

    def _stopped_by(self, orders: Orders) -> Ending:
        if orders.failure is not None:
            return Ending(BackfillState.INTERRUPTED, str(orders.failure))
        if orders.canceled:
            return Ending(BackfillState.CANCELED)
        if self._state is BackfillState.PAUSED and not self._out:
            return Ending(BackfillState.PAUSED, self._lost_code)
        return Ending(BackfillState.INTERRUPTED, "The program was closed. Resume the backfill to run what is left.")

    def _obey_pause(self, before: Orders, orders: Orders) -> None:
        if orders.paused and not before.paused:
            self._executor.recall()
        elif before.paused and not orders.paused:
            self._must_reopen = self._must_reopen or self._lost_code is not None or orders.code != before.code
            self._enter(BackfillState.IN_PROGRESS)

    def _reopen(self) -> None:
        """A fresh executor, for code that may have changed; nothing of the old one is under way."""
        self._executor.close()
        self._executor = self._make_executor()
        self._open()
        self._lost_code = None
        self._must_reopen = False

    def _enter(self, state: BackfillState, error: str | None = None) -> None:
        if state is not self._state:
            self._state = state
            self._recorder.change_state(state, error)

    def _stop_all(self, ending: Ending) -> None:
        """Nothing starts any more, and what runs is stopped."""
        self._stop = ending
        if ending.state in (BackfillState.CANCELED, BackfillState.FAILED):
            self._enter(BackfillState.CANCELING, ending.error)
        if self._out:
            self._executor.stop(tuple(self._out))

    # Runs on their way out

    def _may_start(self) -> bool:
        if self._stop is not None or self._orders.paused:
            return False
        if self._must_reopen and not self._out:
            self._reopen()
        return self._lost_code is None and not self._must_reopen

    def _submit(self, queue: RunQueue, blocking: Blocking) -> bool:
        """Start what there is room for; whether the queue got shorter."""
        room = min(self._executor.capacity(self._orders.max_concurrency), self._chunk) if queue else 0
        if room <= 0:
            return False
        if queue.deferred and time.monotonic() >= self._retry_at:
            queue.bring_back()
        if queue.deferred >= _MOST_BUSY:
            return False
        taken = queue.take(room)
        free, busy = self._claims.claim(self._course.owner, self._screened(taken, blocking) if blocking else taken)
        if busy:
            self._retry_at = time.monotonic() + _BUSY_SECONDS
            queue.defer(busy)
        if free:
            self._start(free)
        return bool(taken)

    def _start(self, tasks: Sequence[RunTask]) -> None:
        self._out.update((task.run_number, task) for task in tasks)
        self._recorder.hand_out(task.run_number for task in tasks)
        began = time.monotonic()
        self._executor.submit(tasks)
        # An executor that runs tasks within submit() gets fewer at once when they are long, to obey orders soon.
        slow = time.monotonic() - began > _SLOW_SUBMIT_SECONDS
        self._chunk = max(1, self._chunk // 2) if slow else min(_MOST_AT_ONCE, self._chunk * 2)

    def _screened(self, tasks: Sequence[RunTask], blocking: Blocking) -> list[RunTask]:
        """What can be computed of these tasks; none once a failure has stopped the backfill."""
        screened = [kept for task in tasks if (kept := self._unblocked(task, blocking)) is not None]
        return screened if self._stop is None else []

    def _unblocked(self, task: RunTask, blocking: Blocking) -> RunTask | None:
        """The task without partitions whose upstream failed; a task of nothing else fails here and now."""
        lone = task.grid is None
        ordinals = np.zeros(1, dtype=np.int64) if lone else of_subset(task.subset)
        blocked = blocking.blocked(ordinals)
        if not len(blocked):
            return task
        failures = tuple(
            PartitionFailure(asset, -1 if lone else ordinal, blocking.reason(ordinal))
            for ordinal in blocked.tolist()
            for asset in task.assets
        )
        if len(blocked) < len(ordinals):
            self._cut[task.run_number] = failures
            return replace(task, subset=to_subset(np.setdiff1d(ordinals, blocked)))
        now = time.time()
        error = ErrorReport("UpstreamFailed", failures[0].message)
        self._end(RunOutcome(task.run_number, RunState.FAILED, now, now, failures=failures, error=error))
        return None

    # Reports on their way in

    def _wait(self, queue: RunQueue) -> None:
        if not self._out:
            self._recorder.put()
            idle = self._orders.paused
            self._control.wait_for_orders(self._orders, _POLL_SECONDS if idle else _BUSY_SECONDS)
            return
        patience = GROUP_SECONDS if self._recorder.has_waiting else _BUSY_SECONDS if queue.deferred else _POLL_SECONDS
        if not self._out.keys() <= self._begun:
            self._recorder.look()
        for report in self._executor.collect(patience):
            self._take_in(report, queue)

    def _take_in(self, report: Report, queue: RunQueue) -> None:
        match report:
            case RunStarted():
                self._begun.add(report.run_number)
                self._recorder.start(report)
            case LogLine():
                self._recorder.line(report)
            case RunOutcome():
                self._out.pop(report.run_number, None)
                self._begun.discard(report.run_number)
                self._claims.release(self._course.owner, (report.run_number,))
                self._end(self._completed_by_cut(report))
            case TasksReturned():
                self._take_back(report, queue)

    def _completed_by_cut(self, outcome: RunOutcome) -> RunOutcome:
        cut = self._cut.pop(outcome.run_number, None)
        return outcome if cut is None else replace(outcome, failures=outcome.failures + cut)

    def _end(self, outcome: RunOutcome) -> None:
        if outcome.state is RunState.CANCELED and self._leaves_runs_open():
            return
        self._recorder.end(outcome)
        if outcome.has_failure and self._stops_at_failure and self._stop is None:
            self._stop_all(Ending(BackfillState.FAILED, f"Stopped at the first failure: {_reason(outcome)}"))

    def _leaves_runs_open(self) -> bool:
        """Whether runs that are stopped now are to be run again when the backfill is resumed."""
        return self._stop is not None and self._stop.state is BackfillState.INTERRUPTED

    def _take_back(self, returned: TasksReturned, queue: RunQueue) -> None:
        tasks = [self._out.pop(number) for number in returned.run_numbers if number in self._out]
        self._claims.release(self._course.owner, returned.run_numbers)
        queue.give_back(tasks)
        if returned.reason is not ReturnReason.RECALLED and self._lost_code is None:
            self._lost_code = returned.message or "The project's code changed while the backfill ran."
            self._control.pause()


def _reason(outcome: RunOutcome) -> str:
    if outcome.error is not None:
        return outcome.error.summary
    return outcome.failures[0].message if outcome.failures else "a run failed."
