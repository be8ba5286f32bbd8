"""Ends the app in order when its process is told to: Ctrl+C in a terminal, a logout, a service that stops."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QSocketNotifier

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class EndSignals(QObject):
    """Calls `ended` on the GUI thread for each such signal, from `install` to `remove`.

    Python handles a signal between two of its own steps, and there are none while Qt waits: a byte through a
    socket wakes it.
    """

    def __init__(self, ended: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ended = ended
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._before: dict[signal.Signals, signal.Handlers | Callable[..., object] | int | None] = {}

    def install(self) -> None:
        """Only on the main thread, as Python demands."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)

    def remove(self) -> None:
        signal.set_wakeup_fd(-1)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._notifier.setEnabled(False)
        self._near.close()
        self._far.close()

    def _on_woken(self) -> None:
        try:
            numbers = self._near.recv(64)
        except BlockingIOError:
            return
        if any(number in _SIGNALS for number in numbers):
            self._ended()
