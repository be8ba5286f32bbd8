"""Tells code whether it runs because a code location is being loaded, where nothing may be launched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rivers_core.exceptions import CodeLocationError

_file_being_loaded: ContextVar[str | None] = ContextVar("file_being_loaded", default=None)


@contextmanager
def loading(file: str) -> Iterator[None]:
    """Within it, `file` counts as being loaded."""
    token = _file_being_loaded.set(file)
    try:
        yield
    finally:
        _file_being_loaded.reset(token)


def refuse_while_loading(call: str) -> None:
    """Raise CodeLocationError if a code location is being loaded; `call` names what was called, as `backfill`."""
    file = _file_being_loaded.get()
    if file is not None:
        raise CodeLocationError(
            f"{file} calls {call}() while it is being opened as a project. "
            'Put it under `if __name__ == "__main__":`, so that it runs only when the file is started as a script.'
        )
