"""Carries out one run: its steps in order, each with inputs, retries and outputs, to one outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rivers_core.assets.computation import ContextArgument, ResourceArgument
from rivers_core.assets.context import AssetExecutionContext
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.assets.results import call
from rivers_core.assets.retries import RetryPolicy
from rivers_core.exceptions import RiversError
from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport, format_run_id
from rivers_core.states import RunState
from rivers_core.steps.attempts import Tried, check_not_over, try_repeatedly
from rivers_core.steps.errors import report_of
from rivers_core.steps.graph import run_tasks
from rivers_core.steps.inputs import blocked_by, load_inputs, missing_upstream
from rivers_core.steps.outputs import store_outputs
from rivers_core.steps.run_log import RunLog
from rivers_core.steps.scope import PreparedStep, RunScope
from rivers_core.steps.secrets import secrets_in
from rivers_core.steps.task import PartitionFailure, RunOutcome, RunTask, StepOutcome, StoredOutput
from rivers_core.steps.watch import RunWatch

_WHOLE = -1  # the key, among the ordinals of failures, of an asset that failed as a whole


def run_task(scope: RunScope, task: RunTask, log: RunLog, watch: RunWatch) -> RunOutcome:
    """Do all steps of `task`; whatever user code does, there is an outcome.

    Steps that depend on nothing that failed go on. Only `watch.passes_on` is raised.
    """
    return _Run(scope, task, log, watch).outcome()


class _Run:
    def __init__(self, scope: RunScope, task: RunTask, log: RunLog, watch: RunWatch) -> None:
        self._scope = scope
        self._task = task
        self._log = log
        self._watch = watch
        self._run_id = format_run_id(task.run_number)
        self._retry = None if task.retry is None else RetryPolicy.from_spec(task.retry)
        self._steps: list[StepOutcome] = []
        self._stored: dict[str, StoredOutput] = {}
        self._failures: dict[str, dict[int, str]] = {}
        self._warnings: list[str] = []
        self._error: ErrorReport | None = None
        self._canceled = False

    def outcome(self) -> RunOutcome:
        started = time.time()
        try:
            self._log.hide(self._scope.secrets)
            steps = self._scope.steps_of(self._task)
        except RiversError as error:  # the code changed under the task: an asset or a definition is gone
            report = report_of(error)
            return RunOutcome(self._task.run_number, RunState.FAILED, started, time.time(), error=report)
        for at, step in enumerate(steps):
            if self._canceled or self._watch.is_canceled():
                self._canceled = True
                break
            self._do(step)
            if at + 1 < len(steps):
                self._watch.step_ended(self._steps, self._outputs(), self._partition_failures())
        return RunOutcome(
            self._task.run_number,
            self._state(),
            started,
            time.time(),
            tuple(self._steps),
            self._outputs(),
            self._partition_failures(),
            None if self._canceled else self._error,
            tuple(self._warnings),
        )

    def _state(self) -> RunState:
        if self._canceled:
            return RunState.CANCELED
        return RunState.COMPLETED if self._error is None else RunState.FAILED

    def _outputs(self) -> tuple[StoredOutput, ...]:
        return tuple(self._stored.values())

    def _partition_failures(self) -> tuple[PartitionFailure, ...]:
        if not self._failures:
            return ()
        return tuple(
            PartitionFailure(asset, ordinal, message)
            for asset, failures in self._failures.items()
            for ordinal, message in failures.items()
            if ordinal != _WHOLE
        )

    # One step.

    def _do(self, step: PreparedStep) -> None:
        self._log.step = step.name
        started = time.time()
        subset = self._task.subset
        failed = self._failed_before(step)
        if failed:
            subset = subset - Subset.of(failed)
            self._note_failures(step, failed)
            if not subset:
                self._end_step(step, started, self._upstream_failed(step, failed))
                return
        tried = try_repeatedly(
            step.name,
            lambda: self._attempt(step, subset),
            None if step.computation.kind == "graph" else self._retry or step.computation.retry,
            self._log,
            self._watch,
        )
        self._end_step(step, started, tried)

    def _end_step(self, step: PreparedStep, started: float, tried: Tried[None]) -> None:
        if tried.state is RunState.CANCELED:
            self._canceled = True
        elif tried.error is not None:
            self._error = self._error or tried.error
            self._fail(step, tried.error)
        self._steps.append(
            StepOutcome(step.name, step.selection, tried.state, started, time.time(), tried.attempts, tried.error)
        )

    def _fail(self, step: PreparedStep, error: ErrorReport) -> None:
        """What a step had given before it failed counts, unless that was everything: something has to show it."""
        if all(asset in self._stored for asset in step.selection):
            for asset in step.selection:
                del self._stored[asset]
        for asset in step.selection:
            if asset not in self._stored:
                self._failures.setdefault(asset, {})[_WHOLE] = error.summary

    def _failed_before(self, step: PreparedStep) -> dict[int, str]:
        """Partitions that cannot be computed, because something upstream of them is not there or failed."""
        failed: dict[int, str] = {}
        if self._failures:
            whole = self._whole_failure(step)
            if whole is not None:
                return dict.fromkeys(self._task.subset or (_WHOLE,), whole)
            failed = blocked_by(step, self._failures, self._task.subset or Subset.full(1))
            if failed and not self._task.subset:
                return {_WHOLE: next(iter(failed.values()))}
        if self._task.batched and step.inputs:
            failed = {**missing_upstream(step, self._task.subset), **failed}
        return failed

    def _whole_failure(self, step: PreparedStep) -> str | None:
        for link in step.links:
            failures = self._failures.get(link.upstream.asset, {})
            if _WHOLE in failures and not link.upstream.allow_missing:
                return f"{link.upstream.asset} failed in the same run: {failures[_WHOLE]}"
        return None

    def _note_failures(self, step: PreparedStep, failed: Mapping[int, str]) -> None:
        if not self._task.batched:
            return  # the step's own error says it
        for asset in step.selection:
            self._failures.setdefault(asset, {}).update(failed)

    def _upstream_failed(self, step: PreparedStep, failed: Mapping[int, str]) -> Tried[None]:
        message = next(iter(failed.values()))
        self._log.add("error", "rivers", f"{step.name} was not run: {message}")
        return Tried(RunState.FAILED, 0, error=ErrorReport("UpstreamFailed", message))

    def _attempt(self, step: PreparedStep, subset: Subset) -> None:
        computation = step.computation
        began = time.monotonic()
        self._watch.attempt_begins(step.name, computation.timeout_seconds)
        context = self._context(step, subset, began)
        try:
            values = load_inputs(step, subset, self._run_id, batched=self._task.batched)
            for argument in computation.arguments:
                if isinstance(argument, ContextArgument):
                    values[argument.parameter] = context
                elif isinstance(argument, ResourceArgument):
                    values[argument.parameter] = self._scope.resources[argument.parameter]
            returned = self._call(step, values, context)
            check_not_over(step.name, began, computation.timeout_seconds, self._watch)
            store_outputs(step, context, returned, self._stored, self._failures)
        except BaseException:
            if context.notes.failures:
                self._note_failures(step, context.notes.failures)
            raise
        finally:
            self._warn(context.notes.warnings)

    def _call(self, step: PreparedStep, values: dict[str, Any], context: AssetExecutionContext[Any]) -> Any:
        computation = step.computation
        if computation.kind != "graph":
            return call(computation.function, values)
        policy = self._retry or computation.retry
        return run_tasks(
            computation, values, context, policy=policy, log=self._log, watch=self._watch, tell=self._steps.append
        )

    def _context(self, step: PreparedStep, subset: Subset, began: float) -> AssetExecutionContext[Any]:
        computation, first = step.computation, step.first
        config = computation.config_for(self._task.config)
        if computation.config.secret_fields:
            self._log.hide(secrets_in([config]))
        timeout = computation.timeout_seconds
        is_canceled = self._watch.is_canceled
        if timeout is not None:
            deadline = began + timeout
            is_canceled = lambda: self._watch.is_canceled() or time.monotonic() > deadline  # noqa: E731
        return AssetExecutionContext(
            step.name,
            first.tags,
            first.kinds,
            first.group,
            first.code_version,
            first.metadata,
            None if step.definition is None else PartitionContext(subset, step.definition),
            computation.kind == "multi_asset",
            step.selection,
            config,
            self._run_id,
            batched=self._task.batched,
            run_tags=dict(self._task.tags),
            resources=self._scope.resources,
            sink=self._log.sink,
            is_canceled=is_canceled,
        )

    def _warn(self, sentences: list[str]) -> None:
        for sentence in sentences:
            if sentence not in self._warnings:
                self._warnings.append(sentence)
                self._log.add("warning", "rivers", sentence)
