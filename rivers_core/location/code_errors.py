"""Says in a sentence why a project's code could not be loaded, with file and line."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from rivers_core.exceptions import CodeLocationError, RiversError
from rivers_core.steps.errors import last_user_frame, message_of, user_traceback

_NAMES_PLACE: Final = re.compile(r".+?:\d+: ")


def refusal_of(error: BaseException, folder: Path, shown: str) -> CodeLocationError:
    """What to tell of an exception that came up while the code `shown` of the project in `folder` was loaded."""
    return CodeLocationError(_sentence(error, folder, shown), user_traceback(error), missing=_missing(error))


def _sentence(error: BaseException, folder: Path, shown: str) -> str:
    where = _where(error, folder, shown)
    match error:
        case RiversError():
            return _with_place(where, shown, message_of(error))
        case SyntaxError(filename=file, lineno=line, msg=problem) if file and line:
            return f"{_shown(file, folder)}, line {line}, is not valid Python: {problem}."
        case ModuleNotFoundError(name=name) if name:
            is_missing = "is not installed for the Python that runs this project"
            return f"{where} imports {name}, which {is_missing if _missing(error) else 'does not exist'}."
        case ImportError():
            return f"{where} imports something that is not there: {message_of(error)}."
        case SystemExit() | KeyboardInterrupt():
            return f"{where} ended the program while the project was opened: {message_of(error)}."
        case _:
            text = message_of(error)
            kind = type(error).__qualname__
            return f"{where} failed while the project was opened: {kind}{': ' + text if text else ''}"


def _missing(error: BaseException) -> str:
    """The module that would have to be installed; empty where the package it belongs to is there."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    package = error.name.partition(".")[0]
    is_there = package in sys.modules or package != error.name
    return "" if is_there or package in sys.stdlib_module_names else package


def _with_place(where: str, shown: str, message: str) -> str:
    """Messages of several lines stand for themselves; those that name the place already need it no more."""
    if "\n" in message or where == shown or _NAMES_PLACE.match(message):
        return message
    return f"{where.removesuffix(',')}: {message}"


def _where(error: BaseException, folder: Path, shown: str) -> str:
    """File and line of the innermost frame in the project, or the code file alone."""
    frame = last_user_frame(error)
    own = _last_own_frame(error, folder)
    if own is not None:
        return f"{_shown(own[0], folder)}, line {own[1]},"
    if frame is not None:
        return f"{_shown(frame.filename, folder)}, line {frame.lineno},"
    return shown


def _last_own_frame(error: BaseException, folder: Path) -> tuple[str, int] | None:
    found = None
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if Path(file).is_relative_to(folder):
            found = (file, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _shown(file: str, folder: Path) -> str:
    path = Path(file)
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
