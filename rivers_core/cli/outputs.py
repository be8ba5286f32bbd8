"""The commands about outputs: compute one without a backfill, show what is stored, look whether it is still there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rivers_core.cli import options
from rivers_core.cli.opening import opened
from rivers_core.cli.refusal import ALL_COMPLETED, SOME_FAILED, print_json
from rivers_core.cli.reports import run_json
from rivers_core.cli.requests import config_from, listed, tags_from
from rivers_core.direct_requests import direct_request
from rivers_core.engine import Engine
from rivers_core.exceptions import ConfigurationError
from rivers_core.location.answers import OutputPreview
from rivers_core.materializing import AssetOutcome, DirectRun
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.subset import Subset
from rivers_core.records import RunRecord

SHOWN_KEYS = 20
SHOWN_OUTCOMES = 20  # the last: nothing is run after a failure

_Asset = Annotated[str, typer.Argument(metavar="ASSET")]


def register(app: typer.Typer) -> None:
    app.command()(materialize)
    app.command()(output)
    app.command()(verify)


def materialize(
    project: options.Project,
    assets: Annotated[
        str | None,
        typer.Option(
            "--assets", help="Assets, with commas between; all that have the key, or no partitions, if left out."
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The partition, such as 'date=2013-01-15|origin=JFK'.")
    ] = None,
    include_upstream: options.Upstream = False,
    max_retries: options.Retries = 0,
    tags: options.Tags = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
    workers: options.Slots = None,
) -> None:
    """Compute assets once, without a backfill. Exit code: 0 all computed, 1 one failed, 2 refused."""
    with opened(project, storage, as_json=as_json, details=details, slots=workers) as engine:
        names = listed(assets)
        request = direct_request(
            engine,
            names or None,
            None if key is None else _key(engine, names, key),
            tags=tags_from(tags),
            config=config_from(config),
            include_upstream=include_upstream,
            retry={"max_retries": max_retries} if max_retries else None,
        )
        if key is None:
            _refuse_without_key(engine, request.selection or ())
        plan = engine.plan(request)
        engine.check_config(plan)
        runs = engine.materialize(plan)
        _report(runs, as_json=as_json)
        failed = any(outcome.error is not None for run in runs for outcome in run.assets)
    raise typer.Exit(SOME_FAILED if failed else ALL_COMPLETED)


def _key(engine: Engine, names: Sequence[str], text: str) -> PartitionKey:
    """The key as the first of the assets reads it; without a name as the first that has such a key."""
    definitions = [engine.definition(name) for name in names or [asset.name for asset in engine.spec().assets]]
    partitioned = [definition for definition in definitions if definition is not None]
    if not partitioned:
        raise ConfigurationError("The selected assets have no partitions; leave --key out.")
    fitting = (definition for definition in partitioned if definition.validate_partition_key(text))
    return next(fitting, partitioned[0]).parse_key(text)


def _refuse_without_key(engine: Engine, names: Sequence[str]) -> None:
    for name in names:
        definition = engine.definition(name)
        if definition is not None:
            example = f", such as '{definition.label_at(len(definition) - 1)}'" if len(definition) else ""
            raise ConfigurationError(f"{name} has partitions, so say which one with --key{example}.")


def _report(runs: Sequence[DirectRun], *, as_json: bool) -> None:
    if as_json:
        outcomes = [outcome for run in runs for outcome in run.assets]
        print_json(
            {
                "success": all(outcome.error is None for outcome in outcomes),
                "materialized_assets": [outcome.asset for outcome in outcomes if outcome.error is None],
                "failed_assets": [
                    {"asset": outcome.asset, "error": outcome.error}
                    for outcome in outcomes
                    if outcome.error is not None
                ],
                "runs": [run_json(run.record) for run in runs],
            }
        )
        return
    lines = [_line(run.record, outcome) for run in runs for outcome in run.assets]
    if len(lines) > SHOWN_OUTCOMES:
        print(f"{len(lines) - SHOWN_OUTCOMES:,} more before these were materialized.")
    print(*lines[-SHOWN_OUTCOMES:], sep="\n")


def _line(run: RunRecord, outcome: AssetOutcome) -> str:
    done = "materialized" if outcome.error is None else f"failed: {outcome.error}"
    return f"{f'{outcome.asset} {run.label}'.strip()} ({run.run_id}) {done}"


def output(
    project: options.Project,
    asset: _Asset,
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="The partition.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=100_000, help="How many rows of a table.")] = 20,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
) -> None:
    """Show the beginning of what is stored of an asset, read in a worker as the asset's IO handler has it."""
    with opened(project, storage, as_json=as_json, details=details, slots=1) as engine:
        definition = engine.definition(asset)
        if definition is None and key is not None:
            raise ConfigurationError(f"{asset} has no partitions; leave the key out.")
        if definition is not None and key is None:
            _refuse_keyless(asset, definition)
        found = engine.output(asset, -1 if definition is None or key is None else definition.ordinal_of(key), rows)
        if as_json:
            print_json(_output_json(found))
        else:
            _print_output(found)


def _refuse_keyless(asset: str, definition: PartitionsDefinition) -> None:
    example = f", such as '{definition.label_at(len(definition) - 1)}'" if len(definition) else ""
    raise ConfigurationError(f"{asset} has partitions, so say which one by its key{example}.")


def _output_json(found: OutputPreview) -> dict[str, Any]:
    if found.text is not None:
        return {"text": found.text}
    return {
        "columns": [{"name": name, "type": kind} for name, kind in zip(found.columns, found.types, strict=True)],
        "rows": [list(row) for row in found.rows],
        "total_rows": found.total,
    }


def _print_output(found: OutputPreview) -> None:
    if found.text is not None:
        print(found.text)
        return
    table = Table(box=None)
    for name, kind in zip(found.columns, found.types, strict=True):
        table.add_column(f"{escape(name)}\n[dim]{escape(kind)}[/dim]")
    for row in found.rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    console = Console()
    console.print(table)
    if found.total is not None and found.total > len(found.rows):
        console.print(f"{len(found.rows):,} of {found.total:,} rows; ask for more with --rows.", highlight=False)


def verify(
    project: options.Project,
    assets: options.Assets = None,
    mark_missing: Annotated[
        bool, typer.Option("--mark-missing", help="Count partitions whose output is gone as missing.")
    ] = False,
    as_json: options.AsJson = False,
    details: options.Details = False,
    storage: options.Storage = None,
) -> None:
    """Look whether what was stored of all or some assets is still there. Exit code: 0 all there, 1 some is gone."""
    with opened(project, storage, as_json=as_json, details=details, slots=1) as engine:
        names = listed(assets) or [asset.name for asset in engine.spec().assets if asset.kind != "external"]
        lost = {name: engine.lost_outputs(name) for name in names}
        for name, ordinals in lost.items():
            if ordinals and mark_missing:
                engine.mark_missing(name, ordinals)
        if as_json:
            print_json([_lost_json(engine, name, ordinals) for name, ordinals in lost.items()])
        else:
            for name, ordinals in lost.items():
                print(_lost_text(engine, name, ordinals, marked=mark_missing))
    raise typer.Exit(SOME_FAILED if any(lost.values()) else ALL_COMPLETED)


def _lost_json(engine: Engine, asset: str, lost: Subset | None) -> dict[str, Any]:
    return {
        "asset": asset,
        "verified": lost is not None,
        "lost": None if lost is None else len(lost),
        "keys": None if lost is None else _keys(engine, asset, lost, len(lost)),
    }


def _lost_text(engine: Engine, asset: str, lost: Subset | None, *, marked: bool) -> str:
    if lost is None:
        return f"{asset}: cannot be verified, its IO handler does not say what it has stored"
    if not lost:
        return f"{asset}: all that was stored is there"
    keys = _keys(engine, asset, lost, SHOWN_KEYS)
    named = f": {', '.join(keys)}" if keys else ""
    more = f" and {len(lost) - SHOWN_KEYS:,} more" if len(lost) > SHOWN_KEYS else ""
    noun = "output is" if len(lost) == 1 else "outputs are"
    return f"{asset}: {len(lost):,} {noun} gone{' and marked missing' if marked else ''}{named}{more}"


def _keys(engine: Engine, asset: str, ordinals: Subset, limit: int) -> list[str]:
    definition = engine.definition(asset)
    return [] if definition is None else [definition.label_at(ordinal) for ordinal in islice(ordinals, limit)]
