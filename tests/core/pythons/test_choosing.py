"""Which of several Pythons runs a project's code, and what is remembered of a choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from rivers_core.exceptions import StorageError
from rivers_core.location.project import Project
from rivers_core.pythons.choosing import CHOICE, Choice, Source, remember, remembered
from tests.environments import make_venv, write_program

CODE = "import rivers as rs\nrepo = rs.CodeRepository(assets=[])\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rain"
    made.mkdir()
    (made / "flows.py").write_text(CODE, encoding="utf-8")
    return made


def test_settings_win_over_a_choice_and_that_over_what_is_found(folder: Path, tmp_path: Path):
    assert Project.open(folder).python.source is Source.APP
    found = make_venv(folder / ".venv", with_pydantic=False)
    project = Project.open(folder)
    assert (project.interpreter, project.python.source) == (found, Source.FOUND)
    assert project.python.environment == folder / ".venv"
    chosen = write_program(tmp_path / "python", "#!/bin/sh\n")
    remember(project.user_folder, Choice(chosen))
    project = Project.open(folder)
    assert (project.interpreter, project.python.source) == (chosen, Source.CHOSEN)
    named = write_program(tmp_path / "named", "#!/bin/sh\n")
    (folder / "rivers.toml").write_text(f'[python]\ninterpreter = "{named}"\n', encoding="utf-8")
    project = Project.open(folder)
    assert (project.interpreter, project.python.source) == (named, Source.SETTINGS)


def test_the_apps_own_python_can_be_chosen_over_one_that_is_found(folder: Path):
    make_venv(folder / ".venv", with_pydantic=False)
    project = Project.open(folder)
    remember(project.user_folder, Choice(None))
    own = Project.open(folder)
    assert (own.interpreter, own.python.source) == (None, Source.CHOSEN)
    remember(project.user_folder, None)
    assert Project.open(folder).python.source is Source.FOUND


def test_nothing_is_written_into_the_project(folder: Path):
    project = Project.open(folder)
    before = sorted(folder.iterdir())
    remember(project.user_folder, Choice(folder / "python"))
    assert sorted(folder.iterdir()) == before


def test_files_beside_each_other_choose_for_themselves(folder: Path):
    (folder / "other.py").write_text(CODE, encoding="utf-8")
    one, other = Project.open(folder / "flows.py"), Project.open(folder / "other.py")
    remember(one.user_folder, Choice(None))
    assert remembered(other.user_folder) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_choice_that_cannot_be_read_is_none(tmp_path: Path, text: str):
    (tmp_path / CHOICE).write_text(text, encoding="utf-8")
    assert remembered(tmp_path) is None


def test_a_choice_that_cannot_be_kept_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        remember(tmp_path / "file" / "below", Choice(None))
