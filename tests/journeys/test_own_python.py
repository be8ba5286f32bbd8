"""A project brings a Python of its own, or lacks packages: found, told, chosen and installed from the window."""

from __future__ import annotations

import platform
from pathlib import Path

from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QRadioButton, QWidget

from rivers_core.states import PartitionState
from tests import hands
from tests.environments import make_venv, write_requirements, write_wheel
from tests.journeys import projects, stored
from tests.journeys.desk import Desk

TINY = "rivers_tiny_package"
# Which Python ran a partition is seen in the keys that it makes of the place it runs in.
WHERE = """
import sys

import rivers_core as rs

places = rs.PartitionsDefinition.static_(["own" if ".venv" in sys.prefix and "müller" in sys.prefix else "app"])


@rs.Asset(partitions_def=places)
def place(context: rs.AssetExecutionContext) -> str:
    return sys.prefix


repo = rs.CodeRepository(assets=[place])
"""


def python_button(desk: Desk) -> str:
    return desk.part(QPushButton, "pythonButton").text()


def label_of_first(desk: Desk) -> str:
    definition = desk.heatmap.model.definition
    assert definition is not None
    return definition.label_at(0)


def install(desk: Desk) -> None:
    """Agree to what the dialog proposes."""
    dialog = desk.dialog("installDialog")
    desk.wait(hands.part(dialog, QPushButton, "installButton").isEnabled)
    hands.press(dialog, "installButton")
    desk.wait(lambda: hands.dialog("installDialog") is None)


def chosen_python(desk: Desk, at: int) -> QWidget:
    """The dialog of Pythons with one of them chosen."""
    dialog = desk.dialog("pythonDialog")
    choice = hands.part(dialog, QRadioButton, f"pythonChoice{at}")
    choice.click()
    desk.wait(hands.part(dialog, QPushButton, "usePythonButton").isEnabled)
    return dialog


def test_a_projects_own_python_runs_its_backfill_until_another_is_chosen(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "müllers daten", WHERE)
    make_venv(project / ".venv")
    desk.open(project)
    assert python_button(desk) == f"Python {platform.python_version()} · .venv"
    desk.open_asset("place")
    assert label_of_first(desk) == "own"
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 1)
    assert stored.backfill(project, 1)["completed"] == 1
    before = desk.session
    hands.press(desk.window, "pythonButton")
    hands.press(chosen_python(desk, 1), "usePythonButton")
    desk.wait(lambda: desk.window.session not in (None, before))
    desk.wait_for_code(project)
    assert python_button(desk) == f"Python {platform.python_version()}"
    desk.open_asset("place")
    assert label_of_first(desk) == "app"


def test_a_package_that_is_missing_is_installed_and_the_code_read_again(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", f"import {TINY}\n{projects.PLAIN}")
    write_requirements(project, write_wheel(tmp_path / "wheels", TINY).parent, f"{TINY}>=1")
    desk.open(project)
    desk.wait(lambda: TINY in desk.text("codeProblemText"))
    hands.press(desk.window, "installMissingButton")
    field = hands.part(desk.dialog("installDialog"), QPlainTextEdit, "packagesField")
    assert field.toPlainText() == f"{TINY}>=1"
    install(desk)
    desk.wait(lambda: desk.session.spec is not None)
    desk.open_asset("letter")
    assert desk.heatmap.model.size == 3


def test_what_is_asked_for_is_told_though_the_code_loads_without_it(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN)
    write_requirements(project, write_wheel(tmp_path / "wheels", TINY).parent, TINY)
    desk.open(project)
    told = desk.notice(f"This project needs {TINY}, which is not installed.")
    hands.press(told, "bannerAction0")
    install(desk)
    desk.wait(lambda: not any(TINY in notice.text for notice in desk.window.banners.notices))
    desk.wait(lambda: any("read again" in notice.text for notice in desk.window.banners.notices))


def test_pydantic_is_offered_to_a_python_that_lacks_it(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN)
    make_venv(project / ".venv", with_pydantic=False)
    desk.open(project)
    desk.wait(lambda: "lacks pydantic" in desk.text("codeProblemText"))
    assert desk.text("codeProblemTitle") == "The project's Python cannot run its code"
    hands.press(desk.window, "installMissingButton")
    dialog = desk.dialog("installDialog")
    assert hands.part(dialog, QPlainTextEdit, "packagesField").toPlainText() == "pydantic>=2.9"
    hands.press(dialog, "cancelInstallButton")
    desk.wait(lambda: hands.dialog("installDialog") is None)
    make_venv(project / ".venv")  # as somebody does in a terminal
    hands.press(desk.window, "reloadBrokenButton")
    desk.wait(lambda: desk.session.spec is not None)


def test_an_interpreter_that_vanishes_is_told_and_another_can_be_chosen(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN)
    make_venv(project / ".venv")
    desk.open(project)
    desk.wait(lambda: desk.session.spec is not None)
    for program in (project / ".venv" / "bin").glob("python*"):
        program.unlink()
    desk.desktop.projects.reload()
    told = desk.notice("is broken")
    before = desk.session
    hands.press(told, "bannerAction0")
    hands.press(chosen_python(desk, 1), "usePythonButton")
    desk.wait(lambda: desk.window.session not in (None, before))
    desk.wait_for_code(project)
    assert desk.session.spec is not None
