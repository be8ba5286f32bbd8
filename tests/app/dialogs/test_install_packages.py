"""Installing packages from the app: consent, progress, cancel, and what is told when it fails."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QPushButton

from rivers_app.bridge.pythons import Project, needs_of
from rivers_app.dialogs.install_packages import InstallDialog, packages_installed
from rivers_core.exceptions import PythonProblemError
from rivers_core.pythons.packages_folder import PackagesFolder
from tests import hands
from tests.environments import make_venv, write_requirements, write_wheel

TINY = "rivers_tiny_package"


@pytest.fixture
def wheels(tmp_path: Path, project: Path) -> Path:
    made = write_wheel(tmp_path / "wheels", TINY).parent
    write_requirements(project, made, TINY)
    return made


@pytest.fixture
def show(qtbot, shell, project):
    def show() -> InstallDialog:
        opened = Project.open(project)
        needs = needs_of(opened)
        dialog = InstallDialog(shell, opened, needs, needs.missing)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(hands.part(dialog, QPushButton, "installButton").isEnabled)
        return dialog

    return show


def command(dialog: InstallDialog) -> str:
    return hands.part(dialog, QPlainTextEdit, "installCommand").toPlainText()


def ask_for(dialog: InstallDialog, text: str, qtbot) -> None:
    hands.part(dialog, QPlainTextEdit, "packagesField").setPlainText(text)
    qtbot.waitUntil(hands.part(dialog, QPushButton, "installButton").isEnabled)


def problem(dialog: InstallDialog) -> str:
    return hands.part(dialog, QLabel, "installProblem").text()


def test_what_is_missing_is_installed_once_a_person_agrees(show, project: Path, wheels: Path, qtbot):
    dialog = show()
    assert hands.part(dialog, QLabel, "installTitle").text() == f"This project needs {TINY}, which is not installed."
    assert command(dialog).endswith(TINY)
    assert "-m pip install" in command(dialog)
    folder = PackagesFolder.of(Project.open(project).user_folder)
    assert folder.current() is None, "nothing is installed before"
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        hands.press(dialog, "installButton")
    assert (folder.current() / f"{TINY}.py").is_file()


def test_packages_go_into_the_projects_own_python(show, project: Path, wheels: Path, qtbot):
    make_venv(project / ".venv")
    with (project / ".venv" / "pyvenv.cfg").open("a", encoding="utf-8") as settings:
        settings.write("uv = 0.9.1\n")
    dialog = show()
    hint = hands.part(dialog, QLabel, "installHint").text()
    assert str(project / ".venv") in hint
    assert "uv keeps this environment" in hint
    assert command(dialog).startswith(str(project / ".venv" / "bin" / "python"))
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        hands.press(dialog, "installButton")
    assert list((project / ".venv").rglob(f"{TINY}.py"))


def test_a_line_that_names_no_package_is_told_at_once(show, wheels: Path, qtbot):
    dialog = show()
    field = hands.part(dialog, QPlainTextEdit, "packagesField")
    field.setPlainText(f"{TINY}\ntwo words\n")
    assert problem(dialog) == "'two words' names no package. Write one on each line, such as polars>=1.30."
    assert not hands.part(dialog, QPushButton, "installButton").isEnabled()
    field.setPlainText("")
    assert problem(dialog) == ""
    assert not hands.part(dialog, QPushButton, "installButton").isEnabled()


def test_what_fails_is_told_in_a_sentence_with_pips_words_behind_a_button(show, wheels: Path, qtbot):
    dialog = show()
    ask_for(dialog, f"{TINY}>=7", qtbot)
    hands.press(dialog, "installButton")
    qtbot.waitUntil(lambda: bool(problem(dialog)), timeout=60_000)
    assert "There is no version of" in problem(dialog)
    details = hands.part(dialog, QPlainTextEdit, "installDetails")
    assert not details.isVisible()
    hands.press(dialog, "installDetailsButton")
    assert details.isVisible()
    assert "ERROR:" in details.toPlainText()
    ask_for(dialog, TINY, qtbot)
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        hands.press(dialog, "installButton")


def test_an_installation_can_be_canceled_and_leaves_nothing(show, project: Path, qtbot):
    # Nobody answers at this address, so pip waits for it.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        (project / "requirements.txt").write_text(f"--index-url {address}\n{TINY}\n", encoding="utf-8")
        dialog = show()
        hands.press(dialog, "installButton")
        progress = hands.part(dialog, QProgressBar, "installProgress")
        assert progress.isVisible()
        assert hands.part(dialog, QPlainTextEdit, "packagesField").isReadOnly()
        step = hands.part(dialog, QLabel, "installStep")
        hands.press(dialog, "cancelInstallButton")
        qtbot.waitUntil(lambda: "was canceled" in step.text(), timeout=60_000)
    assert not progress.isVisible()
    assert dialog.isVisible(), "what came of it is to be read"
    folder = PackagesFolder.of(Project.open(project).user_folder)
    assert not folder.root.is_dir() or list(folder.root.iterdir()) == []
    with qtbot.waitSignal(dialog.rejected):
        hands.press(dialog, "cancelInstallButton")


def test_a_python_that_takes_no_packages_is_told(shell, project: Path, run):
    make_venv(project / ".venv")
    for program in (project / ".venv" / "bin").glob("python*"):
        program.unlink()
    with pytest.raises(PythonProblemError, match="is broken"):
        run(packages_installed(shell, None, Project.open(project)))
