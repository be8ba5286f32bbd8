"""Reads and writes the chunks of one asset's partition states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from rivers_core.states import PartitionState
from rivers_core.storage import schema
from rivers_core.storage.state_columns import CELLS, COLUMNS, DTYPES, OUTPUT_COLUMNS, Cells, no_cells, pack, unpack

_table = schema.state_chunks
# So many chunks are in memory at a time, whatever the number of partitions.
_BLOCK = 512
_PLACEHOLDERS = ", ".join("?" * (len(COLUMNS) + 4))
_UPSERT = (
    f"INSERT OR REPLACE INTO state_chunks (asset, grid, chunk, position, {', '.join(COLUMNS)}) VALUES ({_PLACEHOLDERS})"
)
_MOST_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class GridOf:
    """Whose states: the numbers of an asset and of the numbering its partitions have."""

    asset: int
    grid: int


@dataclass(frozen=True, slots=True, eq=False)
class Attempts:
    """What runs did to partitions of one asset; arrays of equal length, no ordinal twice.

    `states` are COMPLETED, FAILED or CANCELED. The last six tell of the output where `materialized` holds; `reads`
    are the sequences up to which other outputs were there when the run began.
    """

    ordinals: NDArray[np.int64]
    states: NDArray[np.uint8]
    runs: NDArray[np.int64]
    materialized: NDArray[np.bool_]
    sequences: NDArray[np.int64]
    times: NDArray[np.int64]  # milliseconds since the epoch
    code_versions: NDArray[np.uint16]
    data_versions: NDArray[np.uint64]  # 0 where the data has no version
    reads: NDArray[np.int64]

    def columns(self) -> tuple[Cells, ...]:
        """The arrays, in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def __getitem__(self, chosen: slice | NDArray[np.intp]) -> Attempts:
        return Attempts(*(column[chosen] for column in self.columns()))

    def sorted(self) -> Attempts:
        """By ordinal; of an ordinal that comes twice the later attempt is kept."""
        if len(self.ordinals) < 2 or bool((np.diff(self.ordinals) > 0).all()):
            return self
        _, last = np.unique(self.ordinals[::-1], return_index=True)
        return self[len(self.ordinals) - 1 - last]


def record_attempts(connection: Connection, of: GridOf, position: int, attempts: Attempts) -> NDArray[np.uint8]:
    """Write the attempts, which are sorted; the state each partition now shows, aligned with them.

    A canceled attempt leaves what was shown before it, unless nothing was.
    """
    shown = np.empty(len(attempts.ordinals), dtype=np.uint8)
    for part in _blocks(attempts.ordinals):
        shown[part] = _record(connection, of, position, attempts[part])
    mark_changed(connection, of, position)
    return shown


def _blocks(ordinals: NDArray[np.int64]) -> Iterator[slice]:
    """Cut where a block's number of chunks is reached."""
    blocks = ordinals // (CELLS * _BLOCK)
    starts = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), len(ordinals)]
    for start, stop in pairwise(starts):
        if stop > start:
            yield slice(start, stop)


def _record(connection: Connection, of: GridOf, position: int, attempts: Attempts) -> NDArray[np.uint8]:
    numbers, at = chunks_of(attempts.ordinals)
    cells = at * CELLS + attempts.ordinals % CELLS
    chunks = read_chunks(connection, of, numbers)
    flat = {name: column.reshape(-1) for name, column in chunks.items()}
    shown = _apply(flat, cells, attempts)
    write_chunks(connection, of, numbers, position, chunks)
    return shown


def forget_outputs(connection: Connection, of: GridOf, position: int, ordinals: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Take back that these ascending partitions have an output; the state each shows now.

    What an attempt did stays known; a completed partition shows MISSING, a failed one goes on showing that.
    """
    shown = np.empty(len(ordinals), dtype=np.uint8)
    for part in _blocks(ordinals):
        numbers, at = chunks_of(ordinals[part])
        cells = at * CELLS + ordinals[part] % CELLS
        chunks = read_chunks(connection, of, numbers)
        flat = {name: column.reshape(-1) for name, column in chunks.items()}
        for name in OUTPUT_COLUMNS:
            flat[name][cells] = 0
        completed = flat["shown"][cells] == PartitionState.COMPLETED
        flat["shown"][cells[completed]] = PartitionState.MISSING
        shown[part] = flat["shown"][cells]
        write_chunks(connection, of, numbers, position, chunks)
    mark_changed(connection, of, position)
    return shown


def _apply(flat: dict[str, Cells], cells: NDArray[np.int64], attempts: Attempts) -> NDArray[np.uint8]:
    earlier = flat["shown"][cells]
    kept = (attempts.states == PartitionState.CANCELED) & (earlier != PartitionState.MISSING)
    shown = np.where(kept, earlier, attempts.states).astype(np.uint8)
    flat["shown"][cells] = shown
    flat["attempt"][cells] = attempts.states
    flat["attempt_run"][cells] = attempts.runs
    chosen = attempts.materialized
    written, versions = cells[chosen], attempts.data_versions[chosen]
    same = (versions != 0) & (flat["data_version"][written] == versions)
    sequences = attempts.sequences[chosen]
    flat["changed_seq"][written] = np.where(same, flat["changed_seq"][written], sequences)
    flat["materialized_run"][written] = attempts.runs[chosen]
    flat["materialized_seq"][written] = sequences
    flat["materialized_time"][written] = attempts.times[chosen]
    flat["code_version"][written] = attempts.code_versions[chosen]
    flat["data_version"][written] = versions
    flat["read_seq"][written] = attempts.reads[chosen]
    return shown


def chunks_of(ordinals: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The chunks that hold ascending ordinals, and for each ordinal which of them it is."""
    chunk = ordinals // CELLS
    begins = np.concatenate(([True], chunk[1:] != chunk[:-1]))
    return chunk[begins], np.cumsum(begins) - 1


def read_chunks(
    connection: Connection, of: GridOf, numbers: NDArray[np.int64], columns: Sequence[str] = COLUMNS
) -> dict[str, Cells]:
    """Each column of these chunks (shape: n, CELLS); `numbers` are ascending."""
    found: list[Row[tuple[object, ...]]] = []
    for condition in _chosen(numbers):
        found += connection.execute(
            select(_table.c.chunk, *(_table.c[name] for name in columns)).where(_belongs(of), condition)
        )
    rows = no_cells(len(numbers)) if tuple(columns) == COLUMNS else _empty(columns, len(numbers))
    if not found:
        return rows
    chunk_of, *packed = zip(*found, strict=True)
    wanted, here, there = np.intersect1d(numbers, np.array(chunk_of, dtype=np.int64), return_indices=True)
    if len(wanted):
        for name, values in zip(columns, packed, strict=True):
            rows[name][here] = unpack(name, values)[there]
    return rows


def _empty(columns: Sequence[str], count: int) -> dict[str, Cells]:
    return {name: np.zeros((count, CELLS), dtype=DTYPES[name]) for name in columns}


def _belongs(of: GridOf) -> ColumnElement[bool]:
    return and_(_table.c.asset == of.asset, _table.c.grid == of.grid)


def _chosen(numbers: NDArray[np.int64]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find these chunks: one range where they are close, else lists of them."""
    first, last = int(numbers[0]), int(numbers[-1])
    if last - first < 4 * len(numbers):
        yield _table.c.chunk.between(first, last)
        return
    for start in range(0, len(numbers), _MOST_PARAMETERS):
        yield _table.c.chunk.in_(numbers[start : start + _MOST_PARAMETERS].tolist())


def write_chunks(
    connection: Connection, of: GridOf, numbers: NDArray[np.int64], position: int, chunks: dict[str, Cells]
) -> None:
    """Put these chunks in place of what is stored of them."""
    packed = [pack(name, chunks[name]) for name in COLUMNS]
    connection.exec_driver_sql(
        _UPSERT,
        [
            (of.asset, of.grid, number, position, *values)
            for number, *values in zip(numbers.tolist(), *packed, strict=True)
        ],
    )


def stored_chunks(connection: Connection, of: GridOf) -> NDArray[np.int64]:
    """The numbers of the chunks that are stored, ascending."""
    found = connection.execute(select(_table.c.chunk).where(_belongs(of)).order_by(_table.c.chunk))
    return np.array(found.scalars().all(), dtype=np.int64)


def delete_chunks(connection: Connection, of: GridOf, numbers: NDArray[np.int64] | None = None) -> None:
    """Remove these chunks, or all of the grid."""
    if numbers is None:
        connection.execute(delete(_table).where(_belongs(of)))
        return
    for start in range(0, len(numbers), _MOST_PARAMETERS):
        some = numbers[start : start + _MOST_PARAMETERS].tolist()
        connection.execute(delete(_table).where(_belongs(of), _table.c.chunk.in_(some)))


def mark_changed(connection: Connection, of: GridOf, position: int) -> None:
    """Remember which commit changed this asset's states last."""
    connection.execute(
        insert(schema.asset_grids)
        .values(asset=of.asset, grid=of.grid, position=position)
        .on_conflict_do_update(index_elements=["asset", "grid"], set_={"position": position})
    )


def read_shown(connection: Connection, of: GridOf, size: int) -> NDArray[np.uint8]:
    """What the first `size` partitions show; those that nothing was written of are MISSING (0)."""
    return read_columns(connection, of, size, ("shown",))["shown"]


def read_columns(connection: Connection, of: GridOf, size: int, columns: Sequence[str]) -> dict[str, Cells]:
    """These columns of the first `size` partitions."""
    count = -(-size // CELLS)
    rows = connection.execute(
        select(_table.c.chunk, *(_table.c[name] for name in columns)).where(_belongs(of), _table.c.chunk < count)
    ).all()
    whole = _empty(columns, count)
    if rows:
        numbers, *packed = zip(*rows, strict=True)
        for name, values in zip(columns, packed, strict=True):
            whole[name][list(numbers)] = unpack(name, values)
    return {name: cells.reshape(-1)[:size] for name, cells in whole.items()}
