"""Drives an executor as a runner would, and keeps what it reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from rivers_core.executors.protocol import Executor
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.steps.task import Grids, LogLine, Report, RunOutcome, RunStarted, RunTask, TasksReturned

DAYS = PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2030, 1, 1))
PATIENCE = 60.0  # seconds after which a test has failed; nothing waits for them to pass


def grids_of(*assets: str, definition: PartitionsDefinition = DAYS) -> Grids:
    return Grids(dict.fromkeys(assets, definition.fingerprint), {definition.fingerprint: definition.to_spec()})


def task_of(number: int, *assets: str, ordinals: Iterable[int] | None = (0,), **changes) -> RunTask:
    """A run of these assets; over no partitions where `ordinals` is None."""
    given = {
        "run_number": number,
        "backfill_id": "b1",
        "assets": assets,
        "grid": None if ordinals is None else DAYS.fingerprint,
        "subset": Subset() if ordinals is None else Subset.of(ordinals),
        "batched": False,
        **changes,
    }
    return RunTask(**given)


class Driver:
    """`reports` holds everything that was collected, in order."""

    def __init__(self, executor: Executor, grids: Grids, wanted: int = 2, *, stops_at_failure: bool = False) -> None:
        self.executor = executor
        self.wanted = wanted
        self.reports: list[Report] = []
        executor.open(grids, stops_at_failure=stops_at_failure)
        executor.capacity(wanted)

    def submit(self, *tasks: RunTask) -> None:
        self.executor.submit(tasks)

    def run(self, *tasks: RunTask) -> list[RunOutcome]:
        """Submit tasks as there is room and wait for all; their outcomes in the order of the tasks."""
        waiting = list(tasks)
        numbers = {task.run_number for task in tasks}

        def go_on() -> bool:
            room = self.executor.capacity(self.wanted)
            if room and waiting:
                self.executor.submit(waiting[:room])
                del waiting[:room]
            return numbers <= self.outcomes.keys()

        self.until(go_on)
        return [self.outcomes[task.run_number] for task in tasks]

    def until(self, reached: Callable[[], bool]) -> None:
        """Collect until something holds; fails when that takes unreasonably long."""
        began = time.monotonic()
        while not reached():
            assert time.monotonic() - began < PATIENCE, f"it never came to that; reported so far: {self.reports[-20:]}"
            self.reports += self.executor.collect(0.05)

    def until_started(self, *numbers: int) -> None:
        self.until(lambda: set(numbers) <= self.started)

    def until_ended(self, *numbers: int) -> list[RunOutcome]:
        self.until(lambda: set(numbers) <= self.outcomes.keys())
        return [self.outcomes[number] for number in numbers]

    @property
    def outcomes(self) -> dict[int, RunOutcome]:
        return {report.run_number: report for report in self.reports if isinstance(report, RunOutcome)}

    @property
    def started(self) -> set[int]:
        return {report.run_number for report in self.reports if isinstance(report, RunStarted)}

    @property
    def returned(self) -> list[TasksReturned]:
        return [report for report in self.reports if isinstance(report, TasksReturned)]

    def lines(self, number: int) -> list[LogLine]:
        return [report for report in self.reports if isinstance(report, LogLine) and report.run_number == number]

    def texts(self, number: int, source: str) -> list[str]:
        return [line.text for line in self.lines(number) if line.source == source]
