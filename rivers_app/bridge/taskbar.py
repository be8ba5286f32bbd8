"""How far the backfills are, on the app's icon in the desktop's dock or task bar, where it shows such things."""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

_PATH: Final = "/com/canonical/unity/launcherentry/rivers_desktop"
_INTERFACE: Final = "com.canonical.Unity.LauncherEntry"
"""What Plasma, Ubuntu's dock and others listen to."""


def launcher_properties(running: int, share: float | None) -> dict[str, object]:
    """What is told for so many backfills that are through to this share (0 to 1; None: nothing under way)."""
    return {
        "count": running,
        "count-visible": running > 0,
        "progress": share if share is not None else 0.0,
        "progress-visible": share is not None,
    }


class Taskbar(QObject):
    """Tells only what changed: `show` may be called as often as one likes."""

    def __init__(self, desktop_file: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desktop_file = desktop_file
        self._shown: tuple[int, float | None] = (0, None)

    def show(self, running: int, share: float | None) -> None:
        """`share` is rounded to hundredths."""
        wanted = (running, None if share is None else round(share, 2))
        if wanted == self._shown:
            return
        self._shown = wanted
        if sys.platform.startswith("linux"):
            self._tell(launcher_properties(*wanted))
        else:
            application = QGuiApplication.instance()
            if isinstance(application, QGuiApplication):
                application.setBadgeNumber(running)

    def _tell(self, properties: dict[str, object]) -> None:
        # Qt's own badge tells no progress, and on Linux nothing at all for a program with a hyphen in its name.
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        bus = QDBusConnection.sessionBus()
        if bus.isConnected():
            message = QDBusMessage.createSignal(_PATH, _INTERFACE, "Update")
            message.setArguments([f"application://{self._desktop_file}.desktop", properties])
            bus.send(message)
