"""The files of outputs behind an fsspec URL, or in an object store of obstore."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO, Any

from rivers_core.exceptions import StorageError
from rivers_core.io_handlers.files import PARTS, OutputFiles, cannot_write


class RemoteFiles(OutputFiles):
    """Files behind an fsspec URL, such as `s3://bucket/outputs` or `memory://outputs`."""

    def __init__(self, filesystem: Any, folder: str) -> None:
        """`filesystem` is one of fsspec's, `folder` a path in it."""
        self._filesystem = filesystem
        self._folder = folder.rstrip("/")
        self._numbers = count()

    @classmethod
    def of(cls, url: str, **storage_options: Any) -> RemoteFiles:
        """Raises StorageError for a protocol that cannot be used here."""
        from fsspec.core import url_to_fs

        try:
            return cls(*url_to_fs(url, **storage_options))
        except (ImportError, ValueError) as error:
            raise StorageError(f"Outputs cannot be kept at {url}: {error}.") from error

    @property
    def filesystem(self) -> Any:
        return self._filesystem

    def write(self, path: str, write: Callable[[str], None]) -> None:
        place = self._at(path)
        part = self._at(f"{PARTS}/{os.getpid()}-{time.time_ns()}-{next(self._numbers)}")
        folder = tempfile.mkdtemp()
        local = f"{folder}/{path.rpartition('/')[2][-60:]}"
        try:
            write(local)
            self._filesystem.makedirs(place.rpartition("/")[0], exist_ok=True)
            self._filesystem.makedirs(part.rpartition("/")[0], exist_ok=True)
            self._filesystem.put_file(local, part)
            self._filesystem.mv(part, place)
        except OSError as error:
            raise StorageError(cannot_write(self.place(path), error)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def exists(self, path: str) -> bool:
        return bool(self._filesystem.exists(self._at(path)))

    def delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._filesystem.rm_file(self._at(path))

    def open(self, path: str) -> IO[bytes]:
        opened: IO[bytes] = self._filesystem.open(self._at(path), "rb")
        return opened

    def names(self, folder: str) -> list[str]:
        try:
            listed = self._filesystem.ls(self._at(folder), detail=True, refresh=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [one["name"].rstrip("/").rpartition("/")[2] for one in listed if one["type"] == "file"]

    def walk(self, folder: str) -> Iterator[str]:
        top = self._at(folder).lstrip("/")
        for found in self._filesystem.find(self._at(folder)):
            yield found.lstrip("/").removeprefix(top).lstrip("/")

    def place(self, path: str) -> str:
        return str(self._filesystem.unstrip_protocol(self._at(path)))

    def _at(self, path: str) -> str:
        return f"{self._folder}/{path}" if self._folder else path


class ObjectFiles(OutputFiles):
    """Objects of an obstore store, such as its S3Store, under a prefix; putting one is all or nothing by itself."""

    def __init__(self, store: Any, prefix: str = "") -> None:
        self._store = store
        self._prefix = prefix.strip("/")

    def write(self, path: str, write: Callable[[str], None]) -> None:
        folder = tempfile.mkdtemp()
        local = Path(folder) / "object"
        try:
            write(str(local))
            self._store.put(self._at(path), local.read_bytes())
        except OSError as error:
            raise StorageError(cannot_write(self.place(path), error)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def exists(self, path: str) -> bool:
        try:
            self._store.head(self._at(path))
        except FileNotFoundError:
            return False
        return True

    def delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._store.delete(self._at(path))

    def open(self, path: str) -> IO[bytes]:
        return io.BytesIO(bytes(self._store.get(self._at(path)).bytes()))

    def names(self, folder: str) -> list[str]:
        return [path for path in self.walk(folder) if "/" not in path]

    def walk(self, folder: str) -> Iterator[str]:
        top = self._at(folder)
        for page in self._store.list(top):
            yield from (one["path"].removeprefix(top).lstrip("/") for one in page)

    def place(self, path: str) -> str:
        return self._at(path)

    def _at(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path
