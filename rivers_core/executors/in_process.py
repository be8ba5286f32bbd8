"""Carries out one run after another in the calling thread, to debug with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from rivers_core.assets.definitions import Definitions
from rivers_core.assets.resource import OpenResources
from rivers_core.executors.local_runs import LocalRuns
from rivers_core.steps.task import Grids, Report, ReturnReason, RunTask, TasksReturned
from rivers_core.steps.watch import Unwatched

MOST_AT_ONCE = 256  # runs within one `submit`


class _DebuggedRun(Unwatched):
    # Ctrl-C in a terminal is for the script, not for the asset that happens to run.
    passes_on: tuple[type[BaseException], ...] = (KeyboardInterrupt,)


class InProcessExecutor:
    """An Executor whose `submit` returns when the runs have ended, or early after a `wake`."""

    def __init__(
        self,
        definitions: Definitions,
        *,
        outputs: str | Path | None = None,
        default_handler: Any = None,  # an IO handler of the user's or ours
        resources: OpenResources | None = None,
    ) -> None:
        self._runs = LocalRuns(definitions, outputs, default_handler, resources)
        self._reports: list[Report] = []
        self._woken = Event()
        self._stops_at_failure = False

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None:
        self._stops_at_failure = stops_at_failure
        self._runs.open(grids)

    def capacity(self, wanted: int) -> int:
        return MOST_AT_ONCE

    def submit(self, tasks: Sequence[RunTask]) -> None:
        """Run the tasks; those that have not begun when another thread calls `wake` are given back."""
        for at, task in enumerate(tasks, start=1):
            outcome = self._runs.carry_out(task, _DebuggedRun(), self._reports.extend)
            must_stop = self._woken.is_set() or (self._stops_at_failure and outcome.has_failure)
            if must_stop and at < len(tasks):
                left = tuple(task.run_number for task in tasks[at:])
                self._reports.append(TasksReturned(left, ReturnReason.RECALLED))
                return

    def collect(self, timeout: float) -> list[Report]:
        if not self._reports:
            self._woken.wait(timeout)
        self._woken.clear()
        reports, self._reports = self._reports, []
        return reports

    def stop(self, run_numbers: Collection[int]) -> None:
        """Nothing to stop: whatever was submitted has ended."""

    def recall(self) -> None:
        """Nothing to give back: whatever was submitted has ended."""

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._runs.close()
