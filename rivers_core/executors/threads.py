"""Carries out runs in threads of this process: what a script uses."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from rivers_core.assets.definitions import Definitions
from rivers_core.assets.resource import OpenResources
from rivers_core.executors.local_runs import LocalRuns
from rivers_core.executors.permits import PoolPermits
from rivers_core.states import RunState
from rivers_core.steps.task import Grids, Report, ReturnReason, RunOutcome, RunTask, TasksReturned
from rivers_core.steps.watch import Unwatched

AHEAD = 64  # short runs that wait for each thread


def default_workers() -> int:
    """Runs mostly wait for files, databases and libraries that let other threads run."""
    return min(32, (os.cpu_count() or 1) + 4)


class _AskedRun(Unwatched):
    """A run that can only be asked to stop."""

    def __init__(self) -> None:
        self._asked = Event()

    def ask(self) -> None:
        self._asked.set()

    def is_canceled(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        self._asked.wait(seconds)


class ThreadExecutor:
    """An Executor over at most `max_workers` threads; `stop` asks, by `context.canceled`.

    `permits` is shared by the executors of one repository, whose pools are limited over all of them.
    """

    def __init__(
        self,
        definitions: Definitions,
        *,
        max_workers: int | None = None,
        outputs: str | Path | None = None,
        default_handler: Any = None,  # an IO handler of the user's or ours
        resources: OpenResources | None = None,
        permits: PoolPermits | None = None,
    ) -> None:
        self._runs = LocalRuns(definitions, outputs, default_handler, resources)
        self._permits = permits or PoolPermits(definitions.pool_limits)
        self._changed = self._permits.changed
        self._max_workers = max_workers or default_workers()
        self._wanted = 1
        self._waiting: deque[RunTask] = deque()
        self._running: dict[int, _AskedRun] = {}
        self._threads: list[Thread] = []
        self._reports: SimpleQueue[Sequence[Report]] = SimpleQueue()
        self._out = 0
        self._mean_seconds = 1.0
        self._closing = False
        self._stops_at_failure = False
        self._barred = False  # nothing begins any more

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None:
        self._stops_at_failure = stops_at_failure
        self._runs.open(grids)

    def capacity(self, wanted: int) -> int:
        self._wanted = wanted
        workers = min(wanted, self._max_workers)
        ahead = AHEAD if self._mean_seconds < 0.001 else 1
        return max(0, workers * ahead - self._out)

    def submit(self, tasks: Sequence[RunTask]) -> None:
        self._out += len(tasks)
        with self._changed:
            self._waiting.extend(tasks)
            self._start_missing_threads()
            self._changed.notify_all()

    def collect(self, timeout: float) -> list[Report]:
        reports: list[Report] = []
        try:
            reports += self._reports.get(timeout=timeout) if timeout > 0 else self._reports.get_nowait()
            while True:
                reports += self._reports.get_nowait()
        except Empty:
            self._out -= sum(_answered(report) for report in reports)
            return reports

    def stop(self, run_numbers: Collection[int]) -> None:
        wanted = set(run_numbers)
        with self._changed:
            stopped = [task for task in self._waiting if task.run_number in wanted]
            self._waiting = deque(task for task in self._waiting if task.run_number not in wanted)
            for number in wanted & self._running.keys():
                self._running[number].ask()
        self._reports.put(_canceled(stopped))

    def recall(self) -> None:
        with self._changed:
            waiting, self._waiting = self._waiting, deque()
        numbers = tuple(task.run_number for task in waiting)
        self._reports.put([TasksReturned(numbers, ReturnReason.RECALLED)] if numbers else [])

    def wake(self) -> None:
        self._reports.put([])

    def close(self) -> None:
        """Ask what runs to stop, and wait until it has; a thread cannot be killed."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            for run in self._running.values():
                run.ask()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._runs.close()

    def _start_missing_threads(self) -> None:
        missing = min(self._wanted, self._max_workers, len(self._running) + len(self._waiting)) - len(self._threads)
        for _ in range(missing):
            thread = Thread(target=self._work, name=f"rivers run {len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            task, pools, run = taken
            began = time.monotonic()
            try:
                self._runs.carry_out(task, run, self._tell)
            finally:
                with self._changed:
                    del self._running[task.run_number]
                    self._mean_seconds += 0.2 * (time.monotonic() - began - self._mean_seconds)
                    self._permits.give_back(pools)

    def _tell(self, reports: Sequence[Report]) -> None:
        """Before anybody can know of a failure, no other thread may begin a run any more."""
        if self._stops_at_failure and any(isinstance(report, RunOutcome) and report.has_failure for report in reports):
            with self._changed:
                self._barred = True
        self._reports.put(reports)

    def _take(self) -> tuple[RunTask, frozenset[str], _AskedRun] | None:
        """The next task that may run now, with the pools it holds; waits for one, None at the end."""
        with self._changed:
            while not self._closing:
                if self._waiting and len(self._running) < self._wanted and not self._barred:
                    task = self._waiting[0]
                    pools = self._runs.pools_of(task)
                    if self._permits.take(pools):
                        self._waiting.popleft()
                        self._running[task.run_number] = run = _AskedRun()
                        return task, pools, run
                self._changed.wait()
        return None


def _answered(report: Report) -> int:
    match report:
        case RunOutcome():
            return 1
        case TasksReturned():
            return len(report.run_numbers)
        case _:
            return 0


def _canceled(tasks: Iterable[RunTask]) -> list[Report]:
    now = time.time()
    return [RunOutcome(task.run_number, RunState.CANCELED, now, now) for task in tasks]
