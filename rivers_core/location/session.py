"""One executor's tasks at the worker pool: what waits, how deep to queue ahead, and the reports on their way back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from queue import Empty, SimpleQueue

from rivers_core.location import messages
from rivers_core.location.framing import pack
from rivers_core.steps.task import Grids, Report, ReturnReason, RunOutcome, RunTask, TasksReturned

# Runs shorter than this are sent to a worker several at a time, so that it never waits for the engine.
AHEAD_SECONDS = 0.02
DEEPEST = 256


class Session:
    """Shared by the runner's thread (`capacity`, `collect`) and the dispatcher's, which owns all the rest.

    `fingerprint` is the code the tasks are meant for; "" takes any. With `stops_at_failure` workers are given one
    task at a time, and none after a run with a failure.
    """

    def __init__(self, number: int, grids: Grids, fingerprint: str, *, stops_at_failure: bool = False) -> None:
        self.number = number
        self.fingerprint = fingerprint
        self.grids_message = pack([messages.GRIDS, number, messages.write_grids(grids)])
        self.wanted = 1
        self.depth = 1
        self.halted = False
        self.is_barred = False  # nothing of it begins any more
        self.last_served = 0
        self.waiting: deque[RunTask] = deque()
        self.postponed: list[tuple[float, RunTask]] = []
        self.losses: dict[int, int] = {}
        self.false_starts = 0
        self.template_messages: list[bytes] = []
        self._templates: list[RunTask] = []
        self._stops_at_failure = stops_at_failure
        self._mean_seconds: float | None = None
        self._reports: SimpleQueue[list[Report]] = SimpleQueue()

    def report(self, reports: list[Report]) -> None:
        """Hand reports to the runner; none just wakes it."""
        if self._stops_at_failure and any(isinstance(one, RunOutcome) and one.has_failure for one in reports):
            self.is_barred = True
        self._reports.put(reports)

    def collect(self, timeout: float) -> list[Report]:
        """All reports there are; waits `timeout` seconds for the first."""
        collected: list[Report] = []
        try:
            collected += self._reports.get(timeout=timeout) if timeout > 0 else self._reports.get_nowait()
            while True:
                collected += self._reports.get_nowait()
        except Empty:
            return collected

    def give_back(self, tasks: Iterable[RunTask], reason: ReturnReason, message: str = "") -> None:
        """Report tasks that have not started as the runner's again."""
        numbers = tuple(task.run_number for task in tasks)
        if numbers or reason is not ReturnReason.RECALLED:
            self.report([TasksReturned(numbers, reason, message)])

    def halt(self, reason: ReturnReason, message: str) -> None:
        """Take no more tasks and give back what waits; told once."""
        if self.halted:
            return
        self.halted = True
        tasks = [*self.waiting, *(task for _, task in self.postponed)]
        self.waiting.clear()
        self.postponed.clear()
        self.give_back(tasks, reason, message)

    def withdraw(self, numbers: frozenset[int]) -> list[RunTask]:
        """Take these tasks out of what waits; those that did."""
        tasks = [*self.waiting, *(task for _, task in self.postponed)]
        withdrawn = [task for task in tasks if task.run_number in numbers]
        if withdrawn:
            self.waiting = deque(task for task in self.waiting if task.run_number not in numbers)
            self.postponed = [item for item in self.postponed if item[1].run_number not in numbers]
        return withdrawn

    def template_of(self, task: RunTask) -> int:
        """The number of the template that has all of a task but its number and partitions."""
        for number in range(len(self._templates) - 1, -1, -1):
            if messages.same_template(self._templates[number], task):
                return number
        number = len(self._templates)
        self._templates.append(task)
        message = [messages.TEMPLATE, self.number, number, messages.write_template(task)]
        self.template_messages.append(pack(message))
        return number

    def learn(self, seconds: float) -> None:
        """Take the length of a run into account for how far ahead to send."""
        if self._stops_at_failure:
            return
        mean = self._mean_seconds
        self._mean_seconds = seconds if mean is None else mean + 0.2 * (seconds - mean)
        self.depth = min(DEEPEST, 1 + int(AHEAD_SECONDS / max(self._mean_seconds, 1e-6)))

    def limit(self, slots: int) -> int:
        """How many tasks may be out; where runs are short, as many wait here as in the workers."""
        depth = self.depth
        return min(self.wanted, slots) * (depth if depth == 1 else 2 * depth)

    def take(self, count: int) -> Sequence[RunTask]:
        """The next `count` waiting tasks that share their assets, in order."""
        waiting = self.waiting
        taken = [waiting.popleft()]
        while len(taken) < count and waiting and waiting[0].assets == taken[0].assets:
            taken.append(waiting.popleft())
        return taken

    def resume_postponed(self, now: float) -> None:
        """Put tasks whose wait is over in front."""
        due = [task for moment, task in self.postponed if moment <= now]
        if due:
            self.postponed = [(moment, task) for moment, task in self.postponed if moment > now]
            self.waiting.extendleft(reversed(due))
