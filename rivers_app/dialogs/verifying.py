"""Tells which stored outputs are gone, and asks whether their partitions are to count as missing."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.models.partition_text import spaced_key
from rivers_app.shell import Shell
from rivers_app.wording import count, plural
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

_KEYS_NAMED: Final = 5
_ANSWERS: Final = (
    Answer("keepLostButton", "Leave as It Is"),
    Answer("markMissingButton", "Mark Missing", role="primary"),
)


def lost_keys(definition: PartitionsDefinition | None, lost: Subset) -> str:
    """`2024-01-03, 2024-01-04 and 12 more`; empty for an asset without partitions."""
    if definition is None:
        return ""
    ordinals = [ordinal for _, ordinal in zip(range(_KEYS_NAMED), lost, strict=False)]
    named = ", ".join(spaced_key(definition.label_at(ordinal)) for ordinal in ordinals)
    more = len(lost) - len(ordinals)
    return f"{named} and {count(more)} more" if more else named


async def may_mark_missing(
    shell: Shell, parent: QWidget | None, asset: str, definition: PartitionsDefinition | None, lost: Subset
) -> bool:
    """Ask whether the partitions whose outputs are gone are to be marked missing."""
    keys = lost_keys(definition, lost)
    told = f"{keys}\n\n" if keys else ""
    verb = "is" if len(lost) == 1 else "are"
    answer = await asked(
        shell,
        parent,
        name="verifyDialog",
        icon="hard-drive",
        title=f"{plural(len(lost), 'output')} of {asset} {verb} gone",
        text=f"{told}Something outside this app took them away. Marked missing, they can be backfilled again; "
        "their runs and logs stay.",
        answers=_ANSWERS,
    )
    return answer == "markMissingButton"
