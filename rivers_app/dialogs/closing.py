"""Asks what becomes of the backfills that run when the window is closed."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell
from rivers_app.wording import plural


class Closing(StrEnum):
    """What a person wants; the words are the buttons' object names."""

    KEEP_RUNNING = "keepRunningButton"
    STOP = "stopAndCloseButton"
    CANCEL = "cancelAndCloseButton"
    STAY = "stayButton"


_ANSWERS: Final = (
    Answer(
        Closing.KEEP_RUNNING,
        "Keep running in the background",
        explanation="The window closes; a message tells you when they are through.",
        icon="play",
    ),
    Answer(
        Closing.STOP,
        "Stop now, resume later",
        explanation="What has ended is kept. You are asked to resume at the next start.",
        icon="pause",
    ),
    Answer(
        Closing.CANCEL,
        "Cancel and close",
        explanation="What has ended is kept. The rest is marked canceled.",
        icon="square",
    ),
    Answer(Closing.STAY, "Stay"),
)


async def asked_how_to_close(shell: Shell, parent: QWidget | None, backfills: int) -> Closing:
    """Ask and wait; dismissing the question means to stay."""
    answer = await asked(
        shell,
        parent,
        name="closingDialog",
        icon="waves",
        title=f"{plural(backfills, 'backfill is', 'backfills are')} still running",
        text="What should become of them?" if backfills > 1 else "What should become of it?",
        answers=_ANSWERS,
    )
    return Closing(answer) if answer else Closing.STAY
