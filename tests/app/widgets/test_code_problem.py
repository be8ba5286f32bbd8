"""What stands where the assets would be while the code does not load."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.widgets.code_problem import CodeProblem
from rivers_core.exceptions import CodeLocationError
from tests.hands import part


@pytest.fixture
def problem(qtbot: QtBot, shell: Shell) -> CodeProblem:
    shown = CodeProblem(shell)
    qtbot.addWidget(shown)
    shown.resize(800, 600)
    shown.show()
    return shown


def test_a_sentence_without_a_traceback_stands_below_its_title(problem: CodeProblem) -> None:
    problem.show_error(CodeLocationError("The asset 'report' reads 'sales', which is not there."))
    problem.layout().activate()
    assert part(problem, QPlainTextEdit, "codeProblemTraceback").isHidden()
    for name in ("codeProblemTitle", "codeProblemText"):
        line = part(problem, QLabel, name)
        assert line.height() < 2 * line.fontMetrics().height()


def test_a_traceback_takes_the_room_there_is(problem: CodeProblem) -> None:
    problem.show_error(CodeLocationError("assets.py, line 3, failed.", details="Traceback\n  line 3"))
    problem.layout().activate()
    assert part(problem, QPlainTextEdit, "codeProblemTraceback").height() > 400
