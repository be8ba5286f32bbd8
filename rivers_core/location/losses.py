"""Says what became of a run whose worker process did not survive it."""

from __future__ import annotations

import time

from rivers_core.assets.retries import FailureReason, RetryPolicy
from rivers_core.location import messages
from rivers_core.location.remote_worker import RemoteWorker
from rivers_core.location.spec import RepositorySpec
from rivers_core.pythons.processes import end_of
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.task import RunOutcome, RunTask, StepOutcome


def canceled_before_start(task: RunTask) -> RunOutcome:
    now = time.time()
    return RunOutcome(task.run_number, RunState.CANCELED, now, now)


def lost_run(worker: RemoteWorker, task: RunTask) -> RunOutcome:
    """The outcome of the run a worker was working on when it ended: with the steps that were done before."""
    ended = time.time()
    started = ended - (time.monotonic() - worker.running_since)
    steps, outputs, failures = messages.read_progress(*worker.progress[2:]) if worker.progress else ((), (), ())
    stopped = task.run_number in worker.stopping
    state = RunState.CANCELED if stopped else RunState.FAILED
    error = None if stopped else error_of(worker, task)
    if worker.step:
        steps = (*steps, StepOutcome(worker.step, (), state, started, ended, 1, error))
    return RunOutcome(task.run_number, state, started, ended, steps, outputs, failures, error)


def error_of(worker: RemoteWorker, task: RunTask) -> ErrorReport:
    """Why the run failed, in a sentence."""
    step = worker.step or ", ".join(task.assets)
    if worker.timed_out:
        sentence = f"{step} ran longer than its timeout of {worker.timeout:g} seconds and was stopped."
        return ErrorReport("StepTimeoutError", sentence)
    end = end_of(worker.process.poll() or 0)
    return ErrorReport("WorkerDied", f"The worker process {end} while it ran {step}.")


def retry_delay(worker: RemoteWorker, task: RunTask, losses: int, spec: RepositorySpec | None) -> float | None:
    """Seconds after which a lost run is tried again for the `losses`-th time, None if it is not."""
    reason = FailureReason.TIMEOUT if worker.timed_out else FailureReason.INFRASTRUCTURE
    for policy in _policies(task, spec):
        if policy.allows_after_loss(losses, reason):
            return policy.delay(losses)
    return None


def _policies(task: RunTask, spec: RepositorySpec | None) -> list[RetryPolicy]:
    if task.retry is not None:
        return [RetryPolicy.from_spec(task.retry)]
    assets = [spec.asset(name) for name in task.assets] if spec is not None else []
    return [RetryPolicy.from_spec(asset.retry) for asset in assets if asset is not None and asset.retry]
