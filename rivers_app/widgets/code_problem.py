"""What is wrong with the project's code or its Python: the sentence, the traceback, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, dressed, label, row
from rivers_core.exceptions import CodeLocationError


class CodeProblem(QWidget):
    """Stands where the assets would be."""

    reload_chosen = Signal()
    python_chosen = Signal()
    """Another Python is to be chosen."""
    install_chosen = Signal(str)
    """The package of this module is to be installed."""

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
        self._python = button("Choose Python…", "choosePythonButton", self.python_chosen.emit)
        self._install = button("Install…", "installMissingButton", self._on_install_clicked, role="primary")
        self._missing = ""
        self._copy = button("Copy", "copyTracebackButton", self._on_copy_clicked, icon=icons.icon("copy"))
        self._copy.setAccessibleName("Copy the Traceback")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        self._title = label("", "codeProblemTitle", "title")
        self._hint = label("", "codeProblemHint", "muted", wraps=True)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addWidget(self._traceback, 1)
        layout.addStretch()  # takes the room of a traceback where there is none
        below = row(self._hint, self._copy, self._python, self._reload, self._install)
        below.setStretchFactor(self._hint, 1)
        layout.addLayout(below)

    def show_error(self, error: Exception) -> None:
        details = error.details if isinstance(error, CodeLocationError) else ""
        self._missing = error.missing if isinstance(error, CodeLocationError) else ""
        python_failed = isinstance(error, CodeLocationError) and error.python_failed
        title = "The project's Python cannot run its code" if python_failed else "The project's code does not load"
        self._title.setText(title)
        self._hint.setText(_hint(python_failed, self._missing))
        self._python.setVisible(python_failed or bool(self._missing))
        self._install.setVisible(bool(self._missing))
        dressed(self._reload, "role", "" if self._missing else "primary")
        self._text.setText(str(error))
        self._traceback.setPlainText(details)
        self._traceback.setVisible(bool(details))
        self.setAccessibleName(f"{title}: {error}")

    def _on_install_clicked(self) -> None:
        self.install_chosen.emit(self._missing)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._traceback.toPlainText()}")


def _hint(python_failed: bool, missing: str) -> str:
    kept = "Backfills and runs of before are kept."
    if missing:
        return f"Install it from here, then the code is read again. {kept}"
    if python_failed:
        return f"Mend that Python and reload, or choose another. {kept}"
    return f"Change the code in your editor, then reload. {kept}"
