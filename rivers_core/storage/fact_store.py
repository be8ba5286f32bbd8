"""Small facts about the project, and what was last known of its code location."""

from __future__ import annotations

import json
import time
import zlib
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from rivers_core.storage import schema
from rivers_core.storage.database import Database
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

# Going back to an earlier version of the code is common, further back is not.
_KEPT_SPECS = 20


class FactStore:
    """Values that JSON can hold, by name; and specs of code locations, by fingerprint of the code."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def get(self, name: str, default: Any = None) -> Any:  # whatever JSON holds
        with self._database.reading() as connection:
            found = connection.execute(select(schema.facts.c.value).where(schema.facts.c.name == name)).scalar()
        return default if found is None else json.loads(found)

    def set(self, name: str, value: Any) -> None:
        row = insert(schema.facts).values(name=name, value=json.dumps(value))
        put = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
        self._writer.call(lambda transaction: transaction.connection.execute(put) and None)

    def location_spec(self, fingerprint: str) -> str | None:
        """The JSON that was saved for code with this fingerprint."""
        table = schema.locations
        with self._database.reading() as connection:
            found = connection.execute(select(table.c.spec).where(table.c.fingerprint == fingerprint)).scalar()
        return None if found is None else zlib.decompress(found).decode()

    def save_location_spec(self, fingerprint: str, spec: str) -> None:
        """Keep the JSON for later; only the last few are kept."""
        table = schema.locations
        row = insert(table).values(fingerprint=fingerprint, spec=zlib.compress(spec.encode()), saved=time.time())
        put = row.on_conflict_do_update(
            index_elements=["fingerprint"], set_={"spec": row.excluded.spec, "saved": row.excluded.saved}
        )
        newest = select(table.c.fingerprint).order_by(table.c.saved.desc()).limit(_KEPT_SPECS)

        def write(transaction: Transaction) -> None:
            transaction.connection.execute(put)
            transaction.connection.execute(delete(table).where(table.c.fingerprint.not_in(newest)))

        self._writer.call(write)
