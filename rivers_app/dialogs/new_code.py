"""Resumes a backfill, asking first where its code is another than the one it was planned with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell
from rivers_core.exceptions import CodeChangedError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_ANSWERS: Final = (
    Answer("keepPausedButton", "Not Now"),
    Answer("acceptNewCodeButton", "Resume With the New Code", role="primary"),
)


async def resumed(shell: Shell, parent: QWidget | None, session: ProjectSession, backfill_id: str) -> bool:
    """Whether the backfill goes on; False when the person does not want it to with the code as it is now."""
    try:
        await session.resume(backfill_id)
    except CodeChangedError as changed:
        answer = await asked(
            shell,
            parent,
            name="newCodeDialog",
            icon="code-xml",
            title="The code changed since this backfill was planned",
            text=str(changed),
            answers=_ANSWERS,
        )
        if answer != "acceptNewCodeButton":
            return False
        await session.resume(backfill_id, accept_new_code=True)
    return True
