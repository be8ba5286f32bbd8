"""The log of a run, as a logger that user code may hand to any library."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

# Receives the level's name and the finished text, traceback included.
LogSink: TypeAlias = Callable[[str, str], None]

_FORMAT = logging.Formatter("%(message)s")


class ContextLogger(logging.Logger):
    """A real logger whose records all go to the run's log and nowhere else."""

    def __init__(self, name: str, sink: LogSink) -> None:
        super().__init__(name, logging.DEBUG)
        self.propagate = False
        self._sink = sink

    def handle(self, record: logging.LogRecord) -> None:
        """Send one record to the run's log, and to handlers that user code added."""
        if not self.filter(record):
            return
        self._sink(record.levelname.lower(), _text(record))
        for handler in self.handlers:
            if record.levelno >= handler.level:
                handler.handle(record)


def _text(record: logging.LogRecord) -> str:
    """The finished text; where arguments do not fit their message, both as they are: a log line fails no run."""
    try:
        return _FORMAT.format(record)
    except (TypeError, ValueError, KeyError) as error:
        return f"{record.msg} {record.args!r} ({error})"


def print_to_stderr(level: str, text: str) -> None:
    """The sink of a context that a unit test made by hand."""
    import sys

    print(f"{level}: {text}", file=sys.stderr)  # noqa: T201  # there is no run to log to
