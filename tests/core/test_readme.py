"""What the README shows is true: its Python example runs, opens as a project, and its settings can be read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.py"
    (code,) = blocks("python")
    file.write_text(code, encoding="utf-8")
    return file


def test_the_python_example_runs_as_a_script(orders: Path):
    ran = subprocess.run([sys.executable, orders.name], cwd=orders.parent, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "31 of 31 partitions completed\n", "")


@pytest.mark.parametrize("name", ["rivers_core", "rivers"])
def test_the_python_example_opens_as_a_project_under_both_names(orders: Path, name: str):
    orders.write_text(orders.read_text().replace("import rivers_core as rs", f"import {name} as rs"))
    with WorkerPool(Project.open(orders), slots=1) as pool:
        assert [asset.name for asset in pool.spec().assets] == ["orders"]


def test_the_settings_of_a_project_can_be_read(tmp_path: Path):
    (settings,) = blocks("toml")
    (tmp_path / "rivers.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "nyc_flights.py").touch()
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    project = Project.open(tmp_path)
    assert (project.name, project.code, project.interpreter) == (
        "NYC flights",
        tmp_path / "nyc_flights.py",
        interpreter,
    )
