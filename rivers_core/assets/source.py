"""Where in the user's files something was written, for errors that name the line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from types import FrameType
from typing import Any

_OWN_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A file (absolute where it is known) and a line, from 1; 0 where there is none."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{PurePath(self.file).name}:{self.line}" if self.file else "an unknown file"


def calling_frame() -> FrameType | None:
    """The innermost frame that is not the engine's own: the user's code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_own(str(frame.f_globals.get("__name__", ""))):
        frame = frame.f_back
    return frame


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in (_OWN_PACKAGE, "importlib")


def calling_line() -> SourceLine:
    """The line of user code that is being executed."""
    frame = calling_frame()
    return SourceLine(frame.f_code.co_filename, frame.f_lineno) if frame is not None else SourceLine()


def line_of(function: Callable[..., Any]) -> SourceLine:
    """Where a function is defined, decorators included; unknown for one that is not written in Python."""
    code = getattr(function, "__code__", None)
    return SourceLine(code.co_filename, code.co_firstlineno) if code is not None else SourceLine()
