"""How a backfill was asked for, and which backfills are reruns of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row
from rivers_app.wording import when
from rivers_core.planning.as_code import as_command, as_python, asked_definition

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.planning.plan import BackfillPlan
    from rivers_core.records import BackfillRecord


class BackfillSettings(QScrollArea):
    """A form to read; the request can be copied as code."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._shown: tuple[str, bool] | None = None
        self._record: BackfillRecord | None = None
        self._reruns: set[str] = set()
        self._plan: BackfillPlan | None = None
        self.setObjectName("backfillSettings")
        self.setAccessibleName("Settings of the backfill")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        inside = QWidget()
        inside.setObjectName("backfillSettingsForm")
        inside.setProperty("surface", "content")
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(METRICS.space_6)
        self._form.setVerticalSpacing(METRICS.space_2)
        self._copy_python = button("Copy as Python", "copyBackfillPython", self._on_copy_python)
        self._copy_command = button("Copy as a Command Line", "copyBackfillCommand", self._on_copy_command)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, METRICS.space_3, 0, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addLayout(self._form)
        layout.addLayout(row(self._copy_python, self._copy_command, None))
        layout.addStretch(1)
        self.setWidget(inside)

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.backfills_changed.disconnect(self._on_backfills_changed)
        self._session = session
        self._shown = None
        if session is not None:
            session.backfills_changed.connect(self._on_backfills_changed)

    def show_record(self, record: BackfillRecord) -> None:
        """Show this backfill; asked again only for another one, or when it ended."""
        shown = (record.backfill_id, record.state.is_final)
        if shown != self._shown and self._session is not None:
            self._shown = shown
            self._record = record
            self._shell.tasks.start(self, self._load(self._session, record), key="settings")

    async def _load(self, session: ProjectSession, record: BackfillRecord) -> None:
        plan = await self._shell.background(session.engine.plan_of, record.backfill_id)
        reruns = await self._shell.background(session.engine.reruns_of, record.backfill_id)
        warnings = await self._shell.background(session.engine.warnings_of, record.backfill_id)
        self._plan = plan
        self._reruns = {rerun.backfill_id for rerun in reruns}
        self._fill(record, [rerun.backfill_id for rerun in reruns], warnings)

    def _on_backfills_changed(self, records: list[BackfillRecord]) -> None:
        """A rerun of the backfill that is shown belongs to its lineage at once."""
        shown, session = self._record, self._session
        if shown is None or session is None:
            return
        reruns = {record.backfill_id for record in records if record.rerun_of == shown.backfill_id}
        if reruns - self._reruns:
            self._shell.tasks.start(self, self._load(session, shown), key="settings")

    def _fill(self, record: BackfillRecord, reruns: list[str], warnings: tuple[str, ...]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._add("Partitions", record.range_text)
        self._add("Strategy", record.strategy_text)
        self._add("When a partition fails", record.failure_policy.value.replace("_", " "))
        self._add("Order", record.order.value.replace("_", " "))
        self._add("Tags", ", ".join(f"{name}={value}" for name, value in record.tags) or "none")
        config = self._plan.request.config if self._plan is not None else {}
        overrides = [
            f"{asset}.{name} = {value!r}" for asset, values in config.items() for name, value in values.items()
        ]
        self._add("Config overrides", "\n".join(overrides) or "none")
        self._add("Launched", f"{when(record.created)} by {record.launched_by}")
        if warnings:
            self._add("Warnings", "\n".join(warnings))
        if record.rerun_of:
            self._add_links("Rerun of", [record.rerun_of])
        if reruns:
            self._add_links("Run again as", reruns)

    def _add(self, name: str, text: str) -> None:
        key = name.replace(" ", "")
        value = label(text, f"setting_{key}", wraps=True, selectable=True)
        self._form.addRow(label(name, f"settingName_{key}", "muted"), value)

    def _add_links(self, name: str, backfills: list[str]) -> None:
        line = QHBoxLayout()
        line.setAlignment(Qt.AlignmentFlag.AlignLeft)
        for backfill_id in backfills:
            link = button(backfill_id, f"openBackfill_{backfill_id}", role="link")
            link.clicked.connect(lambda _on=False, wanted=backfill_id: self._shell.navigation.open_backfill(wanted))
            line.addWidget(link)
        self._form.addRow(label(name, f"settingName_{name.replace(' ', '')}", "muted"), line)

    def _on_copy_python(self) -> None:
        if (plan := self._plan) is not None:
            QGuiApplication.clipboard().setText(as_python(plan.request, asked_definition(plan)))

    def _on_copy_command(self) -> None:
        if (plan := self._plan) is not None and self._session is not None:
            project = str(self._session.path)
            QGuiApplication.clipboard().setText(as_command(plan.request, project, asked_definition(plan)))
