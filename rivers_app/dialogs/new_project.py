"""Asks for a template, a name and a place, and makes the project."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QFileDialog, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from rivers_app.bridge.projects import folder_of, make_project, templates
from rivers_app.dialogs.asking import finished
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, column, label, row
from rivers_core.exceptions import ProjectError


class NewProjectDialog(QDialog):
    """`path` is the new project's folder once the dialog is accepted."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.path: Path | None = None
        self.setObjectName("newProjectDialog")
        self.setAccessibleName("New project")
        self.setWindowTitle("New Project")
        self.setMinimumWidth(560)
        self._create_parts()
        self._lay_out()
        self._name.selectAll()
        self._name.setFocus()

    def _create_parts(self) -> None:
        self._choices = QButtonGroup(self)
        self._templates = [self._template_button(at) for at in range(len(templates()))]
        self._templates[0].setChecked(True)
        self._name = self._field("projectNameField", "Name of the project", "my_project")
        self._place = self._field("projectPlaceField", "Folder in which the project is made", str(Path.home()))
        icon = self._shell.icons.icon("folder-open")
        self._browse = button("Browse…", "browsePlaceButton", self._on_browse_clicked, icon=icon)
        self._problem = label("", "newProjectProblem", "error", wraps=True)
        self._cancel = button("Cancel", "cancelNewButton", self.reject)
        self._create = button("Create Project", "createProjectButton", self._on_create_clicked, role="primary")
        self._create.setDefault(True)

    def _template_button(self, at: int) -> QRadioButton:
        template = templates()[at]
        made = QRadioButton(template.title)
        made.setObjectName(f"template_{template.name}")
        made.setAccessibleName(template.title)
        made.setAccessibleDescription(template.text)
        self._choices.addButton(made, at)
        return made

    def _field(self, name: str, accessible_name: str, text: str) -> QLineEdit:
        made = QLineEdit(text)
        made.setObjectName(name)
        made.setAccessibleName(accessible_name)
        made.textChanged.connect(self._on_text_changed)
        return made

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label("New project", "newTitle", "heading"))
        for radio, template in zip(self._templates, templates(), strict=True):
            explained = label(template.text, f"{radio.objectName()}Text", "small")
            explained.setIndent(22)
            layout.addLayout(column(radio, explained, spacing=0))
        layout.addSpacing(METRICS.space_2)
        layout.addLayout(column(label("Name", "nameLabel", "key"), self._name, spacing=METRICS.space_1))
        place = row(self._place, self._browse)
        place.setStretch(0, 1)
        layout.addLayout(column(label("In the folder", "placeLabel", "key"), place, spacing=METRICS.space_1))
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addLayout(row(None, self._cancel, self._create))

    def _on_text_changed(self) -> None:
        self._problem.setText("")
        self._create.setEnabled(bool(self._name.text().strip() and self._place.text().strip()))

    def _on_create_clicked(self) -> None:
        self._shell.tasks.start(self, self._make(), key="make", on_error=self._on_refused)

    async def _make(self) -> None:
        template = templates()[self._choices.checkedId()].name
        folder = folder_of(self._name.text().strip(), self._place.text().strip())
        self.path = await self._shell.background(make_project, template, folder)
        self._shell.settings.trust(self.path)
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, ProjectError):
            self._problem.setText(str(error))
        else:
            self._shell.notices.report(error)

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, "Choose a Folder", self._place.text())
        dialog.setObjectName("fileDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._place.setText)
        dialog.open()


async def asked_for_new_project(shell: Shell, parent: QWidget | None) -> Path | None:
    """Ask, make the project and wait; None when the dialog was dismissed."""
    dialog = NewProjectDialog(shell, parent)
    await finished(dialog)
    return dialog.path
