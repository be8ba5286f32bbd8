"""The states of partitions as arrays, whatever became of the definition they were written under."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rivers_core.events import PartitionsChanged
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.records import format_run_id
from rivers_core.states import PartitionState
from rivers_core.storage import schema
from rivers_core.storage.carrying_over import carry_over, grid_definition, pending_sources, size_of
from rivers_core.storage.database import Database, position_of
from rivers_core.storage.interning import fingerprint_of
from rivers_core.storage.partition_records import find_grid
from rivers_core.storage.state_chunks import GridOf, forget_outputs, read_chunks, read_columns, stored_chunks
from rivers_core.storage.state_columns import CELLS, DTYPES, Cells
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer


@dataclass(frozen=True, eq=False)
class StoredStates:
    """Columns of an asset's partitions at one position; an asset without partitions has one cell.

    A column that was not asked for is an AttributeError. `shown` and `attempt` are PartitionState numbers; 0 in a
    number of a run, a sequence, a time (ms since the epoch) or a version means that there is none. An upstream
    partition with a higher `changed_seq` than this `read_seq` is newer than what this output was made from, unless
    the same run made both.
    """

    fingerprint: str
    position: int
    size: int
    columns: Mapping[str, Cells]

    def __getattr__(self, name: str) -> Cells:
        columns: Mapping[str, Cells] = self.__dict__.get("columns", {})
        if name not in columns:
            raise AttributeError(f"The column {name!r} was not asked for.")
        return columns[name]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A partition with a state whose key the present definition does not have."""

    key: str
    state: PartitionState
    run_id: str


class StateStore:
    """Reads of any thread; only the carrying over after an edited definition waits for the writer.

    `definition` is pinned, None for an asset without partitions.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def snapshot(
        self, asset: str, definition: PartitionsDefinition | None, columns: Sequence[str] = ("shown",)
    ) -> StoredStates:
        """The columns by name (see `state_columns.DTYPES`), each as long as the definition."""
        size, fingerprint = size_of(definition), fingerprint_of(definition)
        self._carry_over(asset, definition, fingerprint, size)
        with self._database.reading() as connection:
            of = find_grid(connection, asset, definition)
            if of is None:
                found = {name: np.zeros(size, DTYPES[name]) for name in columns}
            else:
                found = read_columns(connection, of, size, columns)
            return StoredStates(fingerprint, position_of(connection), size, found)

    def is_current(self, stored: StoredStates, definition: PartitionsDefinition | None) -> bool:
        """Whether a snapshot of this definition would be the same: nothing was committed since, by any process."""
        is_same = stored.fingerprint == fingerprint_of(definition) and stored.size == size_of(definition)
        return is_same and stored.position == self._database.position

    def counts(self, asset: str, definition: PartitionsDefinition | None) -> dict[PartitionState, int]:
        """How many partitions show each of the stored states."""
        found = np.bincount(self.snapshot(asset, definition).columns["shown"], minlength=max(PartitionState) + 1)
        stored = (PartitionState.MISSING, PartitionState.COMPLETED, PartitionState.FAILED, PartitionState.CANCELED)
        return {state: int(found[state]) for state in stored}

    def code_version_ids(self) -> dict[str, int]:
        """The number that stands for each code version in the column `code_version`."""
        table = schema.code_versions
        with self._database.reading() as connection:
            return {row.text: row.id for row in connection.execute(select(table))}

    def changed_assets(self, since: int) -> dict[str, int]:
        """The assets whose states changed after a position, by any process, with the position of the last change."""
        grids, assets = schema.asset_grids, schema.assets
        chosen = select(assets.c.name, grids.c.position).join(assets, assets.c.id == grids.c.asset)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.where(grids.c.position > since).order_by(grids.c.position))
            return dict(map(tuple, rows))

    def mark_missing(self, asset: str, definition: PartitionsDefinition | None, ordinals: Collection[int]) -> None:
        """Take back that these partitions have an output, because what was stored of it is gone."""
        cells = np.unique(np.fromiter(ordinals, dtype=np.int64, count=len(ordinals)))
        if not len(cells):
            return
        fingerprint = fingerprint_of(definition)
        self._carry_over(asset, definition, fingerprint, size_of(definition))

        def write(transaction: Transaction) -> None:
            connection, interning = transaction.connection, transaction.interning
            of = GridOf(interning.asset(connection, asset), interning.grid(connection, fingerprint, definition))
            shown = forget_outputs(connection, of, transaction.position, cells)
            transaction.tell(PartitionsChanged(transaction.position, asset, fingerprint, cells, shown))

        self._writer.call(write)

    def orphans(self, asset: str, definition: PartitionsDefinition | None) -> list[Orphan]:
        """What was kept of partitions that the definition has no more, oldest definition first."""
        size, fingerprint = size_of(definition), fingerprint_of(definition)
        self._carry_over(asset, definition, fingerprint, size)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(schema.asset_grids.c.asset, schema.grids.c.id, schema.grids.c.fingerprint)
                .join(schema.assets, schema.assets.c.id == schema.asset_grids.c.asset)
                .join(schema.grids, schema.grids.c.id == schema.asset_grids.c.grid)
                .where(schema.assets.c.name == asset)
                .order_by(schema.grids.c.id)
            ).all()
            found: list[Orphan] = []
            for number, grid, its_fingerprint in rows:
                beyond = size if its_fingerprint == fingerprint else 0
                found += _orphans(connection, GridOf(number, grid), beyond)
            return found

    def _carry_over(self, asset: str, definition: PartitionsDefinition | None, fingerprint: str, size: int) -> None:
        """Bring over what an earlier definition left, if there is anything."""
        with self._database.reading() as connection:
            number = connection.execute(select(schema.assets.c.id).where(schema.assets.c.name == asset)).scalar()
            if number is None:
                return
            grid = connection.execute(select(schema.grids.c.id).where(schema.grids.c.fingerprint == fingerprint))
            # A grid that is not stored yet has no number: nothing can have been carried over to it.
            if not pending_sources(connection, GridOf(number, grid.scalar() or 0), size):
                return

        def write(transaction: Transaction) -> None:
            target = transaction.interning.grid(transaction.connection, fingerprint, definition)
            carry_over(transaction, GridOf(number, target), definition)

        self._writer.call(write)


def _orphans(connection: Connection, of: GridOf, beyond: int) -> list[Orphan]:
    """The states of a grid from an ordinal on."""
    numbers = stored_chunks(connection, of)
    numbers = numbers[numbers >= beyond // CELLS]
    if not len(numbers):
        return []
    definition = grid_definition(connection, of.grid)
    chunks = read_chunks(connection, of, numbers, ("shown", "attempt_run"))
    ordinals: NDArray[np.int64] = (numbers[:, None] * CELLS + np.arange(CELLS)).reshape(-1)
    runs, shown = chunks["attempt_run"].reshape(-1), chunks["shown"].reshape(-1)
    kept = (runs != 0) & (ordinals >= beyond)
    return [
        Orphan(definition.label_at(ordinal) if definition else "", PartitionState(state), format_run_id(run))
        for ordinal, state, run in zip(ordinals[kept].tolist(), shown[kept].tolist(), runs[kept].tolist(), strict=True)
    ]
