"""Making a project from a template: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from rivers_app.bridge.projects import folder_of, make_project, recognized, templates
from rivers_core.exceptions import ProjectError


@pytest.mark.parametrize("template", [template.name for template in templates()])
def test_each_template_makes_a_project_that_can_be_opened(template: str, tmp_path: Path) -> None:
    made = make_project(template, tmp_path / "new place" / 'rain "2" \\ wind')
    assert recognized(made).name == 'rain "2" \\ wind'
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "rain").mkdir()
    (tmp_path / "rain" / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="exists already and is not empty"):
        make_project("days", tmp_path / "rain")
    assert [path.name for path in (tmp_path / "rain").iterdir()] == ["notes.txt"]


def test_a_name_that_the_system_refuses_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="could not be made: File name too long"):
        make_project("days", tmp_path / ("a" * 300))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../rain", "/rain", "rain\\wind"])
def test_a_name_that_is_a_path_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no slash"):
        folder_of(name, str(tmp_path))


@pytest.mark.parametrize("place", ["rain", "..", "~nobody-of-this-name/rain"])
def test_a_place_that_is_no_whole_path_is_refused(place: str) -> None:
    with pytest.raises(ProjectError, match="is not the whole path of a folder"):
        folder_of("wind", place)


def test_a_project_may_be_made_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert folder_of("rain", "~") == tmp_path / "rain"
