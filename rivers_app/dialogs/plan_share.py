"""A button to take a plan elsewhere: as Python, as a command line, as a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from rivers_app.bridge.background import Lane
from rivers_app.dialogs.plan_export import FILTERS, export_plan
from rivers_app.shell import Shell
from rivers_core.planning.as_code import as_command, as_python, asked_definition
from rivers_core.planning.plan import BackfillPlan


class PlanShare(QPushButton):
    """Opens a menu; what was done is told by `shared`, what went wrong by `failed`."""

    shared = Signal(str)
    failed = Signal(object)

    def __init__(self, shell: Shell, project: Path, parent: QWidget | None = None) -> None:
        super().__init__("Copy or Export", parent)
        self._shell = shell
        self._project = project
        self._plan: BackfillPlan | None = None
        self.setObjectName("shareButton")
        self.setAccessibleName("Copy or export")
        self.setAutoDefault(False)
        self.setProperty("hasMenu", True)
        menu = QMenu(self)
        menu.setObjectName("shareMenu")
        for text, name, chosen in (
            ("Copy as Python", "copyAsPythonAction", self._copy_python),
            ("Copy as a Command Line", "copyAsCommandAction", self._copy_command),
            ("Export as CSV or JSON…", "exportPlanAction", self._choose_file),
        ):
            menu.addAction(text, chosen).setObjectName(name)
        self.setMenu(menu)

    def set_plan(self, plan: BackfillPlan) -> None:
        self._plan = plan

    def _copy_python(self) -> None:
        if (plan := self._plan) is not None:
            QGuiApplication.clipboard().setText(as_python(plan.request, asked_definition(plan)))
            self.shared.emit("Copied as Python.")

    def _copy_command(self) -> None:
        if (plan := self._plan) is not None:
            command = as_command(plan.request, str(self._project), asked_definition(plan))
            QGuiApplication.clipboard().setText(command)
            self.shared.emit("Copied as a command line.")

    def _choose_file(self) -> None:
        chooser = QFileDialog(self, "Export the Plan", "plan.csv", FILTERS)
        chooser.setObjectName("exportPlanDialog")
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("csv")
        chooser.fileSelected.connect(self._on_file_chosen)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.open()

    def _on_file_chosen(self, path: str) -> None:
        if self._plan is not None:
            export = self._export(self._plan, Path(path))
            self._shell.tasks.start(self, export, key="export", on_error=self.failed.emit)

    async def _export(self, plan: BackfillPlan, path: Path) -> None:
        await self._shell.background(export_plan, plan, path, lane=Lane.PLAN)
        self.shared.emit(f"The plan is in {path}.")
