"""What a Python tells of itself, and the sentence for everything that is wrong with one."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

import pydantic
import pytest

from rivers_core.exceptions import PythonProblemError
from rivers_core.pythons.inspecting import PythonFacts, look_at_python, problem_of_python
from tests.environments import make_venv, write_program


def refusal(program: Path) -> str:
    with pytest.raises(PythonProblemError) as caught:
        look_at_python(program)
    return str(caught.value)


def facts(version: tuple[int, ...] = (3, 12, 1), **distributions: str) -> PythonFacts:
    return PythonFacts(Path("/env/bin/python"), version, distributions)


def test_a_python_tells_its_version_and_packages(tmp_path: Path):
    python = make_venv(tmp_path / "sweet öl" / ".venv")
    told = look_at_python(python)
    assert told.version_text == platform.python_version()
    assert told.installed["pydantic"] == pydantic.VERSION
    assert told.markers["sys_platform"] == sys.platform
    assert problem_of_python(told) is None


def test_the_apps_own_python_has_what_the_app_needs():
    told = look_at_python(None)
    assert told.program is None
    assert {"pydantic", "duckdb", "packaging"} <= told.installed.keys()
    assert problem_of_python(told) is None


def test_one_without_pydantic_is_told_how_it_gets_it(tmp_path: Path):
    python = make_venv(tmp_path / ".venv", with_pydantic=False)
    problem = problem_of_python(look_at_python(python))
    assert problem.startswith(f"{python} lacks pydantic, which assets need. Install it there: {python} -m pip install")


def test_versions_that_are_too_old_are_named():
    assert "is Python 3.10.4; assets need 3.11 or newer" in problem_of_python(facts((3, 10, 4), pydantic="2.10"))
    assert "has pydantic 1.10.2; assets need 2.9 or newer" in problem_of_python(facts(pydantic="1.10.2"))
    assert problem_of_python(facts(pydantic="2.9.0")) is None


def test_one_that_vanished_is_told(tmp_path: Path):
    assert "is not there any more. Install it again, or choose another" in refusal(tmp_path / "python")


def test_a_folder_is_no_python(tmp_path: Path):
    assert "is a folder. Choose the Python program in it." in refusal(tmp_path)


def test_a_file_that_cannot_be_started_is_told(tmp_path: Path):
    (tmp_path / "python").write_text("no program", encoding="utf-8")
    assert "is no program that can be started" in refusal(tmp_path / "python")


def test_an_environment_whose_base_is_gone_is_told_how_to_make_it_anew(tmp_path: Path):
    base = tmp_path / "base" / "python3"
    base.parent.mkdir()
    shutil.copy(sys.executable, base)
    environment = tmp_path / ".venv"
    python = make_venv(environment)
    python.unlink()
    python.symlink_to(base)
    base.unlink()
    told = refusal(python)
    assert told.startswith(f"The environment {environment} is broken: the Python it was made with, {base}, is not")
    assert f"python3 -m venv --clear {environment}" in told


def test_an_environment_that_names_a_base_which_is_gone_is_broken(tmp_path: Path):
    # As on Windows, where the program of an environment is a copy and stays.
    python = make_venv(tmp_path / ".venv")
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = {tmp_path / 'gone'}\n", encoding="utf-8")
    assert f"the Python it was made with, in {tmp_path / 'gone'}, is not there any more" in refusal(python)


def test_an_environment_without_a_python_is_broken(tmp_path: Path):
    python = make_venv(tmp_path / ".venv")
    python.unlink()
    assert "is broken: it holds no python." in refusal(python)


def test_one_that_crashes_at_its_start_is_told_with_its_last_words(tmp_path: Path):
    python = write_program(tmp_path / "python", "#!/bin/sh\necho 'Fatal: no module encodings.' >&2\nexit 3\n")
    told = refusal(python)
    assert "ended by itself with exit code 3 as soon as it was started. It said: Fatal: no module encodings." in told
    killed = write_program(tmp_path / "killed", "#!/bin/sh\nkill -SEGV $$\n")
    assert "was ended by signal 11, SIGSEGV" in refusal(killed)


def test_one_whose_interpreter_is_missing_is_told(tmp_path: Path):
    assert "could not be started" in refusal(write_program(tmp_path / "python", "#!/no/such/shell\n"))


def test_another_program_is_no_python(tmp_path: Path):
    assert "does not answer as a Python does" in refusal(write_program(tmp_path / "python", "#!/bin/sh\necho hello\n"))
