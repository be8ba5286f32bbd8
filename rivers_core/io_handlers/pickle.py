"""Keeps outputs as pickle files."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from rivers_core.exceptions import ConfigurationError
from rivers_core.io_handlers.file_handler import FileIOHandler
from rivers_core.io_handlers.file_systems import output_files
from rivers_core.io_handlers.files import OutputFiles
from rivers_core.io_handlers.formats import FileFormat, PickleFormat


class PickleIOHandler(FileIOHandler):
    """Pickle files below `path`, or in a `store` under a `prefix`.

    A store is an fsspec file system, a store of obstore, or again a path. Pickles are Python's own and run code
    when they are read: keep them where only trusted people write.
    """

    formats: ClassVar[tuple[FileFormat, ...]] = (PickleFormat(),)
    store: Any = None  # a user's file system or store has no type of ours
    prefix: str = ""

    def _open_files(self) -> OutputFiles:
        place = self.store if self.store is not None else self.path
        if place is None:
            raise ConfigurationError("PickleIOHandler needs the path of a folder, an fsspec URL, or a store.")
        from rivers_core.io_handlers.remote_files import ObjectFiles, RemoteFiles

        if isinstance(place, str | os.PathLike):
            root = os.fspath(place).rstrip("/")
            return output_files(f"{root}/{self.prefix}" if self.prefix else root, **self.storage_options)
        if hasattr(place, "url_to_fs") or hasattr(place, "unstrip_protocol"):
            return RemoteFiles(place, self.prefix)
        if not all(callable(getattr(place, method, None)) for method in ("put", "get", "head", "delete", "list")):
            raise ConfigurationError(f"PickleIOHandler cannot use {place!r} as a store; give a path or an fsspec URL.")
        return ObjectFiles(place, self.prefix)
