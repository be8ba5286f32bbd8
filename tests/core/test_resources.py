"""Where resources are found, and how the user's copy of the demo project is made and refreshed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rivers_core import resources
from rivers_core.exceptions import StorageError
from rivers_core.resources import demo_copy, demo_project, resources_folder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small stand-in for the demo as an installation holds it, to be changed as a newer version would."""
    project = tmp_path / "installation" / "nyc_flights"
    (project / "data").mkdir(parents=True)
    (project / "rivers.toml").write_text("first")
    (project / "data" / "days.csv").write_text("1\n2\n")
    monkeypatch.setattr(resources, "demo_project", lambda: project)
    return project


def test_the_resources_of_a_checkout_hold_the_demo_project():
    assert (demo_project() / "rivers.toml").is_file()
    assert demo_project().is_relative_to(resources_folder())


def test_an_installed_package_finds_its_resources_inside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    inside = tmp_path / "rivers_core" / "_resources"
    (inside / "demo").mkdir(parents=True)
    (tmp_path / "resources" / "demo").mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "rivers_core" / "resources.py"))
    assert resources_folder() == inside.resolve()


def test_an_installation_without_resources_says_to_install_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "rivers_core" / "resources.py"))
    with pytest.raises(StorageError, match=r"Install it again\."):
        resources_folder()


def test_the_copy_holds_every_file_and_no_outputs_or_caches(shipped: Path, tmp_path: Path):
    (shipped / ".rivers").mkdir()
    (shipped / ".rivers" / "rivers.db").write_text("someone's states")
    (shipped / "__pycache__").mkdir()
    (shipped / "__pycache__" / "nyc_flights.pyc").write_text("bytes")
    copy = demo_copy(tmp_path / "user")
    assert (copy / "rivers.toml").read_text() == "first"
    assert (copy / "data" / "days.csv").read_text() == "1\n2\n"
    assert sorted(path.name for path in copy.iterdir()) == [".rivers-demo.json", "data", "rivers.toml"]


def test_the_copy_goes_to_the_users_data_folder(shipped: Path, users_folders: Path):
    copy = demo_copy()
    assert copy.is_relative_to(users_folders)
    assert (copy / "rivers.toml").is_file()
    shutil.rmtree(copy)


def test_a_copy_is_kept_with_what_the_user_changed_and_made(shipped: Path, tmp_path: Path):
    copy = demo_copy(tmp_path / "user")
    (copy / "rivers.toml").write_text("mine")
    (copy / ".rivers").mkdir()
    (copy / ".rivers" / "rivers.db").write_text("states")
    assert demo_copy(tmp_path / "user") == copy
    assert (copy / "rivers.toml").read_text() == "mine"
    assert (copy / ".rivers" / "rivers.db").read_text() == "states"


def test_a_newer_version_replaces_only_what_the_user_has_not_touched(shipped: Path, tmp_path: Path):
    copy = demo_copy(tmp_path / "user")
    (copy / "rivers.toml").write_text("mine")
    (shipped / "rivers.toml").write_text("second")
    (shipped / "data" / "days.csv").write_text("3\n")
    (shipped / "data" / "hours.csv").write_text("4\n")
    demo_copy(tmp_path / "user")
    assert (copy / "rivers.toml").read_text() == "mine"
    assert (copy / "data" / "days.csv").read_text() == "3\n"
    assert (copy / "data" / "hours.csv").read_text() == "4\n"


def test_a_copy_that_was_broken_off_is_completed(shipped: Path, tmp_path: Path):
    copy = demo_copy(tmp_path / "user")
    (copy / ".rivers-demo.json").unlink()
    (copy / "data" / "days.csv").unlink()
    demo_copy(tmp_path / "user")
    assert (copy / "data" / "days.csv").read_text() == "1\n2\n"


def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(shipped: Path, tmp_path: Path):
    (tmp_path / "user").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"could not be copied to .*user.*then try again\."):
        demo_copy(tmp_path / "user")
