"""What is wrong with the project's code: the sentence, the traceback with file and line, and Reload."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row
from rivers_core.exceptions import CodeLocationError


class CodeProblem(QWidget):
    """Stands where the assets would be."""

    reload_chosen = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeProblem")
        icons = shell.icons
        self._text = label("", "codeProblemText", wraps=True, selectable=True)
        self._traceback = QPlainTextEdit()
        self._traceback.setObjectName("codeProblemTraceback")
        self._traceback.setAccessibleName("Traceback")
        self._traceback.setReadOnly(True)
        self._traceback.setProperty("role", "code")
        self._traceback.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._reload = button("Reload", "reloadBrokenButton", self.reload_chosen.emit, role="primary")
        self._reload.setToolTip("Read the code again after you changed it (F5)")
        self._reload.setAccessibleName("Reload Code")
        self._copy = button("Copy", "copyTracebackButton", self._on_copy_clicked, icon=icons.icon("copy"))
        self._copy.setAccessibleName("Copy the Traceback")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label("The project's code does not load", "codeProblemTitle", "title"))
        layout.addWidget(self._text)
        layout.addWidget(self._traceback, 1)
        hint = "Change the code in your editor, then reload. Backfills and runs of before are kept."
        layout.addLayout(row(label(hint, "codeProblemHint", "muted"), None, self._copy, self._reload))

    def show_error(self, error: Exception) -> None:
        details = error.details if isinstance(error, CodeLocationError) else ""
        self._text.setText(str(error))
        self._traceback.setPlainText(details)
        self._traceback.setVisible(bool(details))
        self.setAccessibleName(f"The project's code does not load: {error}")

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._traceback.toPlainText()}")
