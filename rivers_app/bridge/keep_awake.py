"""Keeps the computer from falling asleep while backfills run."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QProcess

log = logging.getLogger(__name__)

_ES_CONTINUOUS: Final = 0x80000000
_ES_SYSTEM_REQUIRED: Final = 0x00000001


def holding_command(platform: str, process_id: int) -> list[str] | None:
    """A program that holds sleep off for as long as it runs, and ends when this process does; None if none is known."""
    if platform == "darwin":
        return ["caffeinate", "-i", "-w", str(process_id)]
    if platform.startswith("linux"):  # cat ends when its input does, which is a pipe of this process
        told = ["--what=sleep:idle", "--who=Rivers Desktop", "--why=A backfill is running"]
        return ["systemd-inhibit", *told, "--mode=block", "cat"]
    return None


class KeepAwake(QObject):
    """`hold(True)` until `hold(False)`; where the system offers no way, nothing happens."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._is_held = False

    @property
    def is_held(self) -> bool:
        return self._is_held

    def hold(self, is_wanted: bool) -> None:
        if is_wanted == self._is_held:
            return
        self._is_held = is_wanted
        if sys.platform == "win32":
            _tell_windows(is_wanted)
        elif is_wanted:
            self._begin(holding_command(sys.platform, os.getpid()))
        else:
            self._end()

    def _begin(self, command: list[str] | None) -> None:
        if command is None:
            return
        self._process = QProcess(self)
        self._process.errorOccurred.connect(self._on_error)
        self._process.start(command[0], command[1:])

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.errorOccurred.disconnect(self._on_error)
            process.setParent(QCoreApplication.instance())  # it may end a moment after this object
            for over in (process.finished, process.errorOccurred):
                over.connect(process.deleteLater)
            if process.state() is QProcess.ProcessState.NotRunning:
                process.deleteLater()
            process.closeWriteChannel()
            process.terminate()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        log.info("The computer cannot be kept awake: %s", error.name)
        self._process = None


def _tell_windows(is_wanted: bool) -> None:
    if sys.platform == "win32":
        import ctypes

        state = _ES_CONTINUOUS | (_ES_SYSTEM_REQUIRED if is_wanted else 0)
        ctypes.windll.kernel32.SetThreadExecutionState(state)
