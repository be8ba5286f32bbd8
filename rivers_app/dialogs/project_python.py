"""Shows which Python runs a project's code and what it lacks, and lets a person choose another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QDialog, QFileDialog, QRadioButton, QVBoxLayout, QWidget

from rivers_app.bridge.pythons import KnownPython, Needs, Source, browsed, choose, known, needs_of, remove_packages
from rivers_app.dialogs.asking import finished
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, column, dressed, label, row

if TYPE_CHECKING:
    from rivers_app.bridge.pythons import Project, ProjectPython

_WIDTH: Final = 620
_ORIGINS: Final = {
    Source.SETTINGS: "named in rivers.toml",
    Source.CHOSEN: "chosen for this project",
    Source.FOUND: "found in the project",
    Source.APP: "for projects that have none of their own",
}
_FIXED: Final = "rivers.toml names the interpreter. Change it there, or leave the setting out to choose here."
_KEPT: Final = "The choice is kept on this computer, not in the project. The project is opened anew with it."


class PythonOption(QWidget):
    """One Python to choose: its version and place, and what is wrong with it."""

    def __init__(self, at: int, python: ProjectPython, group: QButtonGroup) -> None:
        super().__init__()
        self.python = python
        self.known: KnownPython | None = None
        self.setObjectName(f"pythonOption{at}")
        self.choice = QRadioButton(self._title(""))
        self.choice.setObjectName(f"pythonChoice{at}")
        group.addButton(self.choice)
        place = "" if python.program is None else f"{python.program}, "
        self._place = label(f"{place}{_ORIGINS[python.source]}", f"pythonPlace{at}", "small", wraps=True)
        self._problem = label("", f"pythonProblem{at}", "error", wraps=True, selectable=True)
        self._problem.hide()
        below = column(self._place, self._problem, spacing=2)
        below.setContentsMargins(METRICS.space_6, 0, 0, 0)
        self.setLayout(column(self.choice, below, spacing=2))
        self._name("")

    def show_known(self, found: KnownPython) -> None:
        self.known = found
        self.choice.setText(self._title(found.version))
        self.choice.setEnabled(found.is_usable)
        self._problem.setText(found.problem)
        self._problem.setVisible(bool(found.problem))
        self._name(found.problem)

    def _title(self, version: str) -> str:
        name = f"Python {version}".strip()
        if self.python.program is None:
            return f"The app's own {name}"
        return f"{name} in {self.python.environment.name}" if self.python.environment else name

    def _name(self, problem: str) -> None:
        self.choice.setAccessibleName(self.choice.text())
        self.choice.setAccessibleDescription(f"{self._place.text()}. {problem}".strip())


class PythonDialog(QDialog):
    """Accepted once another Python was chosen and that is stored."""

    install_chosen = Signal()
    """Install what the project lacks in the Python it uses now."""
    packages_removed = Signal()

    def __init__(
        self, shell: Shell, project: Project, options: tuple[ProjectPython, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._project = project
        self._group = QButtonGroup(self)
        self._options: list[PythonOption] = []
        self.setObjectName("pythonDialog")
        self.setAccessibleName("Python and packages")
        self.setWindowTitle("Python and Packages")
        self.setMinimumWidth(_WIDTH)
        self._create_parts()
        self._lay_out()
        for python in options:
            self._add(python)
        self._group.buttonToggled.connect(lambda _button, _on: self._refresh())
        self._refresh()
        if (chosen := self._chosen()) is not None:
            chosen.choice.setFocus()
        self.look()

    def look(self) -> None:
        """Ask every Python what it is, and the one in use what it lacks."""
        self._packages.setText("Looking…")
        self._remarks.hide()
        self._install.hide()
        self._remove.hide()
        self._shell.tasks.start(self, self._look_at_needs(), key="needs")
        for option in self._options:
            self._shell.tasks.start(self, self._look_at(option), key=option.objectName())

    @property
    def _is_fixed(self) -> bool:
        return self._project.python.source is Source.SETTINGS

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._choices = QVBoxLayout()
        self._choices.setSpacing(METRICS.space_3)
        self._browse = button("Browse…", "browsePythonButton", self._on_browse_clicked, icon=icons.icon("folder-open"))
        self._browse.setEnabled(not self._is_fixed)
        self._browse_problem = label("", "browsePythonProblem", "error", wraps=True, selectable=True)
        self._browse_problem.hide()
        self._packages = label("", "pythonPackages", wraps=True, selectable=True)
        self._remarks = label("", "pythonRemarks", "muted", wraps=True, selectable=True)
        self._install = button(
            "Install…", "installPackagesButton", self.install_chosen.emit, icon=icons.icon("download")
        )
        self._remove = button("Remove", "removePackagesButton", self._on_remove_clicked, role="quiet")
        self._remove.setToolTip("Take away what was installed for this project beside the app's own Python")
        self._cancel = button("Close", "closePythonButton", self.reject)
        self._use = button("Use This Python", "usePythonButton", self._on_use_clicked, role="primary")

    def _lay_out(self) -> None:
        packages = row(self._packages, self._remove, self._install)
        packages.setStretch(0, 1)
        hint = _FIXED if self._is_fixed else _KEPT
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label(f"Python of {self._project.name}", "pythonTitle", "heading"))
        layout.addWidget(label(hint, "pythonHint", "muted", wraps=True))
        layout.addLayout(self._choices)
        layout.addLayout(row(self._browse, None))
        layout.addWidget(self._browse_problem)
        layout.addSpacing(METRICS.space_3)
        layout.addWidget(label("Packages", "packagesTitle", "heading"))
        layout.addLayout(packages)
        layout.addWidget(self._remarks)
        layout.addStretch(1)
        layout.addLayout(row(None, self._cancel, self._use))

    def _add(self, python: ProjectPython) -> PythonOption:
        option = PythonOption(len(self._options), python, self._group)
        option.choice.setChecked(python.program == self._project.interpreter)
        option.setEnabled(not self._is_fixed or option.choice.isChecked())
        self._options.append(option)
        self._choices.addWidget(option)
        return option

    async def _look_at(self, option: PythonOption) -> None:
        option.show_known(await self._shell.background(known, option.python))
        self._refresh()

    async def _look_at_needs(self) -> None:
        self._show_needs(await self._shell.background(needs_of, self._project))

    def _show_needs(self, needs: Needs) -> None:
        count = len(needs.lines_that_apply)
        if needs.facts is None:
            told = "What is installed is not known: the project's Python cannot be asked."
        elif needs.missing:
            told = needs.sentence
        elif count:
            told = (
                "The package that the project asks for is installed."
                if count == 1
                else (f"All {count} packages that the project asks for are installed.")
            )
        else:
            told = "No requirements.txt, pyproject.toml or script metadata asks for packages."
        dressed(self._packages, "role", "error" if needs.missing else "")
        self._packages.setText(told)
        self._install.setVisible(bool(needs.missing) and needs.can_install)
        self._remove.setVisible(needs.facts is not None and bool(needs.facts.extra))
        remarks = "\n".join((*needs.python_remarks, *needs.declared.unread))
        self._remarks.setText(remarks)
        self._remarks.setVisible(bool(remarks))

    def _chosen(self) -> PythonOption | None:
        return next((option for option in self._options if option.choice.isChecked()), None)

    def _refresh(self) -> None:
        chosen = self._chosen()
        is_other = chosen is not None and chosen.python.program != self._project.interpreter
        is_usable = chosen is not None and chosen.known is not None and chosen.known.is_usable
        self._use.setEnabled(is_other and is_usable)
        self._use.setDefault(is_other and is_usable)

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, "Choose a Python", str(self._project.folder))
        dialog.setObjectName("fileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        # A link in an environment stands for that environment; what it leads to does not.
        dialog.setOption(QFileDialog.Option.DontResolveSymlinks)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.browse(Path(path)))
        dialog.open()

    def browse(self, program: Path) -> None:
        """Offer a Python that a person pointed at."""
        self._shell.tasks.start(self, self._take_browsed(program), key="browse")

    async def _take_browsed(self, program: Path) -> None:
        found = await self._shell.background(browsed, program)
        self._browse_problem.setText(found.problem)
        self._browse_problem.setVisible(bool(found.problem) and not found.is_usable)
        if not found.is_usable:
            return
        there = next((option for option in self._options if option.python.program == program), None)
        option = there or self._add(found.python)
        option.show_known(found)
        option.choice.setChecked(True)

    def _on_remove_clicked(self) -> None:
        self._shell.tasks.start(self, self._remove_all(), key="remove")

    async def _remove_all(self) -> None:
        await self._shell.background(remove_packages, self._project)
        self.look()
        self.packages_removed.emit()

    def _on_use_clicked(self) -> None:
        self._shell.tasks.start(self, self._use_chosen(), key="use")

    async def _use_chosen(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            await self._shell.background(choose, self._project, chosen.python.program)
            self.accept()


async def chose_python(dialog: PythonDialog) -> bool:
    """Show the dialog and wait; whether another Python was chosen."""
    return await finished(dialog) == QDialog.DialogCode.Accepted
