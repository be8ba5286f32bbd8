"""What a run told of the outputs it stored: their metadata and data versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.records import RunOutput
from rivers_core.storage import schema
from rivers_core.storage.carrying_over import grid_definition
from rivers_core.storage.launched import label_of


def read_outputs(connection: Connection, run: int) -> tuple[RunOutput, ...]:
    """By asset, in the order in which they were told; metadata of single partitions follows that of all together."""
    table, assets = schema.outputs, schema.assets
    chosen = (
        select(table, assets.c.name)
        .join(assets, assets.c.id == table.c.asset)
        .where(table.c.run == run)
        .order_by(assets.c.name, table.c.place)
    )
    return tuple(told for row in connection.execute(chosen).all() for told in _of_output(connection, row))


def _of_output(connection: Connection, row: Row[Any]) -> Iterator[RunOutput]:
    definition = grid_definition(connection, row.grid)
    subset = Subset.from_ranges(json.loads(row.ranges))
    metadata = json.loads(row.metadata)
    if metadata or row.data_version is not None:
        yield RunOutput(row.name, label_of(definition, subset), row.data_version, metadata)
    yield from _of_partitions(connection, row, definition, subset)


def _of_partitions(
    connection: Connection, row: Row[Any], definition: PartitionsDefinition | None, subset: Subset
) -> Iterator[RunOutput]:
    keys = schema.output_keys
    chosen = select(keys.c.ordinal, keys.c.metadata).where(keys.c.run == row.run, keys.c.asset == row.asset)
    for ordinal, metadata in connection.execute(chosen.order_by(keys.c.ordinal)):
        if definition is not None and ordinal in subset:
            yield RunOutput(row.name, definition.label_at(ordinal), None, json.loads(metadata))
