"""How workers are started: by which program, in which environment, with which share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rivers_core.location.launch import BOOTSTRAP, Launch, total_memory
from rivers_core.location.project import Project
from rivers_core.pythons.choosing import ProjectPython
from rivers_core.pythons.processes import activated, end_of


def launch_of(tmp_path: Path, *, interpreter: Path | None = None, worker: Path | None = None) -> Launch:
    project = Project(
        path=tmp_path,
        folder=tmp_path,
        name="rain",
        code=tmp_path / "flows.py",
        toml=None,
        storage_folder=tmp_path / ".rivers",
        user_folder=tmp_path / "user",
        python=ProjectPython(interpreter),
    )
    return Launch(project, "outputs", worker)


def test_the_projects_own_python_wins_over_the_apps_worker_program(tmp_path):
    own, worker = tmp_path / "python", tmp_path / "rivers-worker"
    assert launch_of(tmp_path).command() == [sys.executable, str(BOOTSTRAP)]
    assert launch_of(tmp_path, worker=worker).command() == [str(worker)]
    assert launch_of(tmp_path, interpreter=own, worker=worker).command() == [str(own), str(BOOTSTRAP)]


def test_another_python_gets_nothing_that_was_meant_for_this_one(tmp_path):
    environment = {"PATH": "/bin", "PYTHONHOME": "/x", "_PYI_PARENT": "1", "GAUGE": "7"}
    assert launch_of(tmp_path).environment(environment)["PYTHONHOME"] == "/x"
    cleaned = launch_of(tmp_path, interpreter=tmp_path / "python").environment(environment)
    assert cleaned.keys() == {"PATH", "GAUGE", "PYTHONIOENCODING"}


def test_a_frozen_app_gives_back_the_library_path_it_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("_PYI_APPLICATION_HOME_DIR", "/opt/app")
    environment = {"LD_LIBRARY_PATH": "/opt/app", "LD_LIBRARY_PATH_ORIG": "/usr/own", "DYLD_LIBRARY_PATH": "/opt/app"}
    cleaned = launch_of(tmp_path).environment(environment)
    assert cleaned == {"LD_LIBRARY_PATH": "/usr/own", "PYTHONIOENCODING": "utf-8:backslashreplace"}


def test_a_frozen_apps_own_folders_are_not_searched_for_other_programs(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "app" / "rivers-desktop"))
    found = [str(tmp_path / "app" / "packages" / "PySide6"), str(tmp_path / "tools"), str(tmp_path / "app")]
    cleaned = launch_of(tmp_path).environment({"PATH": os.pathsep.join(found)})
    assert cleaned["PATH"].split(os.pathsep) == found[1:]


def test_slots_share_processors_and_memory(tmp_path):
    one, many = launch_of(tmp_path).settings(1), launch_of(tmp_path).settings(1000)
    assert one["threads"] == os.cpu_count()
    assert one["memory"] == total_memory() * 8 // 10
    assert many["threads"] == 1
    assert many["memory"] == one["memory"] // 1000


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (3, "ended by itself with exit code 3"),
        (-signal.SIGSEGV, "was ended by signal 11, SIGSEGV"),
        (-signal.SIGKILL, "was ended by signal 9, SIGKILL (out of memory?)"),
        (-77, "was ended by signal 77, unknown"),
    ],
)
def test_the_end_of_a_process_is_put_in_words(code, said):
    assert end_of(code) == said


def test_code_finds_the_tools_of_its_environment(tmp_path):
    environ = {"PATH": "/bin", "VIRTUAL_ENV": "/of/the/app", "CONDA_PREFIX": "/of/the/app"}
    (tmp_path / "conda" / "conda-meta").mkdir(parents=True)
    venv, conda = tmp_path / ".venv", tmp_path / "conda"
    assert activated(environ, venv, is_windows=False) == {"PATH": f"{venv / 'bin'}:/bin", "VIRTUAL_ENV": str(venv)}
    assert activated({}, conda, is_windows=False) == {"PATH": str(conda / "bin"), "CONDA_PREFIX": str(conda)}
    assert activated(environ, venv, is_windows=True)["PATH"] == f"{venv / 'Scripts'};/bin"
    assert str(conda / "Library" / "bin") in activated(environ, conda, is_windows=True)["PATH"].split(";")


def test_a_worker_runs_in_the_environment_of_its_python(tmp_path):
    launch = launch_of(tmp_path)
    inside = replace(launch.project, python=ProjectPython(tmp_path / "python", environment=tmp_path / ".venv"))
    variables = replace(launch, project=inside).environment({"PATH": "/bin"})
    assert variables["VIRTUAL_ENV"] == str(tmp_path / ".venv")


def test_bytecode_of_an_engine_in_a_read_only_place_is_kept_with_the_users_caches(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    command = launch_of(tmp_path).command()
    assert Path(command[2]).parts[-2:] == ("rivers-desktop", "bytecode")
    cache = tmp_path / "bytecode"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    worker = subprocess.Popen([*command[:2], cache], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    worker.communicate()  # nobody is there to work for
    kept = list(cache.rglob("*.pyc"))
    assert any(file.name.startswith("worker.") for file in kept)
    assert {file.relative_to(cache).is_relative_to(BOOTSTRAP.parents[1].relative_to("/")) for file in kept} == {True}
