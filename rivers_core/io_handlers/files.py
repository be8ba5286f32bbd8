"""The files of outputs: written whole or not at all, here on a local disk."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import IO, Any

from rivers_core.exceptions import StorageError

# Unfinished files; on the same file system as the outputs, so that a rename moves them into place.
PARTS = ".parts"
_ABANDONED_AFTER = 24 * 3600.0  # seconds
_PAUSES = (0.01, 0.05, 0.2, 0.5, 1.0)  # seconds


class OutputFiles(ABC):
    """A folder of files by relative path with `/`. Raises StorageError for what the file system refuses."""

    @abstractmethod
    def write(self, path: str, write: Callable[[str], None]) -> None:
        """Put a file in its place once `write`, given a local path, has finished it."""

    @abstractmethod
    def exists(self, path: str) -> bool: ...

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove a file; one that is not there is fine."""

    @abstractmethod
    def open(self, path: str) -> IO[bytes]:
        """Open for reading; raises FileNotFoundError."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """The names of the files directly in a folder; none where there is no folder."""

    @abstractmethod
    def walk(self, folder: str) -> Iterator[str]:
        """The paths of all finished files in a folder and below, relative to it."""

    @abstractmethod
    def place(self, path: str) -> str:
        """The absolute path or URL of a file."""

    @property
    def filesystem(self) -> Any:
        """The fsspec file system, where files are not local."""
        return None


class LocalFiles(OutputFiles):
    """Files below a folder of this machine, made when the first is written."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.path.abspath(folder)  # noqa: PTH100  # plain text: paths are joined thousands of times a second
        self._parts = f"{self.folder}/{PARTS}"
        self._numbers = count()
        self._swept = False

    def write(self, path: str, write: Callable[[str], None]) -> None:
        place = f"{self.folder}/{path}"
        part = f"{self._parts}/{os.getpid()}-{next(self._numbers)}-{path.rpartition('/')[2][-40:]}"
        try:
            if not self._swept:
                self._sweep()
            write(part)
            self._move(part, place)
        except OSError as error:
            raise StorageError(cannot_write(place, error)) from error
        finally:
            with suppress(OSError):  # most often it was moved; what went wrong with it is told already
                os.unlink(part)  # noqa: PTH108

    @staticmethod
    def _move(part: str, place: str) -> None:
        try:
            put_in_place(part, place)
        except FileNotFoundError:
            os.makedirs(place.rpartition("/")[0], exist_ok=True)  # noqa: PTH103
            put_in_place(part, place)

    def _sweep(self) -> None:
        """Make the folder of unfinished files and drop what killed processes left in it long ago."""
        os.makedirs(self._parts, exist_ok=True)  # noqa: PTH103
        oldest = time.time() - _ABANDONED_AFTER
        with os.scandir(self._parts) as entries:
            for entry in entries:
                with suppress(FileNotFoundError, PermissionError):  # Windows refuses where it is still open
                    if entry.stat().st_mtime < oldest:
                        os.unlink(entry.path)  # noqa: PTH108
        self._swept = True

    def exists(self, path: str) -> bool:
        return os.path.exists(f"{self.folder}/{path}")  # noqa: PTH110

    def delete(self, path: str) -> None:
        try:
            os.unlink(f"{self.folder}/{path}")  # noqa: PTH108
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise StorageError(cannot_write(self.place(path), error)) from error

    def open(self, path: str) -> IO[bytes]:
        return open(f"{self.folder}/{path}", "rb")  # noqa: PTH123

    def names(self, folder: str) -> list[str]:
        try:
            with os.scandir(f"{self.folder}/{folder}") as entries:
                return [entry.name for entry in entries if entry.is_file()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def walk(self, folder: str) -> Iterator[str]:
        top = f"{self.folder}/{folder}"
        for place, _, names in os.walk(top):
            below = place[len(top) + 1 :].replace(os.sep, "/")
            yield from (f"{below}/{name}" if below else name for name in names)

    def place(self, path: str) -> str:
        return f"{self.folder}/{path}"


def put_in_place(part: str, place: str, pauses: Sequence[float] = _PAUSES if os.name == "nt" else ()) -> None:
    """Rename over what is there. Windows refuses while somebody reads that, so it is tried again after `pauses`."""
    for pause in pauses:
        try:
            os.replace(part, place)  # noqa: PTH105
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(part, place)  # noqa: PTH105


def cannot_write(place: str, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"The output {place} could not be written: {reason}. Make room or make the folder writable, then run it again."
    )
