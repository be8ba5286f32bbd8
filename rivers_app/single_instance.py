"""Keeps the app to one window a person and display: a second start hands what it was asked for to the first."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_TAKEN: Final = b"taken\n"
_MILLISECONDS: Final = 3_000  # as long as a busy first window may take to answer; then the second opens its own
_MOST_BYTES: Final = 100_000


class SingleInstance(QObject):
    """The door between starts of the app. `place` is where it is, by default this person's own.

    `asked` is emitted in the first start, with the arguments of a second one.
    """

    asked = Signal(list)

    def __init__(self, place: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = place or default_place()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def hand_over(self, arguments: Sequence[str]) -> bool:
        """Give the arguments to the app that runs already; False where there is none or it does not answer.

        Waits for the answer, so it is called before there is a window.
        """
        socket = QLocalSocket()
        socket.connectToServer(self._place)
        if not socket.waitForConnected(_MILLISECONDS):
            return False
        _let_others_come_forward()
        socket.write(json.dumps([_absolute(argument) for argument in arguments]).encode() + b"\n")
        socket.flush()
        return socket.waitForReadyRead(_MILLISECONDS) and socket.readLine().data() == _TAKEN

    def listen(self) -> bool:
        """Be the first; False where this system has no place for the door, and then every start opens a window."""
        if self._server.listen(self._place):
            return True
        QLocalServer.removeServer(self._place)  # what a first that crashed left behind
        return self._server.listen(self._place)

    def close(self) -> None:
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_ready(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._on_ready(socket)

    def _on_ready(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        arguments = arguments_of(bytes(socket.readLine().data()))
        if arguments is None:
            socket.abort()
            return
        socket.write(_TAKEN)
        socket.disconnectFromServer()
        self.asked.emit(arguments)


def arguments_of(message: bytes) -> list[str] | None:
    """What a second start sent; None where it is no list of texts."""
    try:
        arguments = json.loads(message)
    except ValueError:
        return None
    if isinstance(arguments, list) and all(isinstance(argument, str) for argument in arguments):
        return arguments
    return None


def default_place() -> str:
    """A name of this person's settings and display: whoever works on two displays has a window on each."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
    digest = hashlib.sha256(f"{QSettings().fileName()}\n{display}".encode()).hexdigest()[:16]
    name = f"rivers-desktop-{digest}"
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    return str(Path(folder, name)) if folder and os.name == "posix" else name


def _let_others_come_forward() -> None:
    """Windows lets a window come to the front only for a program that was just used: this one, not the first."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)


def _absolute(argument: str) -> str:
    """The first start stands in another folder: paths are given whole."""
    return argument if argument.startswith("--") else os.path.abspath(argument)  # noqa: PTH100 - links stay
