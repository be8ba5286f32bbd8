"""Asks which project to open: a folder or a Python file, typed, pasted or browsed to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileInfo, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from rivers_app.bridge.projects import expanded, recognized
from rivers_app.dialogs.asking import finished
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, dressed, label, row
from rivers_core.exceptions import ProjectError


class OpenProjectDialog(QDialog):
    """`path` is what was chosen once the dialog is accepted; it held a project then."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.path: Path | None = None
        self.setObjectName("openProjectDialog")
        self.setAccessibleName("Open project")
        self.setWindowTitle("Open Project")
        self.setMinimumWidth(560)
        self._create_parts()
        self._lay_out()
        self._field.setFocus()

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._field = QLineEdit()
        self._field.setObjectName("projectPathField")
        self._field.setAccessibleName("Path of the project")
        self._field.setPlaceholderText("Folder or Python file")
        self._field.textChanged.connect(self._on_text_changed)
        self._field.returnPressed.connect(self._on_open_clicked)
        self._folder = button("Folder…", "browseFolderButton", self._on_folder_clicked, icon=icons.icon("folder-open"))
        self._file = button("File…", "browseFileButton", self._on_file_clicked, icon=icons.icon("file-text"))
        self._problem = label("", "projectProblem", "error", wraps=True)
        self._cancel = button("Cancel", "cancelOpenButton", self.reject)
        self._open = button("Open", "openButton", self._on_open_clicked, role="primary")
        self._open.setEnabled(False)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label("Open a project", "openTitle", "heading"))
        hint = "A project is a folder with a rivers.toml, or a Python file in which a CodeRepository is made."
        layout.addWidget(label(hint, "openHint", "muted", wraps=True))
        path_row = row(self._field, self._folder, self._file)
        path_row.setStretch(0, 1)
        layout.addLayout(path_row)
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addLayout(row(None, self._cancel, self._open))

    def _on_text_changed(self, text: str) -> None:
        self._open.setEnabled(bool(text.strip()))
        self._show_problem("")

    def _on_open_clicked(self) -> None:
        if self._field.text().strip():
            self._shell.tasks.start(self, self._check(), key="check", on_error=self._on_refused)

    async def _check(self) -> None:
        project = await self._shell.background(recognized, Path(self._field.text().strip().strip('"')))
        self.path = project.path
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, ProjectError):
            self._show_problem(str(error))
        else:
            self._shell.notices.report(error)

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        dressed(self._field, "invalid", "true" if problem else "false")

    def _on_folder_clicked(self) -> None:
        self._browse(QFileDialog.FileMode.Directory, "Choose the Project's Folder", "")

    def _on_file_clicked(self) -> None:
        self._browse(QFileDialog.FileMode.ExistingFile, "Choose the Project's File", "Projects (*.py rivers.toml)")

    def _browse(self, mode: QFileDialog.FileMode, title: str, filters: str) -> None:
        dialog = QFileDialog(self, title, self._first_folder(), filters)
        dialog.setObjectName("fileDialog")
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._field.setText)
        dialog.open()

    def _first_folder(self) -> str:
        typed = QFileInfo(str(expanded(self._field.text().strip())))
        if self._field.text().strip() and typed.isDir():
            return typed.filePath()
        recent = self._shell.settings.recent_projects
        return str(Path(recent[0]).parent) if recent else str(Path.home())


async def asked_for_project(shell: Shell, parent: QWidget | None) -> Path | None:
    """Ask and wait; None when the dialog was dismissed."""
    dialog = OpenProjectDialog(shell, parent)
    await finished(dialog)
    return dialog.path
