"""Carries out runs in the worker processes of a project."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rivers_core.location.pool import WorkerPool
from rivers_core.location.session import Session
from rivers_core.steps.task import Grids, Report, RunOutcome, RunTask, TasksReturned

LEAVE_SECONDS = 10.0


class WorkerProcessExecutor:
    """An Executor over a pool that other backfills share.

    `fingerprint` is the code the tasks were planned with; tasks come back when a worker holds other code.
    """

    def __init__(self, pool: WorkerPool, *, fingerprint: str | None = None) -> None:
        self._pool = pool
        self._fingerprint = fingerprint or ""
        self._session: Session | None = None
        self._out = 0

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None:
        """Load the code if it is not loaded yet; raises CodeLocationError."""
        self._session = self._pool.open_session(grids, self._fingerprint, stops_at_failure=stops_at_failure)
        self._dispatcher = self._pool.dispatcher

    def capacity(self, wanted: int) -> int:
        session = self._opened
        session.wanted = wanted
        return 0 if session.halted else max(0, session.limit(self._pool.slots) - self._out)

    def submit(self, tasks: Sequence[RunTask]) -> None:
        self._out += len(tasks)
        self._dispatcher.submit(self._opened, list(tasks))

    def collect(self, timeout: float) -> list[Report]:
        reports = self._opened.collect(timeout)
        for report in reports:
            if isinstance(report, RunOutcome):
                self._out -= 1
            elif isinstance(report, TasksReturned):
                self._out -= len(report.run_numbers)
        return reports

    def stop(self, run_numbers: Collection[int]) -> None:
        self._dispatcher.stop(self._opened, run_numbers)

    def recall(self) -> None:
        self._dispatcher.recall(self._opened)

    def wake(self) -> None:
        if self._session is not None:
            self._session.report([])

    def close(self) -> None:
        """Kill the workers that still run something of this executor."""
        session, self._session = self._session, None
        if session is not None:
            self._dispatcher.leave(session).result(LEAVE_SECONDS)

    @property
    def _opened(self) -> Session:
        assert self._session is not None  # the runner opens before it submits
        return self._session
