"""The commands of `rivers-core`, each a few calls on the engine."""

from __future__ import annotations

import typer

from rivers_core.cli import history, inspecting, keys, options, outputs, pythons
from rivers_core.cli.command_line import CommandLine
from rivers_core.cli.opening import opened
from rivers_core.cli.progress import drive
from rivers_core.cli.refusal import ALL_COMPLETED, SOME_FAILED, print_json
from rivers_core.cli.reports import backfill_json, plan_json, print_backfill, print_plan
from rivers_core.cli.requests import Words, config_from, request_from, with_words
from rivers_core.engine import Engine
from rivers_core.exceptions import ConfigurationError
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.reruns import Partitions
from rivers_core.states import BackfillState

app = typer.Typer(
    name="rivers-core",
    cls=CommandLine,
    help="Plan, run and look at backfills of partitioned assets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
outputs.register(app)
inspecting.register(app)
keys.register(app)
history.register(app)
pythons.register(app)


@app.command()
@with_words
def preview(
    project: options.Project,
    words: Words,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
) -> None:
    """Show what a backfill would do; nothing is run or written."""
    with opened(project, storage, as_json=as_json, details=details) as engine:
        plan = engine.plan(request_from(words, engine))
        engine.check_config(plan)
        if as_json:
            print_json(plan_json(plan))
        else:
            print_plan(plan)


@app.command()
@with_words
def backfill(
    project: options.Project,
    words: Words,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
    workers: options.Slots = None,
) -> None:
    """Run a backfill to its end. Exit code: 0 all completed, 1 some failed, 2 refused."""
    with opened(project, storage, as_json=as_json, details=details, slots=workers) as engine:
        _launch_and_report(engine, request_from(words, engine), as_json=as_json)


@app.command()
def rerun(
    project: options.Project,
    backfill_id: options.BackfillId,
    everything: bool = typer.Option(False, "--all", help="All partitions, not only the failed and canceled ones."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would be run again."),
    config: options.Config = None,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
    workers: options.Slots = None,
) -> None:
    """Run the failed and canceled partitions of a backfill again.

    Secrets in its config were stored nowhere: give them again with --config.
    """
    with opened(project, storage, as_json=as_json, details=details, slots=workers) as engine:
        partitions: Partitions = "all" if everything else "failed_and_canceled"
        request = engine.rerun_request(backfill_id, partitions, config_from(config))
        if not dry_run:
            _launch_and_report(engine, request, as_json=as_json)
            return
        plan = engine.plan(request)
        print_json(plan_json(plan)) if as_json else print_plan(plan)


@app.command()
def resume(
    project: options.Project,
    backfill_id: options.BackfillId,
    accept_new_code: bool = typer.Option(False, help="Go on though the code changed since the backfill was planned."),
    config: options.Config = None,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
    workers: options.Slots = None,
) -> None:
    """Go on with a paused or interrupted backfill.

    Secrets in its config were stored nowhere: give them again with --config.
    """
    with opened(project, storage, as_json=as_json, details=details, slots=workers) as engine:
        if engine.resume(backfill_id, accept_new_code=accept_new_code, config=config_from(config) or None):
            _report_end(engine, drive(engine, engine.backfill(backfill_id)), as_json=as_json)
        _report(engine, engine.backfill(backfill_id), as_json=as_json)


@app.command()
def cancel(
    project: options.Project,
    backfill_id: options.BackfillId,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Cancel a backfill, also one that another process runs: queued runs never start, running ones are stopped."""
    with opened(project, storage, as_json=as_json) as engine:
        _report(engine, engine.cancel(backfill_id), as_json=as_json)


@app.command()
def pause(
    project: options.Project,
    backfill_id: options.BackfillId,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Pause a backfill: nothing new starts, what runs is finished."""
    with opened(project, storage, as_json=as_json) as engine:
        _report(engine, engine.pause(backfill_id), as_json=as_json)


@app.command(name="set-concurrency")
def set_concurrency(
    project: options.Project,
    backfill_id: options.BackfillId,
    runs: int = typer.Argument(min=1, max=1024, help="How many runs at a time."),
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Change how many runs of a backfill are out at a time, also while it runs."""
    with opened(project, storage, as_json=as_json) as engine:
        _report(engine, engine.set_max_concurrency(backfill_id, runs), as_json=as_json)


def _launch_and_report(engine: Engine, request: BackfillRequest, *, as_json: bool) -> None:
    plan = engine.plan(request)
    if plan.num_partitions == 0:
        raise ConfigurationError("No partition fits what was asked for; nothing was run.")
    _report_end(engine, drive(engine, engine.launch(plan)), as_json=as_json)


def _report_end(engine: Engine, record: BackfillRecord, *, as_json: bool) -> None:
    _report(engine, record, as_json=as_json)
    raise typer.Exit(ALL_COMPLETED if record.state is BackfillState.COMPLETED else SOME_FAILED)


def _report(engine: Engine, record: BackfillRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(backfill_json(engine, record))
    else:
        print_backfill(engine, record)
