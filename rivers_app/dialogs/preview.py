"""The dry-run preview: what exactly would run, over which cells, and what to know before launching it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from rivers_app.bridge.background import Lane
from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.plan_share import PlanShare
from rivers_app.dialogs.preview_cells import PreviewCells
from rivers_app.dialogs.preview_warnings import PreviewWarnings
from rivers_app.models.plan_runs import PlanRunsModel
from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.banner import Banner
from rivers_app.widgets.parts import button, column, label, row, rule
from rivers_app.wording import count, names, plural, roughly
from rivers_core.exceptions import OutdatedPlanError
from rivers_core.planning.plan import BackfillPlan
from rivers_core.records import BackfillRecord
from rivers_core.redacting import redacted
from rivers_core.states import PartitionState

_SIZE: Final = (860, 640)
_NOW_TEXT: Final = {
    PartitionState.MISSING: "new",
    PartitionState.COMPLETED: "overwritten",
    PartitionState.FAILED: "failed before",
    PartitionState.CANCELED: "canceled before",
    PartitionState.STALE: "stale",
    PartitionState.QUEUED: "queued elsewhere",
    PartitionState.RUNNING: "running now",
}
_WIDTHS: Final = (60, 190, 84)


class PreviewDialog(QDialog):
    """Shows one plan and launches exactly that; accepted once it is launched."""

    def __init__(
        self, shell: Shell, session: ProjectSession, plan: BackfillPlan, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session = session
        self._plan = plan
        self.launched = ""
        """The id of the backfill, once it was launched."""
        self.setObjectName("previewDialog")
        self.setAccessibleName("Preview of the backfill")
        self.setWindowTitle("Preview")
        self.resize(*_SIZE)
        self._create_parts()
        self._lay_out()
        self._connect()
        self._show_plan(plan)

    @property
    def plan(self) -> BackfillPlan:
        """What Launch would run."""
        return self._plan

    def _create_parts(self) -> None:
        self._banner = Banner(self._shell)
        self._title = label("", "previewTitle", "title", wraps=True)
        self._detail = label("", "previewDetail", "muted", wraps=True)
        self._chips = QHBoxLayout()
        self._warnings = PreviewWarnings(self._shell)
        self._cells = PreviewCells(self._shell, self._session)
        self._runs_title = label("Runs, in the order in which they start", "previewRunsTitle", "heading")
        self._runs = self._create_table()
        self._share = PlanShare(self._shell, self._session.path)
        self._back = button("Back", "previewBack", self.reject)
        icon = self._shell.icons.icon("play", "on_accent")
        self._launch = button("Launch", "launchButton", self._on_launch_clicked, role="primary", icon=icon)
        self._launch.setDefault(True)

    def _create_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("previewRuns")
        table.setAccessibleName("Runs of this backfill")
        table.setProperty("framed", True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setHighlightSections(False)
        return table

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        body = column(
            self._banner,
            column(self._title, self._detail, spacing=METRICS.space_1),
            self._chips,
            self._warnings,
            self._cells,
            self._runs_title,
            self._runs,
        )
        body.setContentsMargins(METRICS.space_6, METRICS.space_4, METRICS.space_6, METRICS.space_4)
        body.setStretchFactor(self._runs, 1)
        layout.addLayout(body, 1)
        layout.addWidget(rule())
        footer = row(self._share, None, self._back, self._launch)
        footer.setContentsMargins(METRICS.space_6, METRICS.space_3, METRICS.space_6, METRICS.space_3)
        layout.addLayout(footer)
        self._launch.setFocus()

    def _connect(self) -> None:
        self._warnings.upstream_wanted.connect(self._on_upstream_wanted)
        self._share.shared.connect(lambda text: self._banner.show_notice(Notice(Kind.SUCCESS, text)))
        self._share.failed.connect(self._on_error)

    def _show_plan(self, plan: BackfillPlan) -> None:
        self._plan = plan
        self._title.setText(f"{plural(plan.num_partitions, 'partition')} in {plural(plan.num_runs, 'run')}")
        self._detail.setText(" · ".join(part for part in _facts(plan) if part))
        self._show_chips(plan)
        self._warnings.show_plan(plan)
        self._cells.show_plan(plan)
        if (spec := self._session.spec) is not None:
            self._share.set_plan(replace(plan, request=redacted(plan.request, spec)))
        self._runs.setModel(PlanRunsModel(plan, self._runs))
        unit = self._runs.fontMetrics().averageCharWidth() / 6
        for at, width in enumerate(_WIDTHS):
            self._runs.setColumnWidth(at, round(width * unit))

    def _show_chips(self, plan: BackfillPlan) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for state, number in plan.counts_by_state.items():
            if number:
                self._chips.addWidget(_chip(PartitionState(state), number))
        self._chips.addStretch(1)

    def _on_upstream_wanted(self) -> None:
        self._shell.tasks.start(self, self._add_upstream(), key="plan", on_error=self._on_error)

    async def _add_upstream(self) -> None:
        request = self._plan.request.model_copy(update={"add_missing_upstream": True})
        self._show_plan(await self._shell.background(self._session.engine.plan, request, lane=Lane.PLAN))

    def _on_launch_clicked(self) -> None:
        self._launch.setEnabled(False)
        self._shell.tasks.start(self, self._launch_plan(force=False), key="launch", on_error=self._on_launch_failed)

    async def _launch_plan(self, *, force: bool) -> None:
        record = await self._session.launch(self._plan, force=force)
        self.launched = record.backfill_id
        self._tell_launched(record)
        self.accept()

    def _tell_launched(self, record: BackfillRecord) -> None:
        navigation, backfill_id = self._shell.navigation, record.backfill_id
        show = NoticeAction("Show", lambda: navigation.open_backfill(backfill_id))
        text = f"Backfill {backfill_id} started: {plural(record.total_partitions, 'partition')}."
        if record.rerun_of is not None:  # what offered the rerun is answered
            self._shell.notices.dismiss(f"backfill {record.rerun_of}")
        self._shell.notices.show(Notice(Kind.SUCCESS, text, actions=(show,), key=f"backfill {backfill_id}"))

    def _on_launch_failed(self, error: BaseException) -> None:
        self._launch.setEnabled(True)
        if not isinstance(error, OutdatedPlanError):
            self._banner.show_error(error)
            return
        again = NoticeAction("Launch All the Same", self._on_force_chosen)
        self._banner.show_notice(Notice(Kind.WARNING, f"{error} Go back to look at it again.", actions=(again,)))

    def _on_force_chosen(self) -> None:
        self._launch.setEnabled(False)
        self._shell.tasks.start(self, self._launch_plan(force=True), key="launch", on_error=self._on_launch_failed)

    def _on_error(self, error: BaseException) -> None:
        self._banner.show_error(error)


def _facts(plan: BackfillPlan) -> list[str]:
    estimate = ""
    if plan.estimate_seconds is not None:
        estimate = f"about {roughly(plan.estimate_seconds)}, by {plural(plan.estimate_basis, 'earlier run')}"
    return [names(plan.assets), plan.range_text, plan.strategy_text, estimate]


def _chip(state: PartitionState, number: int) -> QLabel:
    chip = label(f"{count(number)} {_NOW_TEXT[state]}", f"previewState_{state.name.lower()}")
    chip.setProperty("chip", "warning" if state is PartitionState.COMPLETED else "plain")
    return chip
