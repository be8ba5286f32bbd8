"""Chooses by its place what keeps the files of outputs: a local disk, or a file system of fsspec."""

from __future__ import annotations

import os
from typing import Any

from rivers_core.io_handlers.files import LocalFiles, OutputFiles


def output_files(place: str | os.PathLike[str], **storage_options: Any) -> OutputFiles:
    """The files below a local folder or an fsspec URL."""
    text = os.fspath(place)
    if text.startswith("file://"):
        return LocalFiles(local_path(text))
    if "://" not in text:
        return LocalFiles(text)
    from rivers_core.io_handlers.remote_files import RemoteFiles  # fsspec is loaded only where it is needed

    return RemoteFiles.of(text, **storage_options)


def local_path(url: str, is_windows: bool = os.name == "nt") -> str:
    """The path in a `file://` URL; on Windows `file:///C:/data` and `file://C:/data` both mean `C:/data`."""
    path = url.removeprefix("file://")
    has_drive = is_windows and path[:1] == "/" and path[2:3] == ":"
    return path[1:] if has_drive else path
