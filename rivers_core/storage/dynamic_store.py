"""The keys of dynamic partitions, in the order in which they were added."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.keys import fault_in_value
from rivers_core.storage import schema
from rivers_core.storage.database import Database
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_table = schema.dynamic_partitions


class DynamicStore:
    """Reads of any thread; changes wait until they are committed."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def keys(self, name: str) -> tuple[str, ...]:
        """Those of one definition; none for a name that was never used."""
        return self.all().get(name, ())

    def all(self) -> dict[str, tuple[str, ...]]:
        """The keys of every name."""
        found: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(select(_table).order_by(_table.c.name, _table.c.place)):
                found.setdefault(row.name, []).append(row.key)
        return {name: tuple(keys) for name, keys in found.items()}

    def names(self) -> tuple[str, ...]:
        return tuple(self.all())

    def has(self, name: str, key: str) -> bool:
        chosen = select(func.count()).where(_table.c.name == name, _table.c.key == key)
        with self._database.reading() as connection:
            return bool(connection.execute(chosen).scalar_one())

    def add(self, name: str, keys: Iterable[str]) -> tuple[str, ...]:
        """Add keys at the end; those that were not there before. PartitionValidationError for one that can be none."""
        wanted = tuple(dict.fromkeys(keys))
        for key in wanted:
            if fault := fault_in_value(key):
                raise PartitionValidationError(f"The partition key {key!r} for {name!r} {fault}.")

        def write(transaction: Transaction) -> tuple[str, ...]:
            connection = transaction.connection
            present = set(connection.execute(select(_table.c.key).where(_table.c.name == name)).scalars())
            last = connection.execute(select(func.max(_table.c.place)).where(_table.c.name == name)).scalar()
            new = tuple(key for key in wanted if key not in present)
            place = 0 if last is None else last + 1
            if new:
                rows = [{"name": name, "place": place + at, "key": key} for at, key in enumerate(new)]
                connection.execute(insert(_table), rows)
            return new

        return self._writer.call(write)

    def delete(self, name: str, key: str) -> bool:
        """Whether the key was there; the states of its partitions are kept."""
        chosen = delete(_table).where(_table.c.name == name, _table.c.key == key)
        return self._writer.call(lambda transaction: transaction.connection.execute(chosen).rowcount > 0)
