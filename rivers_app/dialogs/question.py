"""A question with a few answers, each a button that says what it does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rivers_app.dialogs.asking import finished
from rivers_app.dialogs.fitted import FittedDialog
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.card_button import CardButton
from rivers_app.widgets.parts import button, column, label, row

_ICON_SIZE: Final = QSize(24, 24)
_WIDTH: Final = 520


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `name` is its object name, `role` the style sheet's, an `explanation` makes it a large button."""

    name: str
    text: str
    role: str = ""
    explanation: str = ""
    icon: str = "chevron-right"


class QuestionDialog(FittedDialog):
    """`answer` is the name of what was chosen; empty when the dialog was dismissed."""

    def __init__(
        self,
        shell: Shell,
        *,
        name: str,
        icon: str,
        title: str,
        text: str,
        answers: tuple[Answer, ...],
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self.answer = ""
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self._lay_out(icon, title, text, answers)

    def _lay_out(self, icon: str, title: str, text: str, answers: tuple[Answer, ...]) -> None:
        sign = label("", "questionIcon")
        sign.setPixmap(self._shell.icons.icon(icon, "accent").pixmap(_ICON_SIZE, self.devicePixelRatioF()))
        words = column(
            label(title, "questionTitle", "heading", wraps=True),
            label(text, "questionText", wraps=True, selectable=True),
            None,
            spacing=METRICS.space_2,
        )
        head = row(sign, words, spacing=METRICS.space_4)
        head.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        head.setStretch(1, 1)
        large = [self._card(answer) for answer in answers if answer.explanation]
        small = [self._button(answer) for answer in answers if not answer.explanation]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_4)
        layout.addLayout(head)
        if large:
            layout.addLayout(column(*large, spacing=METRICS.space_2))
        layout.addLayout(row(None, *small))

    def _card(self, answer: Answer) -> CardButton:
        return CardButton(
            self._shell,
            answer.name,
            icon=answer.icon,
            title=answer.text,
            text=answer.explanation,
            clicked=partial(self._choose, answer),
        )

    def _button(self, answer: Answer) -> QWidget:
        made = button(answer.text, answer.name, partial(self._choose, answer), role=answer.role)
        made.setDefault(answer.role == "primary")
        return made

    def _choose(self, answer: Answer) -> None:
        self.answer = answer.name
        self.accept()


async def asked(
    shell: Shell, parent: QWidget | None, *, name: str, icon: str, title: str, text: str, answers: tuple[Answer, ...]
) -> str:
    """Ask and wait; the name of the answer, empty when the question was dismissed."""
    dialog = QuestionDialog(shell, name=name, icon=icon, title=title, text=text, answers=answers, parent=parent)
    await finished(dialog)
    return dialog.answer
