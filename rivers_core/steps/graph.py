"""Runs the tasks of a graph asset one after the other, each a step of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rivers_core.assets.composition import filled
from rivers_core.assets.computation import Computation, PlannedTask
from rivers_core.assets.context import AssetExecutionContext, TaskExecutionContext
from rivers_core.assets.results import call
from rivers_core.assets.retries import RetryPolicy
from rivers_core.states import RunState
from rivers_core.steps.attempts import RunCanceledError, TaskFailedError, try_repeatedly
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.task import StepOutcome
from rivers_core.steps.watch import RunWatch


def run_tasks(
    computation: Computation,
    inputs: Mapping[str, Any],
    context: AssetExecutionContext[Any],
    *,
    policy: RetryPolicy | None,
    log: RunLog,
    watch: RunWatch,
    tell: Callable[[StepOutcome], None],
) -> Any:
    """The value of a graph asset; `inputs` are by parameter of its function.

    Each task is retried by its own policy, or else by `policy`. Raises TaskFailedError or RunCanceledError.
    """
    assert computation.graph is not None
    results: list[Any] = []
    for task in computation.tasks:
        log.step = task.name
        started = time.time()
        values = _arguments(task, results, inputs, context)
        tried = try_repeatedly(task.name, _calling(task, values), task.retry or policy, log, watch)
        tell(StepOutcome(task.name, (), tried.state, started, time.time(), tried.attempts, tried.error))
        if tried.state is RunState.CANCELED:
            raise RunCanceledError
        if tried.error is not None:
            raise TaskFailedError(tried.error)
        results.append(tried.value)
    log.step = computation.name
    return computation.graph.value(results, inputs)


def _calling(task: PlannedTask, values: Mapping[str, Any]) -> Callable[[], Any]:
    return lambda: call(task.function, values)


def _arguments(
    task: PlannedTask, results: list[Any], inputs: Mapping[str, Any], context: AssetExecutionContext[Any]
) -> dict[str, Any]:
    values = {name: filled(given, results, inputs) for name, given in task.arguments.items()}
    for name in task.resources:
        values[name] = context.resources[name]
    if task.context_parameter is not None:
        values[task.context_parameter] = TaskExecutionContext.within(context, task.name)
    return values
