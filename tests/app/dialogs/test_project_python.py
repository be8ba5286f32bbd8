"""Which Python a project uses, shown and chosen."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton

from rivers_app.bridge.pythons import Project, installation, needs_of, pythons_for
from rivers_app.dialogs.project_python import PythonDialog
from tests import hands
from tests.environments import make_venv, write_program, write_requirements, write_wheel

VERSION = platform.python_version()


@pytest.fixture
def show(qtbot, shell, project):
    def show() -> PythonDialog:
        opened = Project.open(project)
        dialog = PythonDialog(shell, opened, pythons_for(opened))
        qtbot.addWidget(dialog)
        dialog.show()
        packages = hands.part(dialog, QLabel, "pythonPackages")
        qtbot.waitUntil(lambda: "Looking" not in packages.text(), timeout=30_000)
        qtbot.waitUntil(lambda: all(option.known is not None for option in dialog._options), timeout=30_000)
        return dialog

    return show


def choice(dialog: PythonDialog, at: int) -> QRadioButton:
    return hands.part(dialog, QRadioButton, f"pythonChoice{at}")


def test_what_is_found_and_the_apps_own_are_offered_with_their_versions(show, project: Path):
    make_venv(project / ".venv")
    dialog = show()
    assert [choice(dialog, at).text() for at in range(2)] == [
        f"Python {VERSION} in .venv",
        f"The app's own Python {VERSION}",
    ]
    assert choice(dialog, 0).isChecked()
    assert not hands.part(dialog, QPushButton, "usePythonButton").isEnabled()
    assert "No requirements.txt" in hands.part(dialog, QLabel, "pythonPackages").text()


def test_another_python_is_stored_when_it_is_used(show, project: Path, qtbot):
    make_venv(project / ".venv")
    dialog = show()
    choice(dialog, 1).click()
    with qtbot.waitSignal(dialog.accepted):
        hands.press(dialog, "usePythonButton")
    assert Project.open(project).interpreter is None
    dialog = show()
    assert choice(dialog, 0).isChecked()
    choice(dialog, 1).click()
    with qtbot.waitSignal(dialog.accepted):
        hands.press(dialog, "usePythonButton")
    again = Project.open(project)
    assert again.interpreter == project / ".venv" / "bin" / "python"
    assert not again.user_folder.joinpath("python.json").exists(), "what is found by itself needs no choice"


def test_what_cannot_run_assets_says_why(show, project: Path):
    write_program(project / ".venv" / "bin" / "python", "#!/bin/sh\necho 'no codec' >&2\nexit 1\n")
    (project / ".venv" / "pyvenv.cfg").touch()
    make_venv(project / "venv", with_pydantic=False)
    dialog = show()
    assert "It said: no codec" in hands.part(dialog, QLabel, "pythonProblem0").text()
    assert not choice(dialog, 0).isEnabled()
    assert "lacks pydantic" in hands.part(dialog, QLabel, "pythonProblem1").text()
    assert choice(dialog, 1).isEnabled(), "pydantic can be installed there"
    assert "cannot be asked" in hands.part(dialog, QLabel, "pythonPackages").text()
    assert "no codec" in choice(dialog, 0).accessibleDescription()


def test_a_python_can_be_pointed_at(show, project: Path, tmp_path: Path, qtbot):
    dialog = show()
    dialog.browse(write_program(tmp_path / "hello", "#!/bin/sh\necho hello\n"))
    problem = hands.part(dialog, QLabel, "browsePythonProblem")
    qtbot.waitUntil(problem.isVisible)
    assert "does not answer as a Python does" in problem.text()
    elsewhere = make_venv(tmp_path / "elsewhere")
    dialog.browse(elsewhere)
    qtbot.waitUntil(lambda: len(dialog._options) == 2)
    qtbot.waitUntil(lambda: choice(dialog, 1).isChecked())
    assert not problem.isVisible()
    with qtbot.waitSignal(dialog.accepted):
        hands.press(dialog, "usePythonButton")
    assert Project.open(project).interpreter == elsewhere


def test_a_python_that_the_settings_name_is_only_shown(show, project: Path):
    make_venv(project / ".venv")
    (project / "rivers.toml").write_text(f'[python]\ninterpreter = "{sys.executable}"\n', encoding="utf-8")
    dialog = show()
    assert "rivers.toml names the interpreter" in hands.part(dialog, QLabel, "pythonHint").text()
    assert choice(dialog, 0).isChecked()
    assert not choice(dialog, 1).isEnabled()
    assert not hands.part(dialog, QPushButton, "browsePythonButton").isEnabled()


def test_what_was_installed_for_the_project_can_be_removed(show, project: Path, tmp_path: Path, qtbot):
    wheels = write_wheel(tmp_path / "wheels", "rivers_tiny_package").parent
    write_requirements(project, wheels, "rivers_tiny_package")
    opened = Project.open(project)
    needs = needs_of(opened)
    installation(opened, needs, needs.missing).run(lambda _: None)
    dialog = show()
    assert hands.part(dialog, QLabel, "pythonPackages").text() == "The package that the project asks for is installed."
    with qtbot.waitSignal(dialog.packages_removed):
        hands.press(dialog, "removePackagesButton")
    qtbot.waitUntil(hands.part(dialog, QPushButton, "installPackagesButton").isVisible, timeout=30_000)
    assert not hands.part(dialog, QPushButton, "removePackagesButton").isVisible()
    assert needs_of(opened).missing == ("rivers_tiny_package",)


def test_what_is_missing_is_told_and_can_be_installed(show, project: Path, tmp_path: Path, qtbot):
    wheels = write_wheel(tmp_path / "wheels", "rivers_tiny_package").parent
    write_requirements(project, wheels, "rivers_tiny_package", "-e .")
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = "<3.9"\n', encoding="utf-8")
    dialog = show()
    assert hands.part(dialog, QLabel, "pythonPackages").text() == (
        "This project needs rivers_tiny_package, which is not installed."
    )
    remarks = hands.part(dialog, QLabel, "pythonRemarks").text()
    assert "pyproject.toml asks for Python <3.9" in remarks
    assert "'-e .' is not looked at" in remarks
    with qtbot.waitSignal(dialog.install_chosen):
        hands.press(dialog, "installPackagesButton")
