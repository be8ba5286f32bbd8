"""Small numbers for the names, versions and definitions that many rows share."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.storage import schema

MOST_CODE_VERSIONS = 65_535
UNPARTITIONED = ""  # the fingerprint of the one cell of an asset without partitions


class Interning:
    """The numbers given so far, remembered between transactions; `forget` after one that was undone."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Any], int] = {}

    def forget(self) -> None:
        self._known.clear()

    def asset(self, connection: Connection, name: str) -> int:
        return self._number(connection, schema.assets, schema.assets.c.name, name)

    def code_version(self, connection: Connection, text: str | None) -> int:
        """0 stands for none, and for a version beyond those that a column of states can tell apart."""
        if text is None:
            return 0
        number = self._number(connection, schema.code_versions, schema.code_versions.c.text, text)
        return number if number <= MOST_CODE_VERSIONS else 0

    def definition(self, connection: Connection, definition: PartitionsDefinition) -> int:
        """The number of a pinned definition, whose spec is stored once."""
        spec = json.dumps(definition.to_spec(), separators=(",", ":")).encode()
        return self._number(
            connection,
            schema.definitions,
            schema.definitions.c.digest,
            _digest(spec),
            fingerprint=definition.fingerprint,
            spec=zlib.compress(spec),
        )

    def grid(self, connection: Connection, fingerprint: str, definition: PartitionsDefinition | None) -> int:
        """The number of a numbering; `definition` is one that numbers so, None for the lone cell."""
        known = self._known.get(("grids", fingerprint))
        if known is not None:
            return known
        stored = None if definition is None else self.definition(connection, definition)
        return self._number(connection, schema.grids, schema.grids.c.fingerprint, fingerprint, definition=stored)

    def _number(self, connection: Connection, table: Table, column: Column[Any], value: Any, **others: Any) -> int:
        known = self._known.get((table.name, value))
        if known is not None:
            return known
        number = connection.execute(select(table.c.id).where(column == value)).scalar()
        if number is None:
            row = insert(table).values({column.name: value, **others})
            number = connection.execute(row.returning(table.c.id)).scalar_one()
        self._known[table.name, value] = int(number)
        return int(number)


def read_definition(connection: Connection, number: int) -> PartitionsDefinition:
    """The stored definition of this number."""
    spec = connection.execute(select(schema.definitions.c.spec).where(schema.definitions.c.id == number)).scalar_one()
    return PartitionsDefinition.from_spec(json.loads(zlib.decompress(spec)))


def fingerprint_of(definition: PartitionsDefinition | None) -> str:
    return UNPARTITIONED if definition is None else definition.fingerprint


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
