"""The two formats of output files: tables as Parquet, everything else pickled."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, Protocol

from rivers_core.exceptions import ExecutionError, StorageError
from rivers_core.io_handlers.files import OutputFiles
from rivers_core.io_handlers.tables import TableKind, kind_in_file, kind_of_hint, kind_of_value, refuse_no_table


class FileFormat(Protocol):
    """How values become files with a suffix, and files values."""

    suffix: str

    def takes(self, value: Any) -> bool:
        """Whether the value can be written so."""

    def write(self, asset: str, value: Any, place: str) -> None:
        """Write to a local path; raises ExecutionError for a value that cannot be written so."""

    def read(self, files: OutputFiles, path: str, hint: Any) -> Any:
        """The value in a file, as the annotation `hint` wants it where there is a choice."""


class PickleFormat:
    """Any value that pickle takes."""

    suffix = "pkl"

    def takes(self, value: Any) -> bool:
        return True

    def write(self, asset: str, value: Any, place: str) -> None:
        try:
            content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # any error of the user's own types
            raise ExecutionError(
                f"{asset} returned a value of type {type(value).__name__} that cannot be pickled "
                f"({type(error).__name__}: {error}). Return plain values or a table, or annotate it `-> None`."
            ) from error
        with open(place, "wb") as file:  # noqa: PTH123  # plain text paths, thousands of times a second
            file.write(content)

    def read(self, files: OutputFiles, path: str, hint: Any) -> Any:
        with files.open(path) as file:
            content = file.read()
        try:
            return pickle.loads(content)  # the project's own outputs
        except Exception as error:  # any error of the user's own types
            raise StorageError(
                f"The output {files.place(path)} cannot be read back ({type(error).__name__}: {error}). "
                "If the code of its classes changed, materialize it again."
            ) from error


class ParquetFormat:
    """Tables."""

    suffix = "parquet"

    def takes(self, value: Any) -> bool:
        return kind_of_value(value) is not None

    def write(self, asset: str, value: Any, place: str) -> None:
        kind = kind_of_value(value)
        if kind is None:
            raise refuse_no_table(asset, value)
        kind.write(value, place)

    def read(self, files: OutputFiles, path: str, hint: Any) -> Any:
        return self.read_all(files, [path], kind_of_hint(hint) or kind_in_file(files, path))

    def read_all(self, files: OutputFiles, paths: Sequence[str], kind: TableKind) -> Any:
        """One table of all rows of several files."""
        try:
            return kind.read(files, paths)
        except ImportError as error:
            raise ExecutionError(
                f"An asset asks for its input as a table of {kind.name}, which is not installed here: {error}."
            ) from error
