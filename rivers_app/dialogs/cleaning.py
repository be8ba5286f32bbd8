"""Says which history goes before it is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell
from rivers_app.wording import count, plural, when

if TYPE_CHECKING:
    from rivers_core.records import BackfillRecord

_ANSWERS: Final = (
    Answer("keepHistoryButton", "Keep"),
    Answer("deleteHistoryButton", "Delete", role="danger"),
)


def what_goes(old: list[BackfillRecord]) -> str:
    """`2 backfills with 31 runs, from 2026-01-02 to 2026-02-03.`"""
    runs = sum(record.ended_runs for record in old)
    created = sorted(record.created for record in old)
    first, last = when(created[0])[:10], when(created[-1])[:10]
    span = f"of {first}" if first == last else f"from {first} to {last}"
    noun = "run" if runs == 1 else "runs"
    return f"{plural(len(old), 'backfill')} with {count(runs)} {noun} and their logs, {span}."


async def may_clean(shell: Shell, parent: QWidget | None, old: list[BackfillRecord]) -> bool:
    """Ask whether these backfills may be deleted."""
    answer = await asked(
        shell,
        parent,
        name="cleaningDialog",
        icon="trash-2",
        title="Delete this history?",
        text=f"{what_goes(old)}\n\nOutputs and the states of partitions are kept.",
        answers=_ANSWERS,
    )
    return answer == "deleteHistoryButton"
