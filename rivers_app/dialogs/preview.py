"""The dry-run preview: what exactly would run, over which cells, and what to know before launching it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QHeaderView, QLabel, QMenu, QTableView, QVBoxLayout, QWidget

from rivers_app.bridge.background import Lane
from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.plan_export import FILTERS, export_plan
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.models.plan_runs import PlanRunsModel
from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.banner import Banner
from rivers_app.widgets.parts import button, column, label, row, rule
from rivers_app.wording import count, plural, roughly
from rivers_core.exceptions import OutdatedPlanError
from rivers_core.planning.as_code import as_command, as_python, asked_definition
from rivers_core.planning.plan import BackfillPlan
from rivers_core.records import BackfillRecord
from rivers_core.states import PartitionState

_SIZE: Final = (920, 700)
_NOW_TEXT: Final = {
    PartitionState.MISSING: "new",
    PartitionState.COMPLETED: "overwritten",
    PartitionState.FAILED: "failed before",
    PartitionState.CANCELED: "canceled before",
    PartitionState.STALE: "stale",
    PartitionState.QUEUED: "queued elsewhere",
    PartitionState.RUNNING: "running now",
}


class PreviewDialog(QDialog):
    """Shows one plan and launches exactly that; accepted once it is launched."""

    def __init__(
        self, shell: Shell, session: ProjectSession, plan: BackfillPlan, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session = session
        self._plan = plan
        self.setObjectName("previewDialog")
        self.setAccessibleName("Preview of the backfill")
        self.setWindowTitle("Preview")
        self.resize(*_SIZE)
        self._create_parts()
        self._lay_out()
        self._show_plan()

    def _create_parts(self) -> None:
        self._banner = Banner(self._shell)
        self._title = label("", "previewTitle", "title", wraps=True)
        self._detail = label("", "previewDetail", "muted", wraps=True)
        self._chips = row(spacing=METRICS.space_2)
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(METRICS.space_1)
        self._grid_model = PartitionGridModel(self)
        self._cells = PartitionSelection(0, self)
        self._heatmap = PartitionHeatmap(self._grid_model, self._cells, self._shell.appearance)
        self._heatmap.setObjectName("previewHeatmap")
        self._heatmap.setAccessibleName("The cells of this backfill")
        self._heatmap.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._heatmap.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._heatmap.setMinimumHeight(170)
        self._runs_title = label("Runs, in the order in which they start", "previewRunsTitle", "heading")
        self._runs = self._create_table()
        self._create_buttons()

    def _create_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("previewRuns")
        table.setAccessibleName("Runs of this backfill")
        table.setProperty("framed", True)
        table.setModel(PlanRunsModel(self._plan, table))
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.horizontalHeader().setStretchLastSection(True)
        for at, width in enumerate((72, 200, 90)):
            table.setColumnWidth(at, width)
        return table

    def _create_buttons(self) -> None:
        self._share = button("Copy or export", "shareButton")
        menu = QMenu(self._share)
        menu.setObjectName("shareMenu")
        menu.addAction("Copy as Python", self._on_copy_python)
        menu.addAction("Copy as a command line", self._on_copy_command)
        menu.addSeparator()
        menu.addAction("Export as CSV or JSON…", self._on_export)
        self._share.setMenu(menu)
        self._share.setProperty("hasMenu", True)
        self._back = button("Back", "previewBack", self.reject)
        self._launch = button(
            "Launch",
            "launchButton",
            self._on_launch_clicked,
            role="primary",
            icon=self._shell.icons.icon("play", "on_accent"),
        )
        self._launch.setDefault(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(
            column(
                self._banner,
                column(self._title, self._detail, spacing=METRICS.space_1),
                self._chips,
                self._warnings,
                self._heatmap,
                self._runs_title,
                self._runs,
                margin=METRICS.space_6,
            ),
            1,
        )
        layout.addWidget(rule())
        footer = row(self._share, None, self._back, self._launch)
        footer.setContentsMargins(METRICS.space_6, METRICS.space_3, METRICS.space_6, METRICS.space_3)
        layout.addLayout(footer)

    def _show_plan(self) -> None:
        plan = self._plan
        self._title.setText(f"{plural(plan.num_partitions, 'partition')} in {plural(plan.num_runs, 'run')}")
        self._detail.setText(" · ".join(part for part in self._facts() if part))
        for state, number in plan.counts_by_state.items():
            if number:
                self._chips.addWidget(self._chip(PartitionState(state), number))
        self._chips.addStretch(1)
        for at, warning in enumerate(plan.warnings):
            self._warnings.addLayout(self._warning_line(at, warning.message))
        if plan.skipped_keys:
            self._warnings.addLayout(self._warning_line(len(plan.warnings), self._skipped()))
        self._show_cells()

    def _facts(self) -> list[str]:
        plan = self._plan
        estimate = ""
        if plan.estimate_seconds is not None:
            estimate = f"about {roughly(plan.estimate_seconds)}, by {plural(plan.estimate_basis, 'earlier run')}"
        return [", ".join(plan.assets), plan.range_text, plan.strategy_text, estimate]

    def _skipped(self) -> str:
        keys = self._plan.skipped_keys
        few = ", ".join(keys[:5])
        more = f" and {count(len(keys) - 5)} more" if len(keys) > 5 else ""
        return f"Not there any more, so left out: {few}{more}."

    def _chip(self, state: PartitionState, number: int) -> QLabel:
        chip = label(f"{count(number)} {_NOW_TEXT[state]}", f"previewState_{state.name.lower()}")
        chip.setProperty("chip", "warning" if state is PartitionState.COMPLETED else "plain")
        return chip

    def _warning_line(self, at: int, text: str) -> QVBoxLayout:
        icon = QLabel()
        icon.setObjectName(f"previewWarningIcon{at}")
        icon.setPixmap(self._shell.icons.icon("triangle-alert", "warning").pixmap(16, 16))
        message = label(text, f"previewWarning{at}", wraps=True, selectable=True)
        line = row(icon, message)
        line.setStretch(1, 1)
        return column(line)

    def _show_cells(self) -> None:
        stage = self._plan.stages[0] if self._plan.stages else None
        if stage is None or stage.definition is None:
            self._heatmap.hide()
            return
        states = np.zeros(stage.definition.size(), dtype=np.uint8)
        states[stage.ordinals] = stage.states
        self._cells.resize(len(states))
        self._grid_model.set_definition(stage.definition, states)
        self._cells.replace(stage.ordinals)
        self._shell.tasks.start(self, self._show_others(stage.assets[0]), key="cells", on_error=self._on_error)

    async def _show_others(self, asset: str) -> None:
        """The cells around the plan's, so that one sees where it lies."""
        snapshot = await self._shell.background(self._session.engine.states, asset)
        if len(snapshot.states) == self._grid_model.size:
            self._grid_model.set_states(snapshot.states)

    def _on_launch_clicked(self) -> None:
        self._launch.setEnabled(False)
        self._shell.tasks.start(self, self._launch_plan(force=False), key="launch", on_error=self._on_launch_failed)

    async def _launch_plan(self, *, force: bool) -> None:
        record = await self._session.launch(self._plan, force=force)
        self._tell_launched(record)
        self.accept()

    def _tell_launched(self, record: BackfillRecord) -> None:
        navigation, backfill_id = self._shell.navigation, record.backfill_id
        show = NoticeAction("Show", lambda: navigation.open_backfill(backfill_id))
        text = f"Backfill {backfill_id} started: {plural(record.total_partitions, 'partition')}."
        self._shell.notices.show(Notice(Kind.SUCCESS, text, actions=(show,), key=f"launched {backfill_id}"))

    def _on_launch_failed(self, error: BaseException) -> None:
        self._launch.setEnabled(True)
        if not isinstance(error, OutdatedPlanError):
            self._banner.show_error(error)
            return
        again = NoticeAction("Launch all the same", self._on_force_chosen)
        self._banner.show_notice(Notice(Kind.WARNING, f"{error} Go back to look at it again.", actions=(again,)))

    def _on_force_chosen(self) -> None:
        self._launch.setEnabled(False)
        self._shell.tasks.start(self, self._launch_plan(force=True), key="launch", on_error=self._on_launch_failed)

    def _on_error(self, error: BaseException) -> None:
        self._banner.show_error(error)

    def _on_copy_python(self) -> None:
        QGuiApplication.clipboard().setText(as_python(self._plan.request, asked_definition(self._plan)))

    def _on_copy_command(self) -> None:
        project = str(self._session.path)
        QGuiApplication.clipboard().setText(as_command(self._plan.request, project, asked_definition(self._plan)))

    def _on_export(self) -> None:
        chooser = QFileDialog(self, "Export the plan", "plan.csv", FILTERS)
        chooser.setObjectName("exportPlan")
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("csv")
        chooser.fileSelected.connect(self._on_place_chosen)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.open()

    def _on_place_chosen(self, path: str) -> None:
        self._shell.tasks.start(self, self._export(Path(path)), key="export", on_error=self._on_error)

    async def _export(self, path: Path) -> None:
        await self._shell.background(export_plan, self._plan, path, lane=Lane.PLAN)
        self._banner.show_notice(Notice(Kind.SUCCESS, f"The plan is in {path}."))
