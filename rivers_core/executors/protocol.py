"""What the runner asks of an executor: take runs, report what came of them, stop what is under way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from rivers_core.steps.task import Grids, Report, RunTask


class Executor(Protocol):
    """Carries out the runs of one backfill; used by one thread, the runner's.

    Every submitted task is answered by exactly one `RunOutcome`, whatever happens to its worker, unless it is
    given back by a `TasksReturned` before it started. Reports of one run come in order: `RunStarted`, then its
    `LogLine`s, then its `RunOutcome`.
    """

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None:
        """Get ready for tasks whose ordinals refer to `grids`.

        With `stops_at_failure` nothing begins any more once a run with a failure has ended: what waits is given
        back, or goes on waiting to be stopped.

        Raises ConfigurationError or CodeLocationError where that is impossible.
        """

    def capacity(self, wanted: int) -> int:
        """How many more tasks may be submitted now when `wanted` may run at a time (slots are shared).

        It can exceed `wanted`: what is submitted beyond it waits close to the workers and hides latency.
        It is 0 once tasks were given back because the code changed or no longer loads.
        """

    def submit(self, tasks: Sequence[RunTask]) -> None:
        """Take up tasks, best at most `capacity` of them; returns before they end, except in process."""

    def collect(self, timeout: float) -> list[Report]:
        """What workers reported since the last call, in order for each run; waits `timeout` seconds for the first."""

    def stop(self, run_numbers: Collection[int]) -> None:
        """Stop these runs: kill the worker process, or ask where a thread runs them. Their outcome is CANCELED.

        A run that ended before the stop reached it is reported as it ended.
        """

    def recall(self) -> None:
        """Give back, by a `TasksReturned`, what was submitted and has not started; what runs goes on."""

    def wake(self) -> None:
        """Make a waiting `collect` return early; the one call another thread may make."""

    def close(self) -> None:
        """Give the slots back; nothing of this executor runs any more when it returns."""
