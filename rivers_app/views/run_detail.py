"""One run: its log, its steps over time, its error, what it was given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QTabWidget, QVBoxLayout, QWidget

from rivers_app.models.failure_table import FailureTableModel
from rivers_app.models.metadata_table import MetadataTableModel
from rivers_app.models.partition_text import spaced_label
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.log_view import LogView
from rivers_app.widgets.parts import button, column, label, row
from rivers_app.widgets.record_table import RecordTable
from rivers_app.widgets.step_timeline import StepTimeline
from rivers_app.wording import RUN_STATE_TEXT, duration, names, plural, when

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import LogRecord, RunRecord

_LOG_PAGE: Final = 5000
_FAILURE_WIDTHS: Final = (150, 200, 400)
_METADATA_WIDTHS: Final = (150, 200, 150, 300)


class RunDetail(QWidget):
    """Follows one run until it has ended."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._record: RunRecord | None = None
        self.setObjectName("runDetail")
        self._create_parts()
        self._lay_out()

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.logs_arrived.disconnect(self._on_logs_arrived)
        self._session = session
        self._record = None
        if session is not None:
            session.logs_arrived.connect(self._on_logs_arrived)
        self.show_record(None)

    def show_log(self) -> None:
        self._tabs.setCurrentWidget(self._log)

    def show_record(self, record: RunRecord | None) -> None:
        """Show this run as it stands now; None leaves the place empty."""
        if record is not None and record == self._record:
            return
        is_other = record is None or self._record is None or self._record.run_id != record.run_id
        self._record = record
        for part in (self._tabs, self._open_backfill, self._open_output):
            part.setVisible(record is not None)
        self._title.setText("" if record is None else f"Run {record.run_id} · {RUN_STATE_TEXT[record.state]}")
        self._facts.setText("" if record is None else " · ".join(part for part in _facts(record) if part))
        if record is None:
            self._error_text.hide()
            return
        self._open_backfill.setVisible(record.backfill_id is not None)
        self._show_error(record)
        if is_other:
            self._log.clear()
        if self._session is not None:
            self._shell.tasks.start(self, self._load(self._session, record.run_id), key="run")

    def _create_parts(self) -> None:
        self._title = label("", "runTitle", "heading", elides=True, selectable=True)
        self._facts = label("", "runFacts", "muted", wraps=True, selectable=True)
        self._open_backfill = button("Open Backfill", "runOpenBackfill", self._on_open_backfill)
        self._open_output = button("Open Partition", "runOpenPartition", self._on_open_partition)
        self._log = LogView(self._shell)
        self._steps = StepTimeline(self._shell.appearance)
        self._error_text = label("", "runError", "error", wraps=True, selectable=True)
        self._traceback = self._read_only("runTraceback", "Traceback")
        self._config = self._read_only("runConfig", "Config of the run")
        self._failure_model = FailureTableModel(self)
        self._failures = RecordTable("runFailures", "Partitions that failed", self._failure_model)
        self._failures.set_widths(_FAILURE_WIDTHS)
        self._failures.activated.connect(lambda _index: self._on_failure_opened())
        self._metadata_model = MetadataTableModel(self)
        self._metadata = RecordTable("runMetadata", "Metadata of the outputs", self._metadata_model)
        self._metadata.set_widths(_METADATA_WIDTHS)
        self._copy = button("Copy", "runErrorCopy", self._on_copy_error, icon=self._shell.icons.icon("copy"))
        self._copy.setAccessibleName("Copy the Error")

    def _read_only(self, name: str, accessible_name: str) -> QPlainTextEdit:
        made = QPlainTextEdit()
        made.setObjectName(name)
        made.setAccessibleName(accessible_name)
        made.setReadOnly(True)
        made.setProperty("role", "code")
        made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return made

    def _lay_out(self) -> None:
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("runTabs")
        self._tabs.setAccessibleName("Parts of the run")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, METRICS.space_3, 0, 0)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(row(self._title, None, self._open_output, self._open_backfill))
        layout.addWidget(self._facts)
        layout.addWidget(self._error_text)
        layout.addWidget(self._tabs, 1)
        copy = row(None, self._copy)
        self._error = _page("runErrorPage", column(copy, self._traceback, spacing=METRICS.space_2))
        self._tabs.addTab(self._log, "Log")
        self._tabs.addTab(_page("runStepsPage", column(self._steps, None)), "Steps")
        self._tabs.addTab(self._error, "Error")
        self._tabs.addTab(self._failures, "Failed Partitions")
        self._tabs.addTab(self._metadata, "Metadata")
        self._tabs.addTab(_page("runConfigPage", column(self._config)), "Config")

    def _show_error(self, record: RunRecord) -> None:
        at = self._tabs.indexOf(self._error)
        self._tabs.setTabVisible(at, record.error is not None)
        self._error_text.setVisible(record.error is not None)
        self._tabs.setTabVisible(self._tabs.indexOf(self._failures), record.failed_partitions > 0)
        if record.error is not None:
            self._error_text.setText(record.error.summary)
            self._traceback.setPlainText(record.error.traceback)

    async def _load(self, session: ProjectSession, run_id: str) -> None:
        ask = self._shell.background
        steps = await ask(session.engine.steps, run_id)
        config = await ask(session.engine.run_config, run_id)
        self._failure_model.replace(await ask(session.engine.failures, run_id))
        outputs = await ask(session.engine.run_outputs, run_id)
        self._metadata_model.show_outputs(outputs)
        self._tabs.setTabVisible(self._tabs.indexOf(self._metadata), bool(outputs))
        self._steps.set_steps(steps)
        self._config.setPlainText(json.dumps(config, indent=2, ensure_ascii=False) if config else "No overrides.")
        while lines := await ask(session.engine.logs, run_id, after=self._log.last_number, limit=_LOG_PAGE):
            self._log.add(lines)
        self._log.finish_reading()

    def _on_logs_arrived(self, lines: list[LogRecord]) -> None:
        if self._record is not None and (mine := [line for line in lines if line.run_id == self._record.run_id]):
            self._log.add(mine)

    def _on_open_backfill(self) -> None:
        if self._record is not None and self._record.backfill_id is not None:
            self._shell.navigation.open_backfill(self._record.backfill_id)

    def _on_failure_opened(self) -> None:
        if (at := self._failures.current_row()) >= 0:
            failure = self._failure_model.failure(at)
            self._shell.navigation.open_asset(failure.asset, failure.ordinal)

    def _on_open_partition(self) -> None:
        if self._record is not None:
            ranges = self._record.subset.ranges
            self._shell.navigation.open_asset(self._record.assets[0], ranges[0][0] if ranges else -1)

    def _on_copy_error(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._error_text.text()}\n\n{self._traceback.toPlainText()}")


def _facts(record: RunRecord) -> list[str]:
    return [
        names(record.assets),
        spaced_label(record.label),
        f"started {when(record.started)}" if record.started is not None else "",
        f"took {duration(record.duration)}" if record.duration is not None else "",
        f"{plural(record.failed_partitions, 'partition')} failed" if record.failed_partitions else "",
        ", ".join(f"{name}={value}" for name, value in record.tags),
    ]


def _page(name: str, layout: QVBoxLayout) -> QWidget:
    made = QWidget()
    made.setObjectName(name)
    made.setProperty("surface", "content")
    layout.setContentsMargins(0, METRICS.space_2, 0, 0)
    made.setLayout(layout)
    return made
