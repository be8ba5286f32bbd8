"""The commands that take history away: one backfill, or all that ended long ago."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import typer

from rivers_core.cli import options
from rivers_core.cli.opening import opened
from rivers_core.cli.refusal import print_json

_DAY = 86_400.0


def register(app: typer.Typer) -> None:
    app.command()(delete)
    app.command()(clean)


def delete(
    project: options.Project,
    backfill_id: options.BackfillId,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Forget an ended backfill with its runs and logs; outputs and the states of partitions stay."""
    with opened(project, storage, as_json=as_json) as engine:
        engine.backfill(backfill_id)
        engine.delete_backfill(backfill_id)
        if as_json:
            print_json({"deleted": backfill_id})
        else:
            print(f"Backfill {backfill_id} is deleted.")


def clean(
    project: options.Project,
    older_than: Annotated[
        int,
        typer.Option("--older-than", min=1, metavar="DAYS", help="Backfills that ended more than so many days ago."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Forget backfills that ended long ago with their runs and logs; outputs and the states of partitions stay."""
    with opened(project, storage, as_json=as_json) as engine:
        old = engine.backfills_ended_before(time.time() - older_than * _DAY)
        if not dry_run:
            for record in old:
                engine.delete_backfill(record.backfill_id)
        if as_json:
            print_json({"dry_run": dry_run, "backfills": [record.backfill_id for record in old]})
            return
        for record in old:
            ended = datetime.fromtimestamp(record.ended or record.created).strftime("%Y-%m-%d")
            print(f"{record.backfill_id} ended {ended}, {', '.join(record.assets)} {record.range_text}".rstrip())
        noun = "backfill" if len(old) == 1 else "backfills"
        print(f"{len(old):,} {noun} {'would be' if dry_run else 'deleted'}{' deleted' if dry_run else ''}.")
