"""Tries something as often as its retry policy allows, waiting in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rivers_core.assets.retries import RetryPolicy
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.errors import report_of
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.watch import RunWatch

T = TypeVar("T")


class RunCanceledError(Exception):
    """The run was asked to stop, and nothing more of it is to be stored."""


class StepTimeoutError(TimeoutError):
    """A step ran longer than it may."""


class TaskFailedError(Exception):
    """A task of a graph asset failed, and was retried and told by itself; `report` is its error."""

    def __init__(self, report: ErrorReport) -> None:
        super().__init__(report.summary)
        self.report = report


@dataclass(frozen=True, slots=True)
class Tried(Generic[T]):
    """How the last of `attempts` ended; `value` is None unless it is COMPLETED."""

    state: RunState
    attempts: int
    value: T | None = None
    error: ErrorReport | None = None


def try_repeatedly(
    name: str, attempt: Callable[[], T], policy: RetryPolicy | None, log: RunLog, watch: RunWatch
) -> Tried[T]:
    """Call `attempt` until it returns, is canceled, or fails in a way that the policy gives up on."""
    attempts = 0
    while True:
        attempts += 1
        try:
            return Tried(RunState.COMPLETED, attempts, attempt())
        except BaseException as error:  # user code may raise anything, sys.exit() too
            if watch.passes_on and isinstance(error, watch.passes_on):
                raise
            if isinstance(error, RunCanceledError) or watch.is_canceled():
                return Tried(RunState.CANCELED, attempts)
            if isinstance(error, TaskFailedError):
                return Tried(RunState.FAILED, attempts, error=error.report)
            report = report_of(error, log.mask)
            log.add("error", "rivers", report.traceback.rstrip() or report.summary)
            if policy is None or not policy.allows(attempts, error):
                return Tried(RunState.FAILED, attempts, error=report)
        _pause(name, policy, attempts, log, watch)
        if watch.is_canceled():
            return Tried(RunState.CANCELED, attempts)


def check_not_over(name: str, began: float, timeout_seconds: float | None, watch: RunWatch) -> None:
    """Raise RunCanceledError, or StepTimeoutError if what began at `began` (monotonic) has taken too long.

    Code that was asked to stop may return early with half a value, so nothing of it may be stored.
    """
    if watch.is_canceled():
        raise RunCanceledError
    if timeout_seconds is not None and time.monotonic() - began > timeout_seconds:
        raise StepTimeoutError(f"{name} ran longer than its timeout of {timeout_seconds:g} seconds.")


def _pause(name: str, policy: RetryPolicy, retry: int, log: RunLog, watch: RunWatch) -> None:
    delay = policy.delay(retry)
    when = f" in {delay:.1f} s" if delay else ""
    log.add("warning", "rivers", f"{name} is tried again{when} (retry {retry} of {policy.max_retries}).")
    if delay:
        watch.wait(delay)
