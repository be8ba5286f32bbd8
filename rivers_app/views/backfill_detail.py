"""One backfill: how far it is, its cells, its runs, how it was asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSpinBox, QTabWidget, QVBoxLayout, QWidget

from rivers_app.models.backfill_table import BackfillTableModel, counts_of, done_of, seconds_taken
from rivers_app.models.run_table import RunTableModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.backfill_cells import BackfillCells
from rivers_app.views.backfill_log import BackfillLog
from rivers_app.views.backfill_settings import BackfillSettings
from rivers_app.views.run_list import RunList, RunQuery
from rivers_app.views.run_table import RunTable
from rivers_app.widgets.parts import indented, label, row
from rivers_app.widgets.stacked_bar import StackedBar
from rivers_app.wording import BACKFILL_STATE_TEXT, count, duration, names, pace, plural, time_left
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import BackfillRecord

_CHANGE_MILLISECONDS: Final = 400


class BackfillDetail(QWidget):
    """Follows the record it is given; `BackfillsPage` gives it the newest."""

    def __init__(self, shell: Shell, table: BackfillTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._table = table
        self._session: ProjectSession | None = None
        self._record: BackfillRecord | None = None
        self.setObjectName("backfillDetail")
        self._create_parts()
        self._lay_out()

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self._record = None
        self._cells.set_session(session)
        self._runs.set_session(session)
        self._log.set_session(session)
        self._settings.set_session(session)
        self.show_record(None, selected=0)

    def show_record(self, record: BackfillRecord | None, *, selected: int) -> None:
        """Show this one; without one say how many are selected."""
        self._tabs.setVisible(record is not None)
        self._progress.setVisible(record is not None)
        self._at_once_row.setVisible(record is not None and not record.state.is_final)
        if record is None:
            self._record = None
            self._title.setText(f"{plural(selected, 'backfill')} selected" if selected else "")
            self._facts.setText("")
            return
        is_other = self._record is None or self._record.backfill_id != record.backfill_id
        self._record = record
        self._show_progress(record)
        self._cells.show_record(record)
        self._log.show_record(record)
        self._settings.show_record(record)
        if is_other:
            self._runs.show_query(RunQuery(backfill_id=record.backfill_id))

    def _create_parts(self) -> None:
        self._title = label("", "backfillTitle", "heading", elides=True, selectable=True)
        self._facts = label("", "backfillFacts", "muted", wraps=True, selectable=True)
        self._progress = StackedBar(self._shell.appearance)
        self._progress.setObjectName("backfillProgress")
        self._at_once = indented(QSpinBox())
        self._at_once.setObjectName("backfillConcurrency")
        self._at_once.setAccessibleName("Runs at a time")
        self._at_once.setRange(1, 1024)
        self._change = QTimer(self)
        self._change.setSingleShot(True)
        self._change.setInterval(_CHANGE_MILLISECONDS)
        self._change.timeout.connect(self._on_concurrency_settled)
        self._at_once.valueChanged.connect(lambda _value: self._change.start())
        self._cells = BackfillCells(self._shell)
        self._run_model = RunTableModel(self)
        self._runs = RunList(self._shell, self._run_model, self)
        self._run_table = RunTable(self._shell, "backfillRunTable", self._run_model, self._runs)
        self._run_table.open_on_activation()
        self._log = BackfillLog(self._shell)
        self._settings = BackfillSettings(self._shell)

    def _lay_out(self) -> None:
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("backfillTabs")
        self._tabs.setAccessibleName("Parts of the backfill")
        self._at_once_row = QWidget()
        self._at_once_row.setObjectName("backfillConcurrencyRow")
        at_once = row(label("Runs at a time", "concurrencyLabel", "muted"), self._at_once)
        at_once.setContentsMargins(0, 0, 0, 0)
        self._at_once_row.setLayout(at_once)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, METRICS.space_3, 0, 0)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(row(self._title, None, self._at_once_row))
        layout.addWidget(self._facts)
        layout.addWidget(self._progress)
        layout.addWidget(self._tabs, 1)
        self._tabs.addTab(self._cells, "Cells")
        self._tabs.addTab(self._run_table, "Runs")
        self._tabs.addTab(self._log, "Log")
        self._tabs.addTab(self._settings, "Settings")

    def _show_progress(self, record: BackfillRecord) -> None:
        state = BACKFILL_STATE_TEXT[record.state]
        self._title.setText(f"Backfill {record.backfill_id} · {names(record.assets)} · {state}")
        self._facts.setText(" · ".join(part for part in self._fact_texts(record) if part))
        self._progress.set_counts(counts_of(record))
        if not self._change.isActive():
            self._at_once.blockSignals(True)
            self._at_once.setValue(record.max_concurrency)
            self._at_once.blockSignals(False)

    def _fact_texts(self, record: BackfillRecord) -> list[str]:
        rate = self._table.rate(record)
        left = self._table.seconds_left(record) if record.state is BackfillState.IN_PROGRESS else None
        return [
            f"{count(done_of(record))} of {plural(record.total_partitions, 'partition')}",
            f"{count(record.failed)} failed" if record.failed else "",
            f"{count(record.canceled)} canceled" if record.canceled else "",
            plural(record.num_runs, "run"),
            pace(rate, "partitions"),
            time_left(left),
            _lasted(record),
            record.error or "",
        ]

    def _on_concurrency_settled(self) -> None:
        session, record = self._session, self._record
        if session is not None and record is not None and self._at_once.value() != record.max_concurrency:
            wanted = self._at_once.value()
            self._shell.tasks.start(self, self._set_concurrency(session, record.backfill_id, wanted), key="at once")

    async def _set_concurrency(self, session: ProjectSession, backfill_id: str, wanted: int) -> None:
        await session.set_max_concurrency(backfill_id, wanted)


def _lasted(record: BackfillRecord) -> str:
    seconds = seconds_taken(record, time.time())
    return "" if seconds is None else f"{'took' if record.state.is_final else 'for'} {duration(seconds)}"
