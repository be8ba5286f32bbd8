"""Everything that is known of one partition, put together from its state, its runs and its output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.records import ErrorReport, Materialization, PartitionRecord, format_run_id
from rivers_core.states import PartitionState, RunState
from rivers_core.storage import schema
from rivers_core.storage.carrying_over import grid_definition
from rivers_core.storage.codes import RUN_STATES
from rivers_core.storage.error_rows import read_errors
from rivers_core.storage.interning import fingerprint_of, read_definition
from rivers_core.storage.remap import new_ordinals
from rivers_core.storage.run_rows import reserved_by
from rivers_core.storage.state_chunks import GridOf, read_chunks
from rivers_core.storage.state_columns import CELLS

_MARK = "Failed"  # the kind of an error that has a message alone


def partition_record(
    connection: Connection, asset: str, definition: PartitionsDefinition | None, ordinal: int
) -> PartitionRecord:
    """What is stored of a partition; MISSING where nothing is."""
    place = max(ordinal, 0)
    key = "" if definition is None else definition.label_at(place)
    of = find_grid(connection, asset, definition)
    cell = None if of is None else _cell(connection, of, place)
    if of is None or cell is None or not cell["attempt_run"]:
        return PartitionRecord(asset, ordinal, key, PartitionState.MISSING, None, None, None, None, None, None)
    run = cell["attempt_run"]
    row = connection.execute(select(schema.runs).where(schema.runs.c.number == run)).one_or_none()
    attempt = RUN_STATES[cell["attempt"]]
    return PartitionRecord(
        asset=asset,
        ordinal=ordinal,
        key=key,
        state=PartitionState(cell["shown"]),
        attempt_run=format_run_id(run),
        attempt_state=attempt,
        attempt_started=None if row is None else row.started,
        attempt_ended=None if row is None else row.ended,
        error=_error(connection, of, definition, place, row) if attempt is RunState.FAILED else None,
        materialization=_materialization(connection, of, definition, place, cell),
        has_run=row is not None or reserved_by(connection, run) is not None,  # one that never began has no row
    )


def find_grid(connection: Connection, asset: str, definition: PartitionsDefinition | None) -> GridOf | None:
    """None if nothing was ever stored of this asset in this numbering."""
    row = connection.execute(
        select(schema.assets.c.id, schema.grids.c.id)
        .join(schema.grids, schema.grids.c.fingerprint == fingerprint_of(definition))
        .where(schema.assets.c.name == asset)
    ).one_or_none()
    return None if row is None else GridOf(row[0], row[1])


def _cell(connection: Connection, of: GridOf, ordinal: int) -> dict[str, int]:
    chunks = read_chunks(connection, of, np.array([ordinal // CELLS]))
    return {name: int(column[0, ordinal % CELLS]) for name, column in chunks.items()}


def _error(
    connection: Connection,
    of: GridOf,
    definition: PartitionsDefinition | None,
    ordinal: int,
    row: Row[Any] | None,
) -> ErrorReport | None:
    """What was said of this partition alone, else what ended its run; None once the run was deleted."""
    if row is None:
        return None
    then = _ordinal_in_run(connection, row.stage, definition, ordinal)
    table = schema.partition_failures
    message = connection.execute(
        select(table.c.message).where(table.c.run == row.number, table.c.asset == of.asset, table.c.ordinal == then)
    ).scalar()
    if message is not None:
        return ErrorReport(_MARK, message)
    return read_errors(connection, [row.error]).get(row.error)


def _ordinal_in_run(connection: Connection, stage: int, definition: PartitionsDefinition | None, ordinal: int) -> int:
    """The ordinal that the partition had within the run's own definition."""
    used = connection.execute(
        select(schema.definitions)
        .join(schema.stages, schema.stages.c.definition == schema.definitions.c.id)
        .where(schema.stages.c.id == stage)
    ).one_or_none()
    if used is None or used.fingerprint == fingerprint_of(definition):
        return ordinal
    return int(new_ordinals(definition, read_definition(connection, used.id), np.array([ordinal]))[0])


def _materialization(
    connection: Connection, of: GridOf, definition: PartitionsDefinition | None, ordinal: int, cell: dict[str, int]
) -> Materialization | None:
    run = cell["materialized_run"]
    if not run:
        return None
    versions = schema.code_versions
    code_version = connection.execute(select(versions.c.text).where(versions.c.id == cell["code_version"])).scalar()
    data_version, metadata = _output(connection, of, run, definition, ordinal)
    return Materialization(
        run_id=format_run_id(run),
        time=cell["materialized_time"] / 1000,
        code_version=code_version,
        data_version=data_version,
        metadata=metadata,
    )


def _output(
    connection: Connection, of: GridOf, run: int, definition: PartitionsDefinition | None, ordinal: int
) -> tuple[str | None, Mapping[str, Any]]:
    """The data version and metadata that the run gave this partition's output."""
    table = schema.outputs
    for row in connection.execute(select(table).where(table.c.run == run, table.c.asset == of.asset)):
        then = _ordinal_then(connection, of, row.grid, definition, ordinal)
        subset = Subset.from_ranges(json.loads(row.ranges)) or Subset(((0, 1),))
        if then in subset:
            keys = schema.output_keys
            own = connection.execute(
                select(keys.c.metadata).where(keys.c.run == run, keys.c.asset == of.asset, keys.c.ordinal == then)
            ).scalar()
            return row.data_version, json.loads(row.metadata) | (json.loads(own) if own else {})
    return None, {}


def _ordinal_then(
    connection: Connection, of: GridOf, grid: int, definition: PartitionsDefinition | None, ordinal: int
) -> int:
    """The ordinal that the partition had when it was stored; its definition may have been edited since."""
    if grid == of.grid:
        return ordinal
    return int(new_ordinals(definition, grid_definition(connection, grid), np.array([ordinal]))[0])
