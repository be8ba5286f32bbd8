"""The commands that only look: list, show, assets, logs and doctor."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rivers_core.cli import options
from rivers_core.cli.checks import diagnose
from rivers_core.cli.opening import opened
from rivers_core.cli.refusal import REFUSED, print_json
from rivers_core.cli.reports import backfill_json, backfill_summary, print_backfill, run_json
from rivers_core.engine import Engine
from rivers_core.events import Event, LogsArrived, RunsChanged
from rivers_core.exceptions import ConfigurationError
from rivers_core.records import BackfillRecord, LogRecord, RunRecord
from rivers_core.states import BackfillState, RunState


def register(app: typer.Typer) -> None:
    app.command(name="list")(list_backfills)
    app.command()(show)
    app.command()(assets)
    app.command()(runs)
    app.command()(logs)
    app.command()(doctor)


def list_backfills(
    project: options.Project,
    status: str | None = typer.Option(None, help="Only these states, separated by commas."),
    asset: str | None = typer.Option(None, help="Only backfills of this asset."),
    text: str | None = typer.Option(None, help="Only those whose id, assets, range or tags hold this text."),
    tag: str | None = typer.Option(None, help="Only those with this tag: name or name=value."),
    limit: int = typer.Option(50, min=1),
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """List the backfills of a project, newest first."""
    with opened(project, storage, as_json=as_json) as engine:
        found = engine.backfills(states=_states(status), asset=asset, text=text, tag=_tag(tag), limit=limit)
        if as_json:
            print_json([backfill_summary(record) for record in found])
        elif not found:
            Console().print("No backfills yet. Start one with: rivers-core backfill PROJECT --assets … --range …")
        else:
            Console().print(_table(found))


def _states(status: str | None) -> list[BackfillState] | None:
    if not status:
        return None
    try:
        return [BackfillState(word.strip()) for word in status.split(",")]
    except ValueError as error:
        names = ", ".join(BackfillState)
        raise ConfigurationError(f"--status {status}: there are {names}.") from error


def _tag(tag: str | None) -> str | tuple[str, str] | None:
    if tag is None or "=" not in tag:
        return tag
    name, _, value = tag.partition("=")
    return name, value


def _table(records: list[BackfillRecord]) -> Table:
    table = Table("Id", "Status", "Assets", "Partitions", "Done", "Failed", "Started", box=None)
    for record in records:
        table.add_row(
            record.backfill_id,
            str(record.state),
            escape(", ".join(record.assets)),
            escape(record.range_text),
            f"{record.completed:,}/{record.total_partitions:,}",
            f"{record.failed:,}",
            _clock(record.started),
        )
    return table


def _clock(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M:%S")


def show(
    project: options.Project,
    backfill_id: options.BackfillId,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Show one backfill with what failed and why."""
    with opened(project, storage, as_json=as_json) as engine:
        record = engine.backfill(backfill_id)
        if as_json:
            print_json(backfill_json(engine, record))
        else:
            print_backfill(engine, record)


def assets(project: options.Project, as_json: options.AsJson = False, storage: options.Storage = None) -> None:
    """List the assets of a project and how many partitions of each are in which state."""
    with opened(project, storage, as_json=as_json) as engine:
        counts = {
            name: {state.name.lower(): count for state, count in by_state.items() if count}
            for name, by_state in engine.asset_counts().items()
        }
        if as_json:
            print_json(counts)
            return
        table = Table("Asset", "Partitions", "States", box=None)
        for name, by_state in counts.items():
            states = ", ".join(f"{count:,} {state}" for state, count in by_state.items())
            table.add_row(escape(name), f"{sum(by_state.values()):,}", states)
        Console().print(table)


def runs(
    project: options.Project,
    backfill: str | None = typer.Option(None, "--backfill", help="Only runs of this backfill, in its order."),
    asset: str | None = typer.Option(None, help="Only runs of this asset."),
    status: str | None = typer.Option(None, help="Only runs in this state."),
    failed: bool = typer.Option(False, "--failed", help="Only runs in which a partition failed."),
    text: str | None = typer.Option(None, help="Only runs with these words in their id, error or partition key."),
    limit: int = typer.Option(50, min=1),
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """List runs, newest first; their ids are what `logs` takes."""
    with opened(project, storage, as_json=as_json) as engine:
        state = None if status is None else _run_state(status)
        found = engine.runs(backfill_id=backfill, asset=asset, state=state, failed=failed, text=text, limit=limit)
        if as_json:
            print_json([run_json(record) for record in found])
        elif not found:
            Console().print("No such runs.")
        else:
            Console().print(_run_table(found))


def _run_state(status: str) -> RunState:
    try:
        return RunState(status.strip())
    except ValueError as error:
        raise ConfigurationError(f"--status {status}: there are {', '.join(RunState)}.") from error


def _run_table(records: list[RunRecord]) -> Table:
    table = Table("Id", "Status", "Assets", "Partitions", "Backfill", "Started", "Took", "Error", box=None)
    for record in records:
        took = "" if record.duration is None else f"{record.duration:.1f} s"
        error = "" if record.error is None else record.error.summary
        cells = (", ".join(record.assets), record.label, record.backfill_id or "", _clock(record.started), took, error)
        table.add_row(record.run_id, str(record.state), *map(escape, cells))
    return table


def logs(
    project: options.Project,
    run_id: options.RunId,
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on until the run has ended."),
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Print a run's log; --json prints one object a line."""
    with opened(project, storage, as_json=as_json) as engine:
        bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        unsubscribe = engine.subscribe(lambda events: bell.put(None) if _concerns(events, run_id) else None)
        try:
            _print_logs(engine, run_id, bell, follow=follow, as_json=as_json)
        finally:
            unsubscribe()


def _concerns(events: list[Event], run_id: str) -> bool:
    return any(
        isinstance(event, LogsArrived | RunsChanged) and any(record.run_id == run_id for record in event.records)
        for event in events
    )


def _print_logs(engine: Engine, run_id: str, bell: queue.SimpleQueue[None], *, follow: bool, as_json: bool) -> None:
    last = -1
    while True:
        ended = engine.run_record(run_id).state.is_final
        for line in _lines_after(engine, run_id, last):
            _print_line(line, as_json=as_json)
            last = line.number
        if ended or not follow:
            return
        _wait(bell)


def _lines_after(engine: Engine, run_id: str, last: int) -> Iterator[LogRecord]:
    while lines := engine.logs(run_id, after=last):
        yield from lines
        last = lines[-1].number


def _wait(bell: queue.SimpleQueue[None]) -> None:
    """Until something is told of the run; a second at most, should another process have ended without telling."""
    try:
        bell.get(timeout=1.0)
    except queue.Empty:
        return


def _print_line(line: LogRecord, *, as_json: bool) -> None:
    if as_json:
        import json

        sys.stdout.write(json.dumps(_line_json(line), ensure_ascii=False) + "\n")
    else:
        clock = time.strftime("%H:%M:%S", time.localtime(line.time))
        sys.stdout.write(f"{clock} {line.level:<8} {line.text}\n")
    sys.stdout.flush()


def _line_json(line: LogRecord) -> dict[str, Any]:
    return {
        "run_id": line.run_id,
        "number": line.number,
        "time": line.time,
        "level": line.level,
        "source": line.source,
        "step": line.step,
        "text": line.text,
    }


def doctor(project: options.Project, as_json: options.AsJson = False, storage: options.Storage = None) -> None:
    """Check a project: its folder, its code in a worker, and its database."""
    checks = diagnose(project, storage)
    if as_json:
        print_json([{"check": check.name, "ok": check.ok, "message": check.message} for check in checks])
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.message}")
    if not all(check.ok for check in checks):
        raise typer.Exit(REFUSED)
