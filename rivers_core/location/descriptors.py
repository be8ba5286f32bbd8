"""Takes a worker's standard descriptors for itself and catches what anything else writes to them.

Prints of C code and of subprocesses reach the log of the current run this way; prints of Python code come by
`rivers_core.steps.streams`.
"""

from __future__ import annotations

import os
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from threading import Lock
from typing import TextIO

if sys.platform == "win32":
    import _winapi
    import msvcrt
    import time

    def _bytes_waiting(descriptor: int) -> int:
        available: int = _winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0]
        return available

    def wait_for_output(pipes: list[OutputPipe], timeout: float) -> None:
        """Wait until a pipe has something to read, or for `timeout` seconds."""
        # Windows cannot wait for pipes; looking at them twenty times a second costs little.
        time.sleep(min(timeout, 0.05))

else:
    import fcntl
    import select
    import termios

    def _bytes_waiting(descriptor: int) -> int:
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0")
        return int.from_bytes(answer, sys.byteorder)

    def wait_for_output(pipes: list[OutputPipe], timeout: float) -> None:
        """Wait until a pipe has something to read, or for `timeout` seconds."""
        select.select([pipe.descriptor for pipe in pipes], [], [], timeout)


class OutputPipe:
    """Stands behind descriptor 1 or 2; `pump` reads what is there without ever waiting."""

    def __init__(self, standard: int, source: str) -> None:
        self.source = source
        self._standard = standard
        self.descriptor, write_end = os.pipe()
        os.dup2(write_end, standard, inheritable=True)
        os.close(write_end)
        self._lock = Lock()
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def text_stream(self) -> TextIO:
        """A stream that writes into the pipe: the one Python made at its start remembers what was there before."""
        return open(self._standard, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)

    def pump(self, take: Callable[[str, str], None]) -> None:
        """Give `take(source, text)` what has been written; other threads wait until it has it."""
        with self._lock:
            while waiting := _bytes_waiting(self.descriptor):
                text = self._decoder.decode(os.read(self.descriptor, min(waiting, 1 << 16)))
                if text:
                    take(self.source, text)


def take_over_descriptors() -> tuple[int, int, list[OutputPipe]]:
    """The line to the engine, incoming and outgoing, and pipes for what is printed from now on."""
    incoming, outgoing = os.dup(0), os.dup(1)  # not inherited by subprocesses
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0, inheritable=True)
    os.close(nothing)
    return incoming, outgoing, [OutputPipe(1, "stdout"), OutputPipe(2, "stderr")]
