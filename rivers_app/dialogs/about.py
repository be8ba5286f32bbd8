"""Says which version of the app this is and what it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Final

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QWidget

from rivers_app.dialogs.question import Answer, asked
from rivers_app.shell import Shell

_CLOSE: Final = (Answer("closeAboutButton", "Close", role="primary"),)


async def shown_about(shell: Shell, parent: QWidget | None) -> None:
    """Show it and wait until it is closed."""
    app = version("rivers-desktop")
    await asked(
        shell,
        parent,
        name="aboutDialog",
        icon="waves",
        title=f"Rivers Desktop {app}",
        text=f"Backfill partitioned data on your own computer, by pointing at it.\n\nPython "
        f"{platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.machine()}\n\n"
        "MIT license. Icons from Lucide, ISC license.",
        answers=_CLOSE,
    )
