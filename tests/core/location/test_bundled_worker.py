"""Which program a frozen app starts workers with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rivers_core.location.launch import BOOTSTRAP, Launch
from rivers_core.location.project import Project
from rivers_core.pythons.programs import (
    PIP_WORD,
    PROBE_WORD,
    bundled_worker,
    pip_command,
    probe_command,
    serve,
)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "rivers-desktop"))
    return tmp_path


def test_an_ordinary_python_has_no_worker_program():
    assert bundled_worker() is None


def test_the_worker_program_lies_beside_the_frozen_app(frozen: Path):
    assert bundled_worker() == frozen / "rivers-worker"


def test_on_windows_the_worker_program_ends_as_the_app_does(frozen: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", str(frozen / "rivers-desktop.exe"))
    assert bundled_worker() == frozen / "rivers-worker.exe"


def test_a_frozen_app_starts_its_worker_program(frozen: Path):
    code = frozen / "assets.py"
    code.write_text("")
    assert Launch(Project.open(code), str(frozen)).command() == [str(frozen / "rivers-worker")]


def test_a_projects_own_python_wins_over_the_worker_program(frozen: Path):
    python = frozen / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (frozen / "assets.py").write_text("")
    (frozen / "rivers.toml").write_text('[project]\nname = "P"\ncode = "assets.py"\n[python]\ninterpreter = "python"\n')
    assert Launch(Project.open(frozen), str(frozen)).command() == [str(python), str(BOOTSTRAP)]


def test_a_frozen_app_asks_and_fills_its_own_python_by_the_worker_program(frozen: Path):
    worker = str(frozen / "rivers-worker")
    assert probe_command(None, frozen / "packages") == [worker, PROBE_WORD, str(frozen / "packages")]
    assert pip_command(None, ["install", "polars"], has_pip=False) == [worker, PIP_WORD, "install", "polars"]


def test_a_frozen_app_lends_its_pip_to_a_python_that_has_none(frozen: Path):
    python = frozen / "python"
    command = pip_command(python, ["install", "polars"], has_pip=False)
    assert command[0] == str(python)
    assert Path(command[1]).parts[-2:] == ("pip.zip", "pip")
    assert pip_command(python, ["install"], has_pip=True) == [str(python), "-m", "pip", "install"]


def test_the_worker_program_tells_of_its_python_when_it_is_asked(capsys: pytest.CaptureFixture[str]):
    assert serve([PROBE_WORD])
    assert json.loads(capsys.readouterr().out)["version"] == list(sys.version_info[:3])
    assert not serve([])
    assert not serve(["--something-else"])
