"""The commands about partitions: which are in which state, and the keys of dynamic definitions."""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
import typer

from rivers_core.cli import options
from rivers_core.cli.opening import opened
from rivers_core.cli.refusal import print_json
from rivers_core.exceptions import ConfigurationError
from rivers_core.states import PartitionState

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of dynamic partitions.")]


def register(app: typer.Typer) -> None:
    app.command()(partitions)
    dynamic = typer.Typer(help="List, add and delete the keys of dynamic partitions.", no_args_is_help=True)
    dynamic.command(name="list")(list_keys)
    dynamic.command(name="add")(add_keys)
    dynamic.command(name="delete")(delete_key)
    app.add_typer(dynamic, name="dynamic")


def partitions(
    project: options.Project,
    asset: Annotated[str, typer.Argument(metavar="ASSET")],
    where: Annotated[str | None, typer.Option("--where", help="Only these states, separated by commas.")] = None,
    unfitting: Annotated[
        bool, typer.Option("--unfitting", help="Keys of which a state is kept though the definition has them no more.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1)] = 1_000,
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """List the partitions of an asset with their states, in the order of its definition."""
    with opened(project, storage, as_json=as_json) as engine:
        if unfitting:
            listed = [(key, "kept") for key in engine.unfitting(asset)]
        else:
            snapshot = engine.states(asset)
            chosen = np.flatnonzero(np.isin(snapshot.states, _states(where)))
            definition = snapshot.definition
            listed = [
                ("" if definition is None else definition.label_at(ordinal), _word(int(snapshot.states[ordinal])))
                for ordinal in chosen[:limit].tolist()
            ]
            _tell_rest(len(chosen) - len(listed))
        if as_json:
            print_json([{"key": key, "state": state} for key, state in listed])
        else:
            for key, state in listed:
                print(f"{state:<10} {key}".rstrip())


def _tell_rest(count: int) -> None:
    if count > 0:
        print(f"{count:,} more are not shown; ask for them with --limit.", file=sys.stderr)


def _states(where: str | None) -> list[PartitionState]:
    if where is None:
        return list(PartitionState)
    words = [word.strip() for word in where.split(",") if word.strip()]
    names = {state.name.lower(): state for state in PartitionState}
    for word in words:
        if word not in names:
            raise ConfigurationError(f"--where {word}: there are {', '.join(names)}.")
    return [names[word] for word in words]


def _word(state: int) -> str:
    return PartitionState(state).name.lower()


def list_keys(
    project: options.Project, name: _Name, as_json: options.AsJson = False, storage: options.Storage = None
) -> None:
    """List the keys of dynamic partitions."""
    with opened(project, storage, as_json=as_json) as engine:
        keys = engine.get_dynamic_partitions(name)
        if as_json:
            print_json(keys)
        else:
            for key in keys:
                print(key)


def add_keys(
    project: options.Project,
    name: _Name,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...")],
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Add keys to dynamic partitions; those that are there already stay as they are."""
    with opened(project, storage, as_json=as_json) as engine:
        added = engine.add_dynamic_partitions(name, keys)
        if as_json:
            print_json({"added": list(added)})
        else:
            print(f"Added {len(added):,} of {len(set(keys)):,} keys to {name}.")


def delete_key(
    project: options.Project,
    name: _Name,
    key: Annotated[str, typer.Argument(metavar="KEY")],
    as_json: options.AsJson = False,
    storage: options.Storage = None,
) -> None:
    """Delete a key of dynamic partitions; the states of its partitions are kept."""
    with opened(project, storage, as_json=as_json) as engine:
        if not engine.delete_dynamic_partition(name, key):
            raise ConfigurationError(f"There is no key {key!r} in the dynamic partitions {name!r}.")
        if as_json:
            print_json({"deleted": key})
        else:
            print(f"Deleted {key} from {name}.")
