"""Which process drives a backfill, and whether that process still lives."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

# A process on another computer is taken for dead when it was silent for so long.
SILENCE_SECONDS = 60.0
_CLOCK_TOLERANCE = 2.0


@dataclass(frozen=True, slots=True)
class Holder:
    """A process, told apart from a later one with the same number by when it began."""

    pid: int
    host: str
    boot_id: str
    process_started: float
    heartbeat: float = 0.0

    @classmethod
    def current(cls) -> Holder:
        """This process."""
        pid = os.getpid()
        return cls(pid, socket.gethostname(), _boot_id(), psutil.Process(pid).create_time(), time.time())

    def is_same_process(self, other: Holder) -> bool:
        return (self.pid, self.host, self.boot_id) == (other.pid, other.host, other.boot_id) and abs(
            self.process_started - other.process_started
        ) < _CLOCK_TOLERANCE


def is_alive(holder: Holder) -> bool:
    """Whether the process still runs; of another computer's the heartbeat tells."""
    if holder.host != socket.gethostname():
        return time.time() - holder.heartbeat < SILENCE_SECONDS
    if holder.boot_id != _boot_id():
        return False
    try:
        process = psutil.Process(holder.pid)
        began_then = abs(process.create_time() - holder.process_started) < _CLOCK_TOLERANCE
        return began_then and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _boot_id() -> str:
    """What changes when the computer starts anew; needed where a process's beginning is counted from that moment.

    That is Linux. Elsewhere the system keeps the time of day at which a process began, and "" is enough.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
