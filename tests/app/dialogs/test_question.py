"""A question with a few answers."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from rivers_app.dialogs.question import Answer, QuestionDialog
from rivers_app.shell import Shell
from tests.hands import part


def test_a_question_is_no_higher_than_its_words_need(qtbot: QtBot, shell: Shell) -> None:
    dialog = QuestionDialog(
        shell,
        name="question",
        icon="shield-question-mark",
        title="This project runs Python code on your computer",
        text="/home/ana/projects/sales\n\nIts code can read and change whatever you can. " * 2,
        answers=(Answer("no", "Don't Open"), Answer("yes", "Trust and Open", role="primary")),
        parent=None,
    )
    qtbot.addWidget(dialog)
    dialog.show()
    title, text = part(dialog, QLabel, "questionTitle"), part(dialog, QLabel, "questionText")
    assert title.height() == title.heightForWidth(title.width())
    assert text.height() == text.heightForWidth(text.width())
