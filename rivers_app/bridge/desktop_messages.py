"""Messages of the desktop with buttons, where the system has a program that shows them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QStandardPaths, Signal

log = logging.getLogger(__name__)

PROGRAM: Final = "notify-send"
"""Of libnotify; since 0.8 it tells which button was pressed. Qt's own messages have no buttons."""
DEFAULT: Final = "default"
"""The action of a click on the message itself."""

# Names and texts of the buttons.
Actions = Sequence[tuple[str, str]]


def message_arguments(title: str, text: str, actions: Actions) -> list[str]:
    """What the program is told. With actions it stays until the message is gone, and prints the one chosen."""
    about = ["--app-name=Rivers Desktop", "--icon=rivers-desktop", "--hint=string:desktop-entry:rivers_desktop"]
    return [*about, *(f"--action={name}={words}" for name, words in actions), "--", title, text]


class DesktopMessages(QObject):
    """Shows one message at a time; a later one takes its place."""

    chosen = Signal(str, str)
    """The token of a message and the name of the action that was chosen."""
    unshown = Signal(str)
    """The token of a message that the desktop did not take."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._token = ""

    def show(self, token: str, title: str, text: str, actions: Actions) -> bool:
        """Show a message; False where the program for it is missing."""
        program = QStandardPaths.findExecutable(PROGRAM)
        if not program:
            return False
        self.take_back()
        self._token = token
        self._process = process = QProcess(self)
        process.readyReadStandardOutput.connect(self._on_answered)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        process.start(program, message_arguments(title, text, actions))
        return True

    def take_back(self) -> None:
        """Stop waiting for an answer to the message that is shown."""
        process, self._process = self._process, None
        if process is None:
            return
        process.readyReadStandardOutput.disconnect(self._on_answered)
        process.finished.disconnect(self._on_finished)
        process.errorOccurred.disconnect(self._on_error)
        process.setParent(QCoreApplication.instance())  # it may end a moment after this object
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(process.deleteLater)
        process.terminate()

    def _on_answered(self) -> None:
        """A line names the button; the program may stay until the desktop has closed the message."""
        if self._process is not None and self._process.canReadLine():
            action = bytes(self._process.readLine().data()).decode(errors="replace").strip()
            self.take_back()
            self.chosen.emit(self._token, action)

    def _on_finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        if process is not None and code:
            log.info("%s ended with %d: %s", PROGRAM, code, bytes(process.readAllStandardError().data()).decode())
            self.unshown.emit(self._token)
        if process is not None:
            process.deleteLater()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is not QProcess.ProcessError.FailedToStart or self._process is None:
            return  # whatever else goes wrong also ends the program, which is heard
        self._process.deleteLater()
        self._process = None
        self.unshown.emit(self._token)
