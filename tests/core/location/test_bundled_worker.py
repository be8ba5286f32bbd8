"""Which program a frozen app starts workers with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rivers_core.location.launch import BOOTSTRAP, Launch
from rivers_core.location.project import Project
from rivers_core.pythons.programs import bundled_worker


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
