"""Where the command line writes what is no answer: logs of the engine, and bugs with their tracebacks."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import platformdirs

_BYTES: Final = 1_000_000
_OLDER: Final = 2


def log_place() -> Path:
    """The file in the platform's folder for logs; it need not be there."""
    return Path(platformdirs.user_log_dir("rivers-desktop", appauthor=False)) / "rivers-core.log"


def log_to_file() -> None:
    """From now on what the engine logs goes there and not to the terminal; nowhere where no file can be written."""
    engine = logging.getLogger("rivers_core")
    engine.addHandler(_handler(log_place()))
    engine.propagate = False


def _handler(place: Path) -> logging.Handler:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(place, maxBytes=_BYTES, backupCount=_OLDER, encoding="utf-8", delay=True)
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler
