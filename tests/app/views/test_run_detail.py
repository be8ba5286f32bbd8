"""One run in detail, where records alone decide what is shown."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.views.run_detail import RunDetail
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from tests import hands
from tests.app.builders import a_run


@pytest.fixture
def detail(qtbot: QtBot, shell: Shell) -> RunDetail:
    made = RunDetail(shell)
    qtbot.addWidget(made)
    made.show()
    return made


def failed(kind: str, message: str) -> object:
    return a_run(state=RunState.FAILED, error=ErrorReport(kind, message, "Traceback"))


def test_a_package_that_a_run_missed_can_be_installed(detail: RunDetail, shell: Shell, qtbot: QtBot):
    detail.show_record(failed("ModuleNotFoundError", "No module named 'polars'"))
    with qtbot.waitSignal(shell.navigation.packages_wanted) as told:
        hands.press(detail, "runInstallButton")
    assert told.args == ["polars"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("ValueError", "No module named 'polars'"),
        ("ModuleNotFoundError", "No module named 'polars.nowhere'"),
        ("ModuleNotFoundError", "it is not there"),
    ],
)
def test_other_failures_offer_no_installation(detail: RunDetail, kind: str, message: str):
    detail.show_record(failed(kind, message))
    assert not detail.findChild(QPushButton, "runInstallButton").isVisible()
    detail.show_record(None)
    assert not detail.findChild(QPushButton, "runInstallButton").isVisible()
