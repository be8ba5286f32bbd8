"""Asks which packages to install for a project, shows the command, and how far pip is with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget
from typing_extensions import override

from rivers_app.bridge.pythons import PackageInstall, checked_lines, installation, needs_of, to_install
from rivers_app.dialogs.asking import finished
from rivers_app.dialogs.fitted import FittedDialog
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row
from rivers_core.exceptions import (
    ConfigurationError,
    InstallationCanceledError,
    InstallationError,
    PythonProblemError,
    RiversError,
)

if TYPE_CHECKING:
    from rivers_app.bridge.pythons import Installation, Needs, Project

_WIDTH: Final = 600
_STEPS: Final = 1000
_MOST_LINES: Final = 6
_COMMAND_LINES: Final = 4
_DETAILS_HEIGHT: Final = 160
_BESIDE: Final = "They go beside the app's own Python, into a folder that only this project uses. Nothing else changes."
_INTO: Final = "They go into the project's own Python: {place}"


class InstallDialog(FittedDialog):
    """Accepted once the packages are installed; `lines` are the requirements it begins with."""

    def __init__(
        self, shell: Shell, project: Project, needs: Needs, lines: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._project = project
        self._needs = needs
        self._prepared: Installation | None = None
        self._running: PackageInstall | None = None
        self.setObjectName("installDialog")
        self.setAccessibleName("Install packages")
        self.setWindowTitle("Install Packages")
        self.setMinimumWidth(_WIDTH)
        self._create_parts(lines)
        self._lay_out()
        self._on_lines_changed()
        self._show_running(False)

    def _create_parts(self, lines: tuple[str, ...]) -> None:
        self._lines = QPlainTextEdit("\n".join(lines))
        self._lines.setObjectName("packagesField")
        self._lines.setAccessibleName("Packages, one on each line")
        self._lines.setProperty("role", "code")
        self._lines.setTabChangesFocus(True)
        height = min(_MOST_LINES, max(2, len(lines)) + 1) * self._lines.fontMetrics().lineSpacing()
        self._lines.setFixedHeight(height + METRICS.space_4)
        self._lines.textChanged.connect(self._on_lines_changed)
        self._command = _text("installCommand", "Command that is run")
        self._command.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._command.setFixedHeight(_COMMAND_LINES * self._command.fontMetrics().lineSpacing() + METRICS.space_4)
        self._step = label("", "installStep", "muted")
        self._progress = QProgressBar()
        self._progress.setObjectName("installProgress")
        self._progress.setAccessibleName("Progress of the installation")
        self._progress.setTextVisible(False)
        self._problem = label("", "installProblem", "error", wraps=True, selectable=True)
        self._details = _text("installDetails", "What pip said")
        self._details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._details.setMinimumHeight(_DETAILS_HEIGHT)
        self._details_button = button("Details", "installDetailsButton", role="quiet", checkable=True)
        self._details_button.toggled.connect(self._on_details_toggled)
        self._cancel = button("Cancel", "cancelInstallButton", self.reject)
        self._install = button("Install", "installButton", self._on_install_clicked, role="primary")
        self._install.setDefault(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label(self._needs.sentence or "Install packages", "installTitle", "heading", wraps=True))
        layout.addWidget(label(self._told(), "installHint", "muted", wraps=True))
        layout.addWidget(_named("&Packages, one on each line", self._lines))
        layout.addWidget(self._lines)
        layout.addWidget(label("Command", "installCommandLabel", "small"))
        layout.addWidget(self._command)
        layout.addWidget(self._progress)
        layout.addWidget(self._step)
        layout.addWidget(self._problem)
        layout.addWidget(self._details, 1)
        layout.addStretch(1)
        layout.addLayout(row(self._details_button, None, self._cancel, self._install))

    def _told(self) -> str:
        program = self._project.interpreter
        if program is None:
            return _BESIDE
        into = _INTO.format(place=self._project.python.environment or program)
        return f"{into}\n{self._needs.caution}".strip()

    def _on_lines_changed(self) -> None:
        self._prepared = None
        self._install.setEnabled(False)
        self._show_problem("", "")
        try:
            lines = checked_lines(self._lines.toPlainText())
        except ConfigurationError as error:
            self._show_problem(str(error), "")
            lines = ()
        self._shell.tasks.start(self, self._prepare(lines), key="prepare")

    async def _prepare(self, lines: tuple[str, ...]) -> None:
        self._command.clear()
        if lines:
            self._prepared = await self._shell.background(installation, self._project, self._needs, lines)
            self._command.setPlainText(self._prepared.command)
        self._install.setEnabled(bool(lines))

    def _on_install_clicked(self) -> None:
        if self._prepared is None:
            return
        self._show_problem("", "")
        self._running = PackageInstall(self._prepared, self)
        self._running.progressed.connect(self._on_progressed)
        self._show_running(True)
        self._shell.tasks.start(self, self._run(self._running), key="install", on_error=self._on_failed)

    async def _run(self, running: PackageInstall) -> None:
        await running.run(self._shell.background)
        self._running = None
        self.accept()

    def _on_progressed(self, step: str, share: float) -> None:
        self._step.setText(step)
        self._progress.setRange(0, _STEPS if share >= 0 else 0)
        self._progress.setValue(int(share * _STEPS))

    def _on_failed(self, error: Exception) -> None:
        self._running = None
        self._show_running(False)
        self._on_lines_changed()  # an installation is run once
        if isinstance(error, InstallationCanceledError):
            self._step.setVisible(True)
            self._step.setText(str(error))
        elif isinstance(error, RiversError):
            self._show_problem(str(error), error.details if isinstance(error, InstallationError) else "")
        else:
            self._shell.notices.report(error)

    def _show_running(self, is_running: bool) -> None:
        self._lines.setReadOnly(is_running)
        self._install.setEnabled(not is_running and self._prepared is not None)
        self._progress.setRange(0, 0)
        self._progress.setVisible(is_running)
        self._step.setVisible(is_running)
        self._step.setText("Starting pip…")

    def _show_problem(self, problem: str, details: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._details.setPlainText(details)
        self._details_button.setVisible(bool(details))
        self._details_button.setChecked(False)
        self._details.setVisible(False)

    def _on_details_toggled(self, are_shown: bool) -> None:
        self._details.setVisible(are_shown)

    @override
    def reject(self) -> None:
        """The first Cancel ends pip, so that what came of that can be read; the next one closes."""
        if self._running is not None:
            self._step.setText("Canceling…")
            self._running.cancel()
        else:
            super().reject()


def _text(name: str, spoken: str) -> QPlainTextEdit:
    """Text of a terminal, to read and to copy."""
    made = QPlainTextEdit()
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    made.setProperty("role", "code")
    return made


def _named(text: str, field: QWidget) -> QLabel:
    made = label(text, f"{field.objectName()}Label")
    made.setTextFormat(Qt.TextFormat.AutoText)
    made.setBuddy(field)
    return made


async def packages_installed(shell: Shell, parent: QWidget | None, project: Project, module: str = "") -> bool:
    """Ask for consent to install what the project lacks, and a `module` its code imports; whether that was done.

    Raises PythonProblemError where the project's Python can take no packages.
    """
    needs = await shell.background(needs_of, project)
    if not needs.can_install:
        raise PythonProblemError(
            needs.problem
            or "The system forbids to install packages into its own Python. "
            "Make an environment for the project (python3 -m venv .venv), or choose another Python."
        )
    dialog = InstallDialog(shell, project, needs, to_install(needs, module), parent)
    return await finished(dialog) == QDialog.DialogCode.Accepted
