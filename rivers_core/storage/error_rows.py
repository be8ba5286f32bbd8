"""What user code raised, stored once however many runs and steps it ended."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy import Connection, select

from rivers_core.records import ErrorReport
from rivers_core.storage import schema
from rivers_core.storage.codes import storable

ErrorRow: TypeAlias = tuple[int, str, str, bytes]

INSERT_ERROR = "INSERT OR IGNORE INTO errors (id, kind, message, traceback) VALUES (?, ?, ?, ?)"


def error_row(report: ErrorReport) -> ErrorRow:
    """The row; its id is a digest of the rest, so that equal errors are one row without looking for it."""
    kind, message, traceback = storable(report.kind), storable(report.message), report.traceback
    written = traceback.encode(errors="replace")
    digest = hashlib.blake2b("\0".join((kind, message, "")).encode() + written, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1, kind, message, zlib.compress(written, 1)


def read_errors(connection: Connection, ids: Iterable[int | None]) -> dict[int | None, ErrorReport]:
    """The errors of these ids, with their tracebacks; None is the id of no error."""
    wanted = sorted({number for number in ids if number is not None})
    if not wanted:
        return {}
    found = connection.execute(select(schema.errors).where(schema.errors.c.id.in_(wanted)))
    return {row.id: ErrorReport(row.kind, row.message, zlib.decompress(row.traceback).decode()) for row in found}
