"""Writes tasks and reports as JSON for the way between engine and worker, and reads them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rivers_core.location.framing import Message
from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.task import (
    Grids,
    LogLine,
    PartitionFailure,
    RunOutcome,
    RunStarted,
    RunTask,
    StepOutcome,
    StoredOutput,
)

# Engine to worker. A session is one executor's tasks; a template is what most of its tasks have in common.
HELLO = "hello"  # settings                                -> LOADED or LOAD_FAILED
GRIDS = "grids"  # session, grids
TEMPLATE = "template"  # session, template number, template
RUN = "run"  # session, [[run number, template number, ranges], ...]
UNQUEUE = "unqueue"  # ticket, [run numbers]               -> UNQUEUED
HALT = "halt"  #                                           -> HALTING, then the engine kills
FORGET = "forget"  # session
ASK = "ask"  # ticket, question, arguments                 -> ANSWER or REFUSAL
BYE = "bye"

# Worker to engine.
AWAKE = "awake"  # this Python can be a worker; the project's code comes next
LOADED = "loaded"  # code fingerprint
LOAD_FAILED = "load_failed"  # sentence, details, module that is missing, whether this Python is at fault
STARTED = "s"  # run number, time
LOG = "l"  # run number, [[time, level, source, step, text], ...]
STEP_BEGINS = "b"  # run number, step, timeout in seconds
STEP_ENDED = "p"  # run number, steps, outputs, failures so far, in case the worker does not survive the next step
ENDED = "e"  # the outcome
UNQUEUED = "unqueued"  # ticket, [run numbers that had not started]
HALTING = "halting"
BROKEN = "broken"  # traceback of a fault in the worker itself
ANSWER = "answer"  # ticket, value
REFUSAL = "refusal"  # ticket, sentence

_RUN_STATES = {str(state): state for state in RunState}


def write_grids(grids: Grids) -> dict[str, Any]:
    return {"of_asset": dict(grids.of_asset), "specs": {name: dict(spec) for name, spec in grids.specs.items()}}


def read_grids(written: Mapping[str, Any]) -> Grids:
    return Grids(of_asset=written["of_asset"], specs=written["specs"])


def write_template(task: RunTask) -> dict[str, Any]:
    """All of a task but its number and partitions."""
    return {
        "backfill_id": task.backfill_id,
        "assets": task.assets,
        "grid": task.grid,
        "batched": task.batched,
        "config": {asset: dict(config) for asset, config in task.config.items()},
        "tags": task.tags,
        "retry": None if task.retry is None else dict(task.retry),
    }


def same_template(one: RunTask, other: RunTask) -> bool:
    return (
        one.grid == other.grid
        and one.assets == other.assets
        and one.batched == other.batched
        and one.backfill_id == other.backfill_id
        and one.config == other.config
        and one.tags == other.tags
        and one.retry == other.retry
    )


def write_task(task: RunTask, template: int) -> list[Any]:
    return [task.run_number, template, task.subset.ranges]


def read_task(number: int, ranges: Sequence[Sequence[int]], template: Mapping[str, Any]) -> RunTask:
    return RunTask(
        run_number=number,
        backfill_id=template["backfill_id"],
        assets=template["assets"],
        grid=template["grid"],
        subset=_read_subset(ranges),
        batched=template["batched"],
        config=template["config"],
        tags=template["tags"],
        retry=template["retry"],
    )


def read_template(written: Mapping[str, Any]) -> dict[str, Any]:
    tags = tuple((name, value) for name, value in written["tags"])
    return {**written, "assets": tuple(written["assets"]), "tags": tags}


def write_started(started: RunStarted) -> Message:
    return [STARTED, started.run_number, started.time]


def read_started(message: Message) -> RunStarted:
    return RunStarted(message[1], message[2])


def write_log(number: int, lines: Sequence[LogLine]) -> Message:
    return [LOG, number, [[line.time, line.level, line.source, line.step, line.text] for line in lines]]


def read_log(message: Message) -> list[LogLine]:
    number = message[1]
    return [LogLine(number, time, level, source, step, text) for time, level, source, step, text in message[2]]


def write_outcome(outcome: RunOutcome) -> Message:
    return [
        ENDED,
        outcome.run_number,
        outcome.state,
        outcome.started,
        outcome.ended,
        *write_progress(outcome.steps, outcome.outputs, outcome.failures),
        _write_error(outcome.error),
        outcome.warnings,
    ]


def read_outcome(message: Message) -> RunOutcome:
    _, number, state, started, ended, steps, outputs, failures, error, warnings = message
    return RunOutcome(
        number,
        _RUN_STATES[state],
        started,
        ended,
        *read_progress(steps, outputs, failures),
        _read_error(error),
        tuple(warnings),
    )


def write_progress(
    steps: Sequence[StepOutcome], outputs: Sequence[StoredOutput], failures: Sequence[PartitionFailure]
) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        [_write_step(step) for step in steps],
        [_write_output(output) for output in outputs],
        [[failure.asset, failure.ordinal, failure.message] for failure in failures],
    )


def read_progress(
    steps: Sequence[Any], outputs: Sequence[Any], failures: Sequence[Any]
) -> tuple[tuple[StepOutcome, ...], tuple[StoredOutput, ...], tuple[PartitionFailure, ...]]:
    return (
        tuple([_read_step(step) for step in steps]),
        tuple([_read_output(output) for output in outputs]),
        tuple([PartitionFailure(asset, ordinal, text) for asset, ordinal, text in failures]),
    )


def _write_step(step: StepOutcome) -> list[Any]:
    return [step.name, step.assets, step.state, step.started, step.ended, step.attempts, _write_error(step.error)]


def _read_step(written: Sequence[Any]) -> StepOutcome:
    name, assets, state, started, ended, attempts, error = written
    return StepOutcome(name, tuple(assets), _RUN_STATES[state], started, ended, attempts, _read_error(error))


def _write_output(output: StoredOutput) -> list[Any]:
    return [
        output.asset,
        output.subset.ranges,
        output.code_version,
        output.data_version,
        output.metadata,
        # JSON has text keys only, so the ordinals come as pairs.
        [[ordinal, metadata] for ordinal, metadata in output.key_metadata.items()],
    ]


def _read_output(written: Sequence[Any]) -> StoredOutput:
    asset, ranges, code_version, data_version, metadata, key_metadata = written
    return StoredOutput(
        asset,
        _read_subset(ranges),
        code_version,
        data_version,
        metadata,
        dict(key_metadata) if key_metadata else {},
    )


def _read_subset(ranges: Sequence[Sequence[int]]) -> Subset:
    return Subset(tuple([(start, stop) for start, stop in ranges]))


def _write_error(error: ErrorReport | None) -> list[str] | None:
    return None if error is None else [error.kind, error.message, error.traceback]


def _read_error(written: Sequence[str] | None) -> ErrorReport | None:
    return None if written is None else ErrorReport(*written)
