"""Where a project's state is kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import platformdirs
import psutil
import pytest

from rivers_core.storage import place
from rivers_core.storage.place import is_windows_share, takes_files, where_to_store


def test_a_project_keeps_its_state_beside_its_code(tmp_path: Path):
    found = where_to_store(tmp_path / "shop")
    assert (found.folder, found.reason) == (tmp_path / "shop" / ".rivers", None)
    assert not found.folder.exists()


def mounted(monkeypatch: pytest.MonkeyPatch, folder: Path, kind: str) -> None:
    """Let `folder` be the root of a file system of this kind."""
    parts = [SimpleNamespace(mountpoint="/", fstype="ext4"), SimpleNamespace(mountpoint=str(folder), fstype=kind)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts)


@pytest.mark.parametrize("kind", ["nfs4", "CIFS", "fuse.sshfs", "9p"])
def test_on_a_network_drive_the_users_own_folder_takes_its_place(tmp_path: Path, monkeypatch, kind: str):
    share = tmp_path.resolve() / "share"
    (share / "shop").mkdir(parents=True)
    mounted(monkeypatch, share, kind)
    found = where_to_store(share / "shop")
    assert found.folder.is_relative_to(platformdirs.user_data_path("rivers-desktop", appauthor=False))
    assert found.folder.name.startswith("shop-")
    assert f"is on a network file system ({kind.lower()})" in found.reason
    assert where_to_store(tmp_path / "elsewhere").reason is None


def test_a_read_only_project_is_kept_in_the_users_own_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(place.os, "access", lambda folder, mode: False)
    found = where_to_store(tmp_path / "shop")
    assert found.reason == f"The folder {tmp_path} is read-only."


def test_projects_of_one_name_do_not_share_a_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(place.os, "access", lambda folder, mode: False)
    folders = {where_to_store(tmp_path / parent / "shop").folder for parent in ("north", "south")}
    assert len(folders) == 2
    assert where_to_store(tmp_path / "north" / "shop").folder in folders


def test_a_system_that_does_not_tell_its_file_systems_is_trusted(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [])
    assert where_to_store(tmp_path).reason is None


def test_what_windows_calls_a_share_is_on_the_network():
    assert is_windows_share("\\\\server\\team\\flights")
    assert not is_windows_share("C:\\Users\\Ana\\flights")
    assert not is_windows_share("\\\\?\\C:\\Users\\Ana\\flights")


def test_whether_a_folder_takes_files_is_tried_and_nothing_is_left(tmp_path: Path):
    assert takes_files(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not takes_files(tmp_path / "gone")
