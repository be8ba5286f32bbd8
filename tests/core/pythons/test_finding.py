"""Which environments are found for a project, and which of them comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from rivers_core.pythons.finding import find_pythons, folders_of


def environment(folder: Path, program: str = "bin/python", mark: str = "pyvenv.cfg") -> Path:
    """The files of an environment as far as they are looked at."""
    (folder / program).parent.mkdir(parents=True, exist_ok=True)
    (folder / program).touch()
    if mark == "conda-meta":
        (folder / mark).mkdir()
    else:
        (folder / mark).touch()
    return folder


def found(folder: Path, **environ: str) -> list[tuple[str, str]]:
    """Places relative to the project, and kinds."""
    home = {"HOME": str(folder / "home")}
    pythons = find_pythons(folder, home | environ, is_windows=False)
    return [(python.program.relative_to(folder).as_posix(), python.kind) for python in pythons]


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
def test_an_environment_in_the_project_is_found(tmp_path: Path, name: str):
    environment(tmp_path / name)
    assert found(tmp_path) == [(f"{name}/bin/python", "venv")]


def test_the_customary_names_come_in_their_order(tmp_path: Path):
    environment(tmp_path / "venv")
    environment(tmp_path / ".venv")
    assert [place for place, _ in found(tmp_path)] == [".venv/bin/python", "venv/bin/python"]


def test_a_folder_that_only_has_the_name_is_no_environment(tmp_path: Path):
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "production.toml").touch()
    assert found(tmp_path) == []


def test_an_environment_of_uv_is_told_by_its_lock(tmp_path: Path):
    environment(tmp_path / ".venv")
    (tmp_path / "uv.lock").touch()
    assert found(tmp_path) == [(".venv/bin/python", "uv")]


def test_uv_may_keep_its_environment_elsewhere(tmp_path: Path):
    environment(tmp_path / "made")
    (tmp_path / "uv.lock").touch()
    assert found(tmp_path, UV_PROJECT_ENVIRONMENT="made") == [("made/bin/python", "uv")]


def test_conda_and_pixi_prefixes_are_found(tmp_path: Path):
    environment(tmp_path / "conda", mark="conda-meta")
    environment(tmp_path / ".pixi" / "envs" / "default", mark="conda-meta")
    assert found(tmp_path) == [(".pixi/envs/default/bin/python", "pixi"), ("conda/bin/python", "conda")]


def test_an_environment_yml_names_a_prefix_that_conda_knows(tmp_path: Path):
    prefix = environment(tmp_path / "home" / "miniforge3" / "envs" / "rain", mark="conda-meta")
    (tmp_path / "environment.yml").write_text("name: rain # gauges\ndependencies:\n  - polars\n", encoding="utf-8")
    assert found(tmp_path) == [("home/miniforge3/envs/rain/bin/python", "conda")]
    elsewhere = environment(tmp_path / "big" / "rain", mark="conda-meta")
    (tmp_path / "home" / ".conda").mkdir()
    (tmp_path / "home" / ".conda" / "environments.txt").write_text(f"{prefix}\n{elsewhere}\n", encoding="utf-8")
    assert len(found(tmp_path)) == 2


def test_an_environment_yml_may_give_the_prefix_itself(tmp_path: Path):
    prefix = environment(tmp_path / "home" / "rain", mark="conda-meta")
    (tmp_path / "environment.yml").write_text(f"name: x\nprefix: {prefix}\n", encoding="utf-8")
    assert found(tmp_path) == [("home/rain/bin/python", "conda")]


def test_the_folders_above_are_looked_into_up_to_the_root_of_the_repository(tmp_path: Path):
    environment(tmp_path / ".venv")
    repository = tmp_path / "repository"
    project = repository / "pipelines" / "rain"
    project.mkdir(parents=True)
    (repository / ".git").mkdir()
    assert folders_of(project) == (project, repository / "pipelines", repository)
    assert find_pythons(project, {"HOME": str(tmp_path)}, is_windows=False) == ()
    environment(repository / ".venv")
    (python,) = find_pythons(project, {"HOME": str(tmp_path)}, is_windows=False)
    assert python.environment == repository / ".venv"
    environment(project / "venv")
    nearest = find_pythons(project, {"HOME": str(tmp_path)}, is_windows=False)[0]
    assert nearest.environment == project / "venv"


def test_a_folder_in_no_repository_stands_for_itself(tmp_path: Path):
    environment(tmp_path / ".venv")
    (tmp_path / "project").mkdir()
    assert found(tmp_path / "project") == []


@pytest.mark.parametrize(
    ("program", "mark"),
    [("Scripts/python.exe", "pyvenv.cfg"), ("python.exe", "conda-meta"), ("bin/python.exe", "pyvenv.cfg")],
)
def test_the_layouts_of_windows_are_known(tmp_path: Path, program: str, mark: str):
    environment(tmp_path / ".venv", program, mark)
    (python,) = find_pythons(tmp_path, {"USERPROFILE": str(tmp_path)}, is_windows=True)
    assert python.program == tmp_path / ".venv" / program


def test_an_environment_whose_python_is_gone_is_still_the_projects(tmp_path: Path):
    environment(tmp_path / ".venv")
    (tmp_path / ".venv" / "bin" / "python").unlink()
    (tmp_path / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")
    assert found(tmp_path) == [(".venv/bin/python", "venv")]
