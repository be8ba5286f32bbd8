"""Makes reports of what went wrong in user code: a sentence, and a traceback without the engine's own frames."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable
from pathlib import Path

from rivers_core.exceptions import RiversError
from rivers_core.records import ErrorReport

LONGEST_MESSAGE = 10_000  # characters
LONGEST_TRACEBACK = 60_000

_ENGINE_FOLDER = str(Path(__file__).resolve().parents[1]) + os.sep
_IMPORT_SYSTEM = str(Path(importlib.__file__).parent) + os.sep
# Modules inside a frozen program name their files by these alone, without a folder of the disk.
_INSIDE = (f"rivers_core{os.sep}", f"importlib{os.sep}")


def report_of(error: BaseException, mask: Callable[[str], str] = str) -> ErrorReport:
    """What to tell of an exception that user code raised; `mask` covers secrets."""
    return ErrorReport(
        kind=type(error).__qualname__,
        message=_shortened(mask(message_of(error)), LONGEST_MESSAGE),
        traceback=_shortened(mask(user_traceback(error)), LONGEST_TRACEBACK),
    )


def message_of(error: BaseException) -> str:
    """An exception's own text; for an exit, what it means."""
    if isinstance(error, SystemExit):
        return f"the code called sys.exit({error.code!r})" if error.code is not None else "the code called sys.exit()"
    if isinstance(error, KeyboardInterrupt) and not error.args:
        return "the code was interrupted"
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - a user's own __str__ may raise anything
        return f"(its message cannot be shown: {type(broken).__name__} in {type(error).__qualname__}.__str__)"


def user_traceback(error: BaseException) -> str:
    """The traceback without frames of the engine and of the import system; empty for the engine's own errors."""
    found = traceback.TracebackException.from_exception(error)
    _keep_user_frames(found)
    if isinstance(error, RiversError) and not found.stack and error.__cause__ is None:
        return ""
    return "".join(found.format())


def last_user_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame that is neither the engine's nor the import system's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    return frames[-1] if frames else None


def _keep_user_frames(found: traceback.TracebackException) -> None:
    found.stack[:] = [frame for frame in found.stack if _is_users(frame.filename)]
    for part in (found.__cause__, found.__context__, *(found.exceptions or ())):
        if part is not None:
            _keep_user_frames(part)


def _is_users(file: str) -> bool:
    return not file.startswith(("<frozen ", _ENGINE_FOLDER, _IMPORT_SYSTEM, *_INSIDE))


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… ({len(text) - longest:,} characters left out) …\n{text[-half:]}"
