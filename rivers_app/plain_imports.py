"""Gives the app Python's own import back, which PySide puts a search of each module's source before."""

from __future__ import annotations

import builtins


def import_plainly() -> None:
    """Let nothing but Python look at modules that are imported from now on; harmless if called again.

    PySide replaces `__import__` to find modules that say `from __feature__ import …`: it reads the source of every
    module (and keeps it, ten megabytes of it), which slows the start down. It also asks modules for attributes they
    do not have, which pydantic answers by imports of its own that fail while two threads import it at a time.
    Nothing here uses `__feature__`.
    """
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original
