"""The options that several commands of the command line share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[
    str, typer.Argument(metavar="PROJECT", help="A folder with rivers.toml, a folder with code, or a .py file.")
]
BackfillId = Annotated[str, typer.Argument(metavar="BACKFILL", help="A backfill's id, such as b12.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, such as r345.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
Details = Annotated[bool, typer.Option("--details", help="Show where in the code an error came from.")]
Storage = Annotated[
    Path | None,
    typer.Option("--storage", help="Keep the database and outputs in this folder, not in the project's .rivers."),
]
Slots = Annotated[
    int | None, typer.Option("--workers", min=1, max=256, help="Worker processes; by default one for each core.")
]
Assets = Annotated[
    str | None, typer.Option("--assets", help="Assets, with commas between; all partitioned ones if left out.")
]
Ranges = Annotated[
    list[str] | None,
    typer.Option(
        "--range",
        help="first..last, keys with commas, or both; with dimensions date=first..last, once for each dimension.",
    ),
]
Keys = Annotated[
    list[str] | None, typer.Option("--key", help="One partition key, such as 'date=2013-01-15|origin=JFK'.")
]
Everything = Annotated[bool, typer.Option("--all-partitions", help="Every partition there is.")]
Where = Annotated[
    str | None, typer.Option("--where", help="Of these only: missing, failed, canceled, stale, separated by commas.")
]
Strategy = Annotated[str | None, typer.Option("--strategy", help="multi_run, single_run or per_dimension.")]
MultiRun = Annotated[
    str | None, typer.Option("--multi-run", help="per_dimension: a run for each key of these dimensions.")
]
SingleRun = Annotated[
    str | None, typer.Option("--single-run", help="per_dimension: the dimensions batched in each run.")
]
Policy = Annotated[str, typer.Option("--failure-policy", help="continue or stop_on_failure.")]
Concurrency = Annotated[int, typer.Option("--max-concurrency", min=1, max=1024, help="How many runs at a time.")]
Order = Annotated[str, typer.Option("--order", help="oldest_first or newest_first.")]
Retries = Annotated[int, typer.Option("--max-retries", min=0, help="How often a failed run is tried again.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag for the backfill and its runs, name=value.")]
Config = Annotated[
    list[str] | None, typer.Option("--config", help="asset.field=value, or a JSON object asset -> fields.")
]
Upstream = Annotated[bool, typer.Option("--include-upstream", help="Also the assets these depend on.")]
Downstream = Annotated[bool, typer.Option("--include-downstream", help="Also the assets that depend on these.")]
