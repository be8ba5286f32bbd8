"""Resumes a backfill, asking first what has to be asked: whether new code is meant, and for its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell
from rivers_core.exceptions import CodeChangedError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.widgets.config_form import Config

_ANSWERS: Final = (
    Answer("keepPausedButton", "Not Now"),
    Answer("acceptNewCodeButton", "Resume With the New Code", role="primary"),
)


async def resumed(shell: Shell, parent: QWidget | None, session: ProjectSession, backfill_id: str) -> bool:
    """Whether the backfill goes on; False when the person does not want it to with the code as it is now.

    What is secret of its config is asked for again where nobody here knows it any more.
    """
    try:
        return await _resume(shell, parent, session, backfill_id)
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
        return await _resume(shell, parent, session, backfill_id, accept_new_code=True)


async def _resume(
    shell: Shell,
    parent: QWidget | None,
    session: ProjectSession,
    backfill_id: str,
    *,
    accept_new_code: bool = False,
) -> bool:
    async def resume(config: Config | None) -> bool:
        await session.resume(backfill_id, accept_new_code=accept_new_code, config=config)
        return True

    # Imported here: its form is not needed for the window's first picture.
    from rivers_app.dialogs.secrets import with_secrets

    record = session.backfills.get(backfill_id)
    assets = record.assets if record is not None else ()
    return bool(await with_secrets(shell, parent, session, assets, resume))
