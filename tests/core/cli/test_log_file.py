"""What goes wrong inside is written into a file; the terminal gets a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BUG = """
import logging, sys
import rivers_core.engine
from rivers_core.cli import main

def fail(*_, **__):
    logging.getLogger("rivers_core.storage").warning("a slow disk")
    raise ZeroDivisionError("a bug of ours")

rivers_core.engine.Engine.open = fail
main()
"""


def ended(home: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "LOCALAPPDATA": str(home), "COLUMNS": "200"}
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def log_of(home: Path) -> str:
    return next(home.rglob("rivers-core.log")).read_text(encoding="utf-8")


def test_a_bug_is_told_in_a_sentence_and_its_traceback_is_in_the_file(tmp_path: Path, project: Path) -> None:
    said = ended(tmp_path, BUG, "list", str(project))
    assert said.returncode == 70
    assert said.stdout == ""
    assert said.stderr.startswith("Something went wrong inside Rivers.")
    assert len(said.stderr.splitlines()) == 1
    written = log_of(tmp_path)
    assert "WARNING rivers_core.storage: a slow disk" in written
    assert "ZeroDivisionError: a bug of ours" in written


def test_without_a_place_for_the_file_the_sentence_is_told_all_the_same(tmp_path: Path, project: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    said = ended(tmp_path / "home", BUG, "list", str(project))
    assert said.returncode == 70
    assert "Traceback" not in said.stderr
