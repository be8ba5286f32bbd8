"""Installing packages beside the app's own Python, and into a project's."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rivers_core.exceptions import InstallationCanceledError, InstallationError, StorageError
from rivers_core.pythons.inspecting import PythonFacts, look_at_python
from rivers_core.pythons.installing import Installation
from rivers_core.pythons.packages_folder import PackagesFolder
from rivers_core.pythons.pip_report import Progress
from tests.environments import make_venv, write_wheel

TINY = "rivers_tiny_package"


@pytest.fixture(scope="module")
def own() -> PythonFacts:
    return look_at_python(None)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return write_wheel(tmp_path / "wheels", TINY).parent


@pytest.fixture
def folder(tmp_path: Path) -> PackagesFolder:
    return PackagesFolder.of(tmp_path / "Übung two")


def installation(
    facts: PythonFacts, wheels: Path, lines: tuple[str, ...], folder: PackagesFolder | None = None, declared=()
) -> Installation:
    return Installation(facts, lines, ("--no-index", "--find-links", str(wheels)), folder, declared)


def test_packages_come_into_a_folder_of_the_project(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    told: list[Progress] = []
    assert folder.current() is None
    installation(own, wheels, (TINY,), folder).run(told.append)
    current = folder.current()
    assert (current / f"{TINY}.py").read_text(encoding="utf-8") == "VERSION = '1.0'\n"
    assert folder.lines() == (TINY,)
    assert any("Installing collected packages" in progress.text for progress in told)
    assert look_at_python(None, current).extra[TINY.replace("_", "-")] == "1.0"


def test_a_second_installation_brings_the_first_along(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    installation(own, wheels, (TINY,), folder).run(lambda _: None)
    first = folder.current()
    write_wheel(wheels, "rivers_other_package", needs=TINY)
    installation(own, wheels, ("rivers_other_package",), folder).run(lambda _: None)
    assert folder.lines() == (TINY, "rivers_other_package")
    assert {file.name for file in folder.current().glob("*.py")} == {f"{TINY}.py", "rivers_other_package.py"}
    assert first.is_dir(), "a worker may still use it"
    installation(own, wheels, ("rivers_other_package>=1",), folder).run(lambda _: None)
    assert folder.lines() == (TINY, "rivers_other_package>=1")
    assert not first.exists()


def test_what_fails_leaves_nothing_behind(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    installation(own, wheels, (TINY,), folder).run(lambda _: None)
    before = folder.current()
    with pytest.raises(InstallationError) as caught:
        installation(own, wheels, (f"{TINY}>=2",), folder).run(lambda _: None)
    assert "There is no version of" in str(caught.value)
    assert "ERROR:" in caught.value.details
    assert [entry.name for entry in folder.root.iterdir()] == [before.name]
    assert folder.lines() == (TINY,)


def test_what_is_canceled_leaves_nothing_behind(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    made = installation(own, wheels, (TINY,), folder)
    with pytest.raises(InstallationCanceledError):
        made.run(lambda _: made.cancel())
    assert list(folder.root.iterdir()) == []
    with pytest.raises(InstallationCanceledError):
        made.run(lambda _: None)


def test_what_a_killed_process_left_is_cleared_away(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = folder.root / f"unfinished-{ended.pid}"
    left.mkdir(parents=True)
    (left / "half.py").touch()
    assert folder.current() is None
    installation(own, wheels, (TINY,), folder).run(lambda _: None)
    assert [entry.name for entry in folder.root.iterdir()] == ["1"]


def test_canceling_ends_pip_from_another_thread(tmp_path: Path, own: PythonFacts, folder: PackagesFolder):
    # Nobody answers at this address, so pip waits for it.
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        made = Installation(own, (TINY,), ("--index-url", f"http://127.0.0.1:{silent.getsockname()[1]}/"), folder)
        outcome: list[Exception] = []

        def run() -> None:
            try:
                made.run(lambda _: None)
            except InstallationError as error:
                outcome.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        connection, _ = silent.accept()
        made.cancel()
        thread.join()
        connection.close()
    assert isinstance(outcome[0], InstallationCanceledError)
    assert list(folder.root.iterdir()) == []


def test_the_versions_that_the_app_has_stay_where_that_is_possible(
    own: PythonFacts, wheels: Path, folder: PackagesFolder
):
    version = own.distributions["packaging"]
    write_wheel(wheels, "packaging", "999")
    write_wheel(wheels, "packaging", version)
    write_wheel(wheels, "rivers_needy_package", needs="packaging")
    installation(own, wheels, ("rivers_needy_package",), folder).run(lambda _: None)
    assert f"VERSION = {version!r}" in (folder.current() / "packaging.py").read_text(encoding="utf-8")


def test_another_version_than_the_apps_comes_with_everything_the_project_asks_for(
    own: PythonFacts, wheels: Path, folder: PackagesFolder
):
    write_wheel(wheels, "packaging", "999")
    installation(own, wheels, ("packaging>=999",), folder, declared=("packaging>=999", TINY)).run(lambda _: None)
    assert {file.stem for file in folder.current().glob("*.py")} == {"packaging", TINY}


def test_what_the_engine_itself_has_loaded_cannot_be_replaced(own: PythonFacts, wheels: Path, folder: PackagesFolder):
    write_wheel(wheels, "pydantic", "1.10")
    with pytest.raises(InstallationError, match="do not go together"):
        installation(own, wheels, ("pydantic==1.10",), folder).run(lambda _: None)


def test_packages_go_into_the_projects_own_python_though_it_has_no_pip(tmp_path: Path, wheels: Path):
    python = make_venv(tmp_path / "my project" / ".venv", with_pydantic=False)
    facts = look_at_python(python)
    assert not facts.has_pip
    made = installation(facts, wheels, (TINY,))
    assert made.command.startswith(f"'{python}'")
    made.run(lambda _: None)
    command = [python, "-c", f"import json, {TINY}; print(json.dumps({TINY}.VERSION))"]
    assert json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) == "1.0"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, own: PythonFacts, wheels: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        installation(own, wheels, (TINY,), PackagesFolder(tmp_path / "file" / "packages")).run(lambda _: None)
