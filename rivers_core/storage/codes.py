"""The numbers and texts by which states and ids stand in the database."""

from __future__ import annotations

from rivers_core.exceptions import UnknownBackfillError
from rivers_core.records import is_id_number
from rivers_core.states import PartitionState, RunState

RUN_CODES = {
    RunState.QUEUED: int(PartitionState.QUEUED),
    RunState.RUNNING: int(PartitionState.RUNNING),
    RunState.COMPLETED: int(PartitionState.COMPLETED),
    RunState.FAILED: int(PartitionState.FAILED),
    RunState.CANCELED: int(PartitionState.CANCELED),
}
RUN_STATES = {code: state for state, code in RUN_CODES.items()}


def storable(text: str) -> str:
    """SQLite stores UTF-8 alone, and user code may hand over half a surrogate pair."""
    return text.encode(errors="replace").decode()


def format_backfill_id(number: int) -> str:
    return f"b{number}"


def parse_backfill_id(backfill_id: str) -> int:
    """The number inside a backfill's id; UnknownBackfillError if it is none."""
    digits = backfill_id.removeprefix("b")
    if digits == backfill_id or not is_id_number(digits):
        raise UnknownBackfillError(f"There is no backfill {backfill_id!r}: a backfill's id looks like b12.")
    return int(digits)
