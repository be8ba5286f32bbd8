"""The command line about a project's Python and the packages it lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli.conftest import Said
from tests.environments import make_venv, write_program, write_requirements, write_wheel

Command = Callable[..., Said]
TINY = "rivers_tiny_package"


@pytest.fixture
def needy(project: Path, tmp_path: Path) -> Path:
    """A project whose code imports a package that its requirements name."""
    code = (project / "shop.py").read_text(encoding="utf-8")
    (project / "shop.py").write_text(f"import {TINY}\n{code}", encoding="utf-8")
    write_requirements(project, write_wheel(tmp_path / "wheels", TINY).parent, TINY)
    return project


def checks(said: Said) -> dict[str, dict[str, object]]:
    return {check["check"]: check for check in said.json()}


def test_the_doctor_says_what_is_missing_and_install_brings_it(needy: Path, rivers_core: Command):
    said = rivers_core("doctor", needy, "--json")
    assert said.code == 2
    assert checks(said)["packages"]["message"] == (
        f"This project needs {TINY}, which is not installed. Install with: rivers-core install {needy}"
    )
    dry = rivers_core("install", needy, "--dry-run", "--json")
    assert dry.json()["missing"] == [TINY]
    assert "-m pip install" in dry.json()["command"]
    installed = rivers_core("install", needy)
    assert installed.code == 0
    assert installed.out == f"Installed: {TINY}\n"
    healthy = rivers_core("doctor", needy, "--json")
    assert healthy.code == 0
    assert checks(healthy)["packages"]["message"] == "all 1 that are asked for are installed"
    assert rivers_core("install", needy).out == "Nothing is missing.\n"
    assert rivers_core("install", needy, "--remove").code == 0
    assert rivers_core("doctor", needy).code == 2


def test_what_cannot_be_installed_is_refused_with_pips_words_on_request(needy: Path, rivers_core: Command):
    said = rivers_core("install", needy, f"{TINY}>=5")
    assert said.code == 2
    assert "There is no version of" in said.err
    assert "ERROR:" not in said.err
    assert "ERROR:" in rivers_core("install", needy, f"{TINY}>=5", "--details").err


def test_what_names_no_package_is_refused(needy: Path, rivers_core: Command):
    said = rivers_core("install", needy, "two words")
    assert (said.code, said.err) == (2, "'two words' names no package: write for example polars>=1.30.\n")


def test_a_package_that_code_imports_is_named_with_its_command(needy: Path, rivers_core: Command):
    (needy / "requirements.txt").unlink()
    mend = f"Install it with: rivers-core install PROJECT {TINY}"
    assert mend in rivers_core("doctor", needy).out
    assert mend in rivers_core("assets", needy).err


def test_an_environment_of_the_project_is_used_and_told(project: Path, rivers_core: Command):
    python = make_venv(project / ".venv")
    said = rivers_core("doctor", project, "--json")
    version = ".".join(str(part) for part in sys.version_info[:3])
    assert checks(said)["python"]["message"] == f"{version}, {python} (found in the project)"


def test_a_python_that_cannot_be_used_stops_the_doctor_and_the_installation(project: Path, rivers_core: Command):
    make_venv(project / ".venv")
    for program in (project / ".venv" / "bin").glob("python*"):
        program.unlink()
    said = rivers_core("doctor", project, "--json")
    assert said.code == 2
    assert "is broken: it holds no python" in str(checks(said)["python"]["message"])
    assert "code" not in checks(said)
    assert "is broken" in rivers_core("install", project).err


def test_another_python_is_chosen_and_forgotten(project: Path, rivers_core: Command):
    python = make_venv(project / ".venv")
    (used, other) = rivers_core("python", project, "--json").json()
    assert (used["program"], used["is_used"], used["origin"]) == (str(python), True, "found in the project")
    assert (other["program"], other["is_used"]) == (sys.executable, False)
    own = rivers_core("python", project, "--own").out.splitlines()
    assert own[0].startswith("*")
    assert own[0].endswith(f"{sys.executable}  (chosen for this project)")
    another = make_venv(project.parent / "another")
    assert rivers_core("python", project, "--use", another, "--json").json()[0]["program"] == str(another)
    assert rivers_core("python", project, "--forget", "--json").json()[0]["program"] == str(python)


def test_what_is_no_python_is_not_chosen(project: Path, rivers_core: Command):
    said = rivers_core("python", project, "--use", write_program(project / "hello", "#!/bin/sh\necho hello\n"))
    assert said.code == 2
    assert "does not answer as a Python does" in said.err
    assert rivers_core("python", project, "--json").json()[0]["program"] == sys.executable
    assert "Choose one of" in rivers_core("python", project, "--own", "--forget").err
