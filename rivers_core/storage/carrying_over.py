"""Carries the states of an edited definition over to the present one, key by key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.storage import schema
from rivers_core.storage.interning import read_definition
from rivers_core.storage.remap import NOWHERE, new_ordinals
from rivers_core.storage.state_chunks import (
    GridOf,
    delete_chunks,
    mark_changed,
    read_chunks,
    stored_chunks,
    write_chunks,
)
from rivers_core.storage.state_columns import ATTEMPT_COLUMNS, CELLS, OUTPUT_COLUMNS, Cells
from rivers_core.storage.transaction import Transaction


def pending_sources(connection: Connection, target: GridOf, size: int) -> list[int]:
    """The other grids of this asset whose states changed since they were last carried over to `target`."""
    grids, moves = schema.asset_grids, schema.state_moves
    rows = connection.execute(
        select(grids.c.grid, grids.c.position, moves.c.size, moves.c.position.label("moved"))
        .outerjoin(
            moves,
            (moves.c.asset == grids.c.asset) & (moves.c.source == grids.c.grid) & (moves.c.target == target.grid),
        )
        .where(grids.c.asset == target.asset, grids.c.grid != target.grid)
    )
    return [row.grid for row in rows if row.moved is None or row.position > row.moved or row.size != size]


def carry_over(transaction: Transaction, target: GridOf, definition: PartitionsDefinition | None) -> None:
    """Move to `target`, numbered by `definition`, every state whose key it has; what does not fit stays."""
    size = size_of(definition)
    connection = transaction.connection
    for source in pending_sources(connection, target, size):
        _carry(transaction, GridOf(target.asset, source), target, definition)
        values = {"size": size, "position": transaction.position}
        connection.execute(
            insert(schema.state_moves)
            .values(asset=target.asset, source=source, target=target.grid, **values)
            .on_conflict_do_update(index_elements=["asset", "source", "target"], set_=values)
        )


def size_of(definition: PartitionsDefinition | None) -> int:
    return 1 if definition is None else definition.size()


def _carry(transaction: Transaction, source: GridOf, target: GridOf, definition: PartitionsDefinition | None) -> None:
    connection = transaction.connection
    numbers = stored_chunks(connection, source)
    if not len(numbers):
        return
    chunks = read_chunks(connection, source, numbers)
    ordinals, flat = _occupied(numbers, chunks)
    moved = new_ordinals(grid_definition(connection, source.grid), definition, ordinals)
    fits = moved != NOWHERE
    if not fits.any():
        return
    if bool((moved == ordinals).all()) and not len(stored_chunks(connection, target)):
        _rename(connection, source, target)
    else:
        _merge(transaction, target, moved[fits], {name: column[fits] for name, column in flat.items()})
        _empty(transaction, source, numbers, chunks, ordinals[fits])
    mark_changed(connection, target, transaction.position)


def grid_definition(connection: Connection, grid: int) -> PartitionsDefinition | None:
    """A definition with this numbering; None for the lone cell."""
    number = connection.execute(select(schema.grids.c.definition).where(schema.grids.c.id == grid)).scalar_one()
    return None if number is None else read_definition(connection, number)


def _occupied(numbers: NDArray[np.int64], chunks: dict[str, Cells]) -> tuple[NDArray[np.int64], dict[str, Cells]]:
    """The ordinals of which anything is known, and their cells."""
    ordinals = (numbers[:, None] * CELLS + np.arange(CELLS)).reshape(-1)
    known = (chunks["attempt_run"] != 0).reshape(-1)
    return ordinals[known], {name: column.reshape(-1)[known] for name, column in chunks.items()}


def _rename(connection: Connection, source: GridOf, target: GridOf) -> None:
    """Every ordinal stays as it is, as when a key was added at the end."""
    table = schema.state_chunks
    connection.execute(
        update(table).where(table.c.asset == source.asset, table.c.grid == source.grid).values(grid=target.grid)
    )


def _merge(transaction: Transaction, target: GridOf, ordinals: NDArray[np.int64], cells: dict[str, Cells]) -> None:
    """Of what both know of a partition the later run's word is kept."""
    connection = transaction.connection
    numbers, at = np.unique(ordinals // CELLS, return_inverse=True)
    places = at * CELLS + ordinals % CELLS
    chunks = read_chunks(connection, target, numbers)
    flat = {name: column.reshape(-1) for name, column in chunks.items()}
    for names, age in ((ATTEMPT_COLUMNS, "attempt_run"), (OUTPUT_COLUMNS, "materialized_seq")):
        later = cells[age] > flat[age][places]
        for name in names:
            flat[name][places[later]] = cells[name][later]
    write_chunks(connection, target, numbers, transaction.position, chunks)


def _empty(
    transaction: Transaction,
    source: GridOf,
    numbers: NDArray[np.int64],
    chunks: dict[str, Cells],
    moved: NDArray[np.int64],
) -> None:
    """Take what was moved out of the source; what did not fit stays there, to be listed."""
    places = np.searchsorted(numbers, moved // CELLS) * CELLS + moved % CELLS
    for column in chunks.values():
        column.reshape(-1)[places] = 0
    left = (chunks["attempt_run"] != 0).any(axis=1)
    delete_chunks(transaction.connection, source, numbers[~left])
    if left.any():
        remaining = {name: column[left] for name, column in chunks.items()}
        write_chunks(transaction.connection, source, numbers[left], transaction.position, remaining)
