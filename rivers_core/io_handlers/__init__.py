"""How values are stored and loaded again; every name is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rivers_core.io_handlers.base import BaseIOHandler
    from rivers_core.io_handlers.memory import InMemoryIOHandler
    from rivers_core.io_handlers.parquet import ParquetIOHandler
    from rivers_core.io_handlers.pickle import PickleIOHandler

__all__ = ["BaseIOHandler", "InMemoryIOHandler", "ParquetIOHandler", "PickleIOHandler"]


def __getattr__(name: str) -> Any:
    from rivers_core.assets.unavailable import refusal

    if name in __all__:
        return getattr(import_module("rivers_core"), name)
    if (error := refusal(name)) is not None:
        raise error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
