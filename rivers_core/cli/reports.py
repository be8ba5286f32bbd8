"""How plans and backfills are told on standard output: as text for people, as JSON for programs."""

from __future__ import annotations

from itertools import islice
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rivers_core.engine import Engine
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.records import BackfillRecord, RunRecord
from rivers_core.states import PartitionState, RunState

SHOWN_FAILURES = 20
LISTED_FAILURES = 1000
SHOWN_RUNS = 10


def plan_json(plan: BackfillPlan) -> dict[str, Any]:
    return {
        "status": "dry_run",
        "assets": list(plan.assets),
        "range": plan.range_text,
        "strategy": plan.strategy_text,
        "num_partitions": plan.num_partitions,
        "num_runs": plan.num_runs,
        "now": _states_of(plan),
        "stages": [
            {"assets": list(stage.assets), "num_partitions": stage.num_partitions, "num_runs": stage.num_runs}
            for stage in plan.stages
        ],
        "first_keys": first_keys(plan, SHOWN_RUNS),
        "warnings": [warning.message for warning in plan.warnings],
        "skipped_keys": list(plan.skipped_keys),
        "estimate_seconds": plan.estimate_seconds,
    }


def _states_of(plan: BackfillPlan) -> dict[str, int]:
    return {PartitionState(state).name.lower(): count for state, count in plan.counts_by_state.items() if count}


def first_keys(plan: BackfillPlan, limit: int) -> list[str]:
    """The keys of the plan's first partitions, in the order in which they will run."""
    return list(islice((key for stage in plan.stages for key in _keys(stage, limit)), limit))


def _keys(stage: Stage, limit: int) -> list[str]:
    definition = stage.definition
    if definition is None:
        return []
    return [definition.label_at(int(ordinal)) for ordinal in stage.ordinals[:limit]]


def print_plan(plan: BackfillPlan) -> None:
    console = Console()
    console.print(
        f"{plan.num_partitions:,} partitions in {plan.num_runs:,} runs ({plan.strategy_text})",
        highlight=False,
        markup=False,
    )
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("Assets", escape(", ".join(plan.assets)))
    table.add_row("Partitions", escape(plan.range_text))
    table.add_row("Now", ", ".join(f"{count:,} {state}" for state, count in _states_of(plan).items()))
    if plan.estimate_seconds is not None:
        table.add_row("Estimate", f"{plan.estimate_seconds:,.0f} s, from {plan.estimate_basis:,} earlier runs")
    console.print(table)
    for warning in plan.warnings:
        console.print(f"Warning: {warning.message}", highlight=False, markup=False)
    for key in plan.skipped_keys[:SHOWN_FAILURES]:
        console.print(f"Skipped: {key}", highlight=False, markup=False)


def backfill_json(engine: Engine, record: BackfillRecord) -> dict[str, Any]:
    """A backfill as a JSON object; `failures` lists the first thousand failed partitions with their reasons."""
    return backfill_summary(record) | {
        "run_ids": {"first": record.run_id(0), "last": record.run_id(max(record.num_runs - 1, 0))},
        "failures": [
            {"asset": asset, "key": key, "run_id": run_id, "error": message}
            for run_id, asset, key, message in failures_of(engine, record, LISTED_FAILURES)
        ],
    }


def backfill_summary(record: BackfillRecord) -> dict[str, Any]:
    return {
        "backfill_id": record.backfill_id,
        "status": str(record.state),
        "assets": list(record.assets),
        "range": record.range_text,
        "strategy": record.strategy_text,
        "failure_policy": str(record.failure_policy),
        "max_concurrency": record.max_concurrency,
        "num_partitions": record.total_partitions,
        "num_runs": record.num_runs,
        "completed": record.completed,
        "failed": record.failed,
        "canceled": record.canceled,
        "created": record.created,
        "started": record.started,
        "ended": record.ended,
        "tags": dict(record.tags),
        "launched_by": record.launched_by,
        "rerun_of": record.rerun_of,
        "error": record.error,
    }


def run_json(record: RunRecord) -> dict[str, Any]:
    return {
        "run_id": record.run_id,
        "backfill_id": record.backfill_id,
        "status": str(record.state),
        "assets": list(record.assets),
        "partitions": record.label,
        "num_partitions": len(record.subset),
        "failed_partitions": record.failed_partitions,
        "started": record.started,
        "ended": record.ended,
        "error": None if record.error is None else record.error.summary,
        "tags": dict(record.tags),
    }


def failures_of(engine: Engine, record: BackfillRecord, limit: int) -> list[tuple[str, str, str, str]]:
    """(run id, asset, key, reason) of the first failed partitions of a backfill, in the order of its plan."""
    if not record.failed:
        return []
    found: list[tuple[str, str, str, str]] = []
    for run in engine.runs(backfill_id=record.backfill_id, failed=True, limit=limit):
        found.extend(
            (run.run_id, failure.asset, failure.key, failure.message) for failure in engine.failures(run.run_id)
        )
        if run.state is RunState.FAILED and not any(row[0] == run.run_id for row in found):
            found.append((run.run_id, ", ".join(run.assets), run.label, run.error.summary if run.error else ""))
        if len(found) >= limit:
            break
    return found[:limit]


def print_backfill(engine: Engine, record: BackfillRecord) -> None:
    console = Console()
    console.print(
        f"Backfill {record.backfill_id} {record.state}: {record.completed:,} of {record.total_partitions:,} completed, "
        f"{record.failed:,} failed, {record.canceled:,} canceled",
        highlight=False,
    )
    if record.error:
        console.print(record.error, highlight=False, markup=False)
    for run_id, asset, key, message in failures_of(engine, record, SHOWN_FAILURES):
        console.print(f"  {asset} {key} ({run_id}): {message}", highlight=False, markup=False)
    if record.failed > SHOWN_FAILURES:
        console.print(f"  … and {record.failed - SHOWN_FAILURES:,} more; see rivers-core show --json", highlight=False)
