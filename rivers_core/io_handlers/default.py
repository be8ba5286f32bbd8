"""Keeps the outputs of assets that name no IO handler: tables as Parquet, everything else pickled."""

from __future__ import annotations

from typing import ClassVar

from rivers_core.io_handlers.file_handler import FileIOHandler
from rivers_core.io_handlers.formats import FileFormat, ParquetFormat, PickleFormat


class DefaultIOHandler(FileIOHandler):
    """Files in the project's outputs folder `path`, in the format that suits each value."""

    formats: ClassVar[tuple[FileFormat, ...]] = (ParquetFormat(), PickleFormat())
