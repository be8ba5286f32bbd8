"""Sends what user code prints into the log of the run that prints it, and to nobody else's."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TextIO

from rivers_core.steps.run_log import RunLog

_log_of_run: ContextVar[RunLog | None] = ContextVar("log_of_run", default=None)


def _no_log() -> RunLog | None:
    return None


@contextmanager
def printing_into(log: RunLog) -> Iterator[None]:
    """Within it, what this thread or task prints goes into `log`, where the streams are `RunStream`s."""
    token = _log_of_run.set(log)
    try:
        yield
    finally:
        _log_of_run.reset(token)


class RunStream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`: prints of a run go to its log, all others where they went before.

    With `echo`, prints of a run go there as well. `elsewhere` gives the log for threads that user code starts.
    """

    def __init__(
        self, original: TextIO, source: str, *, echo: bool, elsewhere: Callable[[], RunLog | None] = _no_log
    ) -> None:
        self.original = original
        self._source = source
        self._echo = echo
        self._elsewhere = elsewhere
        self._process = os.getpid()

    def write(self, text: str) -> int:
        log = _log_of_run.get() or self._elsewhere()
        # A fork holds a copy of the log that nobody reads.
        if log is None or os.getpid() != self._process:
            return self.original.write(text)
        log.write(self._source, text)
        if self._echo:
            self.original.write(text)
        return len(text)

    def flush(self) -> None:
        self.original.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.original.isatty()

    def fileno(self) -> int:
        return self.original.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a read-only view of the original's
        return self.original.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # a read-only view of the original's
        return self.original.errors

    @property
    def buffer(self) -> Any:  # whatever the original's buffer is
        return self.original.buffer


class RunLogHandler(logging.Handler):
    """Puts records of the standard `logging` into the log of the run in which they are made."""

    def __init__(self, elsewhere: Callable[[], RunLog | None] = _no_log) -> None:
        super().__init__()
        self._elsewhere = elsewhere

    def emit(self, record: logging.LogRecord) -> None:
        log = _log_of_run.get() or self._elsewhere()
        if log is not None:
            log.add(record.levelname.lower(), "log", self.format(record), at=record.created)


class StreamCapture:
    """Replaces the process's streams while anyone needs it; one for each process that runs user code."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._installed: list[tuple[str, RunStream]] = []

    @contextmanager
    def installed(self, *, echo: bool) -> Iterator[None]:
        """Within it, `sys.stdout` and `sys.stderr` are `RunStream`s."""
        self.install(echo=echo)
        try:
            yield
        finally:
            self.uninstall()

    def install(self, *, echo: bool) -> None:
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            for name in ("stdout", "stderr"):
                original = getattr(sys, name)
                if original is not None:  # a program without a console has none
                    stream = RunStream(original, name, echo=echo)
                    self._installed.append((name, stream))
                    setattr(sys, name, stream)

    def uninstall(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for name, stream in self._installed:
                if getattr(sys, name) is stream:  # user code may have put its own there
                    setattr(sys, name, stream.original)
            self._installed.clear()


# The streams belong to the process, so does what replaces them.
process_streams = StreamCapture()
