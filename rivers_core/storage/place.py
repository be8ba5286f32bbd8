"""Finds where a project's database and outputs can be kept."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil

from rivers_core.pythons.user_folder import user_folder_of

STATE_FOLDER = ".rivers"
# File systems whose files programs on several computers share: SQLite's write-ahead log does not work there.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "fuse.davfs", "fuse.sshfs"}
    | {"sshfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "ncpfs", "afs", "9p", "ceph", "glusterfs", "fuse.glusterfs"}
    | {"lustre", "gpfs", "beegfs", "ocfs2", "gfs2"}
)


@dataclass(frozen=True, slots=True)
class StoragePlace:
    """A folder for the state of a project; `reason` says why it is not in the project itself, if it isn't."""

    folder: Path
    reason: str | None = None


def where_to_store(project_folder: Path) -> StoragePlace:
    """The project's own folder for state where that works, else one in the user's data folder. Makes nothing."""
    own = project_folder / STATE_FOLDER
    reason = _obstacle(own)
    if reason is None:
        return StoragePlace(own)
    return StoragePlace(user_folder_of(project_folder), reason)


def place_for(project_folder: Path, wished: Path, given: Path | None = None) -> StoragePlace:
    """Where a project's state is kept: in the folder given, else where it is `wished` within the project's own.

    `wished` lies in the project's folder for state, or is that; where that does not work, it moves with it.
    """
    if given is not None:
        return StoragePlace(given)
    place = where_to_store(project_folder)
    return StoragePlace(place.folder / wished.relative_to(project_folder / STATE_FOLDER), place.reason)


def _obstacle(folder: Path) -> str | None:
    there = _nearest(folder)
    if not _is_writable(there):
        return f"The folder {there} is read-only."
    kind = file_system(there)
    if kind in _NETWORK:
        return f"The folder {there} is on a network file system ({kind}), which a database cannot use."
    return None


def _nearest(folder: Path) -> Path:
    """The folder itself or the nearest one above it that exists."""
    return next(there for there in (folder, *folder.absolute().parents) if there.exists())


def _is_writable(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return sys.platform != "win32" or takes_files(folder)


def takes_files(folder: Path) -> bool:
    """Whether a file can be made in a folder, found by making one: `os.access` knows nothing of Windows' lists of who
    may do what."""
    probe = folder / f".rivers-{uuid4().hex}"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError:
        return False
    return True


def file_system(folder: Path) -> str:
    """The kind of file system that holds a folder, in lower case; "" where the system does not say."""
    place = folder.resolve()
    if is_windows_share(str(place)):
        return "smb"
    mounted = [part for part in psutil.disk_partitions(all=True) if place.is_relative_to(part.mountpoint)]
    if not mounted:
        return ""
    return max(mounted, key=lambda part: len(part.mountpoint)).fstype.lower()


def is_windows_share(place: str) -> bool:
    r"""Whether a path is `\\server\share\...`, which is what Windows makes of a drive letter that stands for one."""
    return place.startswith("\\\\") and place[2:3] not in ("?", ".")
