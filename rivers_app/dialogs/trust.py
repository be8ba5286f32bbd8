"""Asks before the code of a project that was never opened here runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell

_ANSWERS: Final = (
    Answer("distrustButton", "Don't Open"),
    Answer("trustButton", "Trust and Open", role="primary"),
)


async def is_trusted(shell: Shell, parent: QWidget | None, folder: Path) -> bool:
    """Whether the project's code may run; the person is asked the first time, and a yes is remembered."""
    if shell.settings.is_trusted(folder):
        return True
    answer = await asked(
        shell,
        parent,
        name="trustDialog",
        icon="shield-question-mark",
        title="This project runs Python code on your computer",
        text=f"{folder}\n\nIts code can read and change whatever you can. Open it if you know where it comes from. "
        "You will not be asked again for this folder.",
        answers=_ANSWERS,
    )
    if answer == "trustButton":
        shell.settings.trust(folder)
        return True
    return False
