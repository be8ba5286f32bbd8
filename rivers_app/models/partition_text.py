"""A partition's record in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rivers_app.wording import PARTITION_STATE_TEXT, RUN_STATE_TEXT, ago, count, duration, when
from rivers_core.states import PartitionState, RunState

if TYPE_CHECKING:
    from rivers_core.partitions.definitions import PartitionsDefinition
    from rivers_core.records import PartitionRecord

_SEPARATORS: Final = ("·", "|", ",")


def key_text(record: PartitionRecord) -> str:
    """`2013-01-15 · JFK`: the values without the names of their dimensions; the asset's name if it has no keys."""
    return spaced_key(record.key) if record.key else record.asset


def spaced_key(key: str) -> str:
    """A written key as it is shown: `date=2013-01-15|origin=JFK` is `2013-01-15 · JFK`."""
    return " · ".join(part.partition("=")[2] or part for part in key.split("|"))


def written_key(text: str, definition: PartitionsDefinition) -> str:
    """The key as it is written, from how it is shown or is easy to type; other text stays as it is.

    `2013-01-15 · JFK`, `2013-01-15, JFK` and `2013-01-15|JFK` are `date=2013-01-15|origin=JFK`.
    """
    names = [name for name, _ in definition.dimensions] if definition.is_multi else []
    for separator in _SEPARATORS:
        values = [part.strip() for part in text.split(separator)]
        has_names = separator == "|" and all("=" in value for value in values)
        if len(values) == len(names) and not has_names:
            return "|".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    return text.strip()


def spaced_label(label: str) -> str:
    """What a run covers as it is shown: a key, or `first … last (31)`."""
    return " … ".join(spaced_key(key) for key in label.split(" … "))


def attempt_text(record: PartitionRecord, now: float) -> str:
    """`failed 2 min ago, 1.2 s`; empty if it was never tried."""
    if record.attempt_state is None:
        return ""
    started, ended = record.attempt_started, record.attempt_ended
    words = RUN_STATE_TEXT[record.attempt_state]
    if not record.attempt_state.is_final:
        return f"{words} since {when(started)}" if started is not None else words
    took = duration(ended - started) if started is not None and ended is not None else ""
    run = f"run {record.attempt_run}" if record.has_run else "its run was deleted"
    return ", ".join(part for part in (f"{words} {ago(ended, now)}".strip(), took, run) if part)


def stale_reason(record: PartitionRecord, code_version: str | None, upstream: Sequence[str]) -> str:
    """Why a partition is stale: `code_version` is the asset's own by now, `upstream` names assets that changed."""
    stored = record.materialization
    if stored is None or record.state is not PartitionState.STALE:
        return ""
    if stored.code_version != code_version:
        made, current = stored.code_version or "none", code_version or "none"
        return f"Stale: made by code version {made}, which is {current} now."
    return f"Stale: {' and '.join(upstream) or 'what it is made from'} changed since."


def output_text(record: PartitionRecord, now: float) -> str:
    """`312 rows, stored 2 min ago`, and whether it is older than the last attempt."""
    stored = record.materialization
    if stored is None:
        return "Nothing is stored yet."
    rows = stored.metadata.get("rows", stored.metadata.get("row_count"))
    size = f"{count(rows)} rows, " if isinstance(rows, int) and not isinstance(rows, bool) else ""
    text = f"{size}stored {ago(stored.time, now)}"
    if record.attempt_state is RunState.FAILED and stored.run_id != record.attempt_run:
        return f"{text}. The last attempt failed; this older output is kept."
    return text


def output_facts(record: PartitionRecord) -> str:
    """Metadata and versions, one a line."""
    stored = record.materialization
    if stored is None:
        return ""
    facts = [f"{name}: {value}" for name, value in stored.metadata.items() if name not in ("rows", "row_count")]
    if stored.code_version:
        facts.append(f"code version: {stored.code_version}")
    return "\n".join(facts)


def tool_tip(record: PartitionRecord, now: float) -> str:
    """Key, state, last attempt and error, one a line."""
    lines = [key_text(record), PARTITION_STATE_TEXT[record.state], attempt_text(record, now)]
    if record.error is not None and record.attempt_state is RunState.FAILED:
        lines.append(record.error.summary)
    return "\n".join(line for line in lines if line)
