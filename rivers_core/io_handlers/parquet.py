"""Keeps outputs that are tables as Parquet files."""

from __future__ import annotations

from typing import ClassVar

from rivers_core.io_handlers.file_handler import FileIOHandler
from rivers_core.io_handlers.formats import FileFormat, ParquetFormat


class ParquetIOHandler(FileIOHandler):
    """Tables of DuckDB, pandas, Polars or Arrow below `path`, compressed with zstd.

    A reader gets the table that its parameter is annotated as, whichever library wrote it; without an annotation
    the one that was stored. Several partitions become one table, with columns by name.
    """

    formats: ClassVar[tuple[FileFormat, ...]] = (ParquetFormat(),)
