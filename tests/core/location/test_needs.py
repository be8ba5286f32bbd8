"""What a project needs of its Python, and how its code finds what was installed for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rivers_core.exceptions import CodeLocationError
from rivers_core.location.needs import installation, needs_of, pythons_for, to_install
from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project
from rivers_core.pythons.choosing import Choice, Source, remember
from tests.environments import make_venv, write_program, write_requirements, write_wheel

TINY = "rivers_tiny_package"
CODE = f"""
import {TINY}
import rivers as rs

letters = rs.PartitionsDefinition.static_([{TINY}.VERSION])


@rs.Asset(partitions_def=letters)
def letter(context):
    return 1


repo = rs.CodeRepository(assets=[letter])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Müllers Daten"
    made.mkdir()
    (made / "flows.py").write_text(CODE, encoding="utf-8")
    return made


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return write_wheel(tmp_path / "wheels", TINY).parent


def load(project: Project) -> list[str]:
    with WorkerPool(project, slots=1) as pool:
        return [asset.name for asset in pool.spec().assets]


def refusal(project: Project) -> CodeLocationError:
    with pytest.raises(CodeLocationError) as caught:
        load(project)
    return caught.value


def test_what_is_asked_for_and_not_there_is_installed_for_this_project_alone(folder: Path, wheels: Path):
    write_requirements(folder, wheels, TINY, "rivers-core", "pydantic", f"{TINY}; sys_platform == 'nowhere'")
    project = Project.open(folder)
    needs = needs_of(project)
    assert needs.missing == (TINY,)
    assert needs.sentence == f"This project needs {TINY}, which is not installed."
    assert refusal(project).missing == TINY
    installation(project, needs, to_install(needs)).run(lambda _: None)
    assert needs_of(project).missing == ()
    assert load(project) == ["letter"]
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "flows.py").write_text(CODE, encoding="utf-8")
    assert refusal(Project.open(folder.parent / "other")).missing == TINY


def test_a_reload_finds_what_was_installed_meanwhile(folder: Path, wheels: Path):
    write_requirements(folder, wheels, TINY)
    project = Project.open(folder)
    with WorkerPool(project, slots=1) as pool:
        with pytest.raises(CodeLocationError):
            pool.spec()
        needs = needs_of(project)
        installation(project, needs, needs.missing).run(lambda _: None)
        assert pool.reload().assets[0].name == "letter"


def test_a_module_that_no_file_asks_for_can_be_installed_as_well(folder: Path, wheels: Path):
    write_requirements(folder, wheels)
    project = Project.open(folder)
    error = refusal(project)
    assert str(error) == (
        f"flows.py, line 2, imports {TINY}, which is not installed for the Python that runs this project."
    )
    needs = needs_of(project)
    assert to_install(needs, error.missing) == (TINY,)
    installation(project, needs, to_install(needs, error.missing)).run(lambda _: None)
    assert load(project) == ["letter"]


def test_a_project_with_a_python_of_its_own_gets_its_packages_there(folder: Path, wheels: Path):
    make_venv(folder / ".venv")
    write_requirements(folder, wheels, TINY)
    project = Project.open(folder)
    needs = needs_of(project)
    assert needs.problem == ""
    installation(project, needs, needs.missing).run(lambda _: None)
    assert list((folder / ".venv").rglob(f"{TINY}.py"))
    assert load(project) == ["letter"]
    assert not project.user_folder.exists()


def test_pydantic_is_missing_before_anything_else(folder: Path, wheels: Path):
    python = make_venv(folder / ".venv", with_pydantic=False)
    write_requirements(folder, wheels, TINY)
    needs = needs_of(Project.open(folder))
    assert needs.missing == ("pydantic>=2.9", TINY)
    assert f"{python} lacks pydantic" in needs.problem
    assert needs.can_install


def test_a_python_that_cannot_be_asked_is_told(folder: Path):
    write_program(folder / ".venv" / "bin" / "python", "#!/bin/sh\nexit 7\n")
    (folder / ".venv" / "pyvenv.cfg").touch()
    needs = needs_of(Project.open(folder))
    assert needs.facts is None
    assert not needs.can_install
    assert "ended by itself with exit code 7" in needs.problem


def test_a_python_that_the_project_does_not_ask_for_is_told(folder: Path):
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = "<3.9"\n', encoding="utf-8")
    version = ".".join(str(part) for part in sys.version_info[:3])
    assert needs_of(Project.open(folder)).python_remarks == (
        f"pyproject.toml asks for Python <3.9, and this is {version}. Choose another Python.",
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "#!/bin/sh\necho 'Fatal error' >&2\nexit 1\n",
            "as soon as it was started. It said: Fatal error.",
        ),
        ("#!/no/such/shell\n", "could not be started"),
        (None, "is not there any more"),
    ],
)
def test_a_worker_whose_python_does_not_start_is_told_as_the_pythons_fault(folder: Path, script: str | None, said: str):
    chosen = folder / "python"
    if script is not None:
        write_program(chosen, script)
    remember(Project.open(folder).user_folder, Choice(chosen))
    error = refusal(Project.open(folder))
    assert said in str(error)
    assert error.python_failed


def test_an_old_pydantic_is_told_before_the_code_is_read(folder: Path):
    make_venv(folder / ".venv", with_pydantic=False)
    packages = next((folder / ".venv").rglob("site-packages"))
    (packages / "pydantic.py").write_text("VERSION = '1.10.2'\n", encoding="utf-8")
    error = refusal(Project.open(folder))
    assert "has pydantic 1.10.2. Assets need 2.9 or newer" in str(error)
    assert (error.python_failed, error.missing) == (True, "pydantic")
    (packages / "pydantic.py").write_text("import pydantic_core_that_does_not_fit\n", encoding="utf-8")
    assert "is broken: No module named 'pydantic_core_that_does_not_fit'" in str(refusal(Project.open(folder)))


def test_a_person_can_choose_among_what_is_found_and_the_apps_own(folder: Path):
    found = make_venv(folder / ".venv", with_pydantic=False)
    options = pythons_for(Project.open(folder))
    assert [(option.program, option.source) for option in options] == [(found, Source.FOUND), (None, Source.APP)]
    remember(Project.open(folder).user_folder, Choice(None))
    options = pythons_for(Project.open(folder))
    assert [(option.program, option.source) for option in options] == [(None, Source.CHOSEN), (found, Source.FOUND)]
