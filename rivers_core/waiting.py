"""Which threads must never wait: that of a window, which stands still meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_never: Final[set[int]] = set()


@contextmanager
def never_waiting() -> Iterator[None]:
    """Within it the calling thread may not use the database or ask user code: a bug, told by an AssertionError."""
    ident = threading.get_ident()
    _never.add(ident)
    try:
        yield
    finally:
        _never.discard(ident)


def refuse_to_wait() -> None:
    """Called where a thread is about to wait for a disk or for another process."""
    if threading.get_ident() in _never:
        raise AssertionError("A thread that must never wait was about to: this belongs on another one.")
