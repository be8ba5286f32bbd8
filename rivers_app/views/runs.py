"""The Runs page: runs, newest first or of one backfill, and the chosen one below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from rivers_app.models.run_table import RunTableModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.run_detail import RunDetail
from rivers_app.views.run_list import RunList, RunQuery
from rivers_app.views.run_table import RunTable
from rivers_app.widgets.empty_state import EmptyAction, EmptyState
from rivers_app.widgets.parts import button, combo_box, label, row
from rivers_app.wording import RUN_STATE_TEXT
from rivers_core.states import RunState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.location.spec import RepositorySpec

_STATES: Final = (RunState.RUNNING, RunState.COMPLETED, RunState.FAILED, RunState.CANCELED)
_HALF: Final = 400
_TYPING_MILLISECONDS: Final = 200
_WITH_FAILURES: Final = "with_failures"


class RunsPage(QWidget):
    """The current row is shown below the table."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._backfill_id: str | None = None
        self._wanted = ""  # until the table holds it or another is chosen: the table may still be reading
        self.setObjectName("runsPage")
        self.setProperty("surface", "content")
        self._create_parts()
        self._lay_out()
        self._connect()

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.spec_changed.disconnect(self._on_spec_changed)
        self._session = session
        self._detail.set_session(session)
        self._runs.set_session(session)
        self._wanted = ""
        self._set_backfill(None)
        self._forget_filter()
        if session is not None:
            session.spec_changed.connect(self._on_spec_changed)
            if session.spec is not None:
                self._on_spec_changed(session.spec)
            self._ask()

    def focus_filter(self) -> None:
        self._text.setFocus()
        self._text.selectAll()

    def show_runs_of(self, backfill_id: str) -> None:
        """Only the runs of this backfill."""
        self._wanted = ""
        self._set_backfill(backfill_id)
        self._ask()

    def show_run(self, run_id: str) -> None:
        """Choose a run, reading it alone where the table does not hold it."""
        self._wanted = run_id
        if self._choose_wanted() or self._session is None:
            return
        self._shell.tasks.start(self, self._show_alone(self._session, run_id), key="alone")

    async def _show_alone(self, session: ProjectSession, run_id: str) -> None:
        record = await self._shell.background(session.engine.run_record, run_id)
        if self._wanted != run_id or self._choose_wanted():
            return
        self._table.clearSelection()
        self._stack.setCurrentWidget(self._split)
        self._detail.show_record(record)

    def _create_parts(self) -> None:
        self._title = label("Runs", "runsTitle", "title", elides=True)
        self._all = button("All Runs", "allRunsButton", self._on_all_clicked, icon=self._shell.icons.icon("arrow-left"))
        self._text = QLineEdit()
        self._text.setObjectName("runFilterField")
        self._text.setAccessibleName("Filter runs")
        self._text.setPlaceholderText("Filter by key, error or id")
        self._text.setClearButtonEnabled(True)
        self._text.addAction(self._shell.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MILLISECONDS)
        self._state = combo_box("runStateFilter", "State of runs")
        self._state.addItem("Any state", None)
        for state in _STATES:
            self._state.addItem(RUN_STATE_TEXT[state], state.value)
        self._state.addItem("with failed partitions", _WITH_FAILURES)
        self._asset = combo_box("runAssetFilter", "Asset of runs", letters=16)
        self._asset.addItem("Any asset", None)
        self._model = RunTableModel(self)
        self._runs = RunList(self._shell, self._model, self)
        self._table = RunTable(self._shell, "runTable", self._model, self._runs)
        self._empty = EmptyState(
            self._shell,
            icon="play",
            title="No runs here",
            text="A backfill makes runs: each computes one partition or several. They are listed here as soon as they "
            "start, with their logs.",
        )

        self._nothing_found = EmptyState(
            self._shell,
            icon="search",
            title="No run fits the filter",
            actions=(EmptyAction("Show All", "showAllRuns", self._show_all),),
        )

    def _lay_out(self) -> None:
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("runsStack")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_4, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addLayout(row(self._title, None, self._all))
        filters = row(self._text, self._asset, self._state)
        filters.setStretch(0, 1)
        layout.addLayout(filters)
        layout.addWidget(self._stack, 1)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setObjectName("runsSplit")
        for part in (self._split, self._empty, self._nothing_found):
            self._stack.addWidget(part)
        self._split.addWidget(self._table)
        self._detail = RunDetail(self._shell, self._split)
        self._split.addWidget(self._detail)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([_HALF, _HALF])

    def _connect(self) -> None:
        self._text.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._on_filter_changed)
        self._state.currentIndexChanged.connect(lambda _at: self._on_filter_changed())
        self._asset.currentIndexChanged.connect(lambda _at: self._on_filter_changed())
        self._runs.loaded.connect(self._on_loaded)
        self._model.rowsInserted.connect(self._on_rows_inserted)
        self._model.dataChanged.connect(self._on_rows_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def _set_backfill(self, backfill_id: str | None) -> None:
        self._backfill_id = backfill_id
        self._title.setText("Runs" if backfill_id is None else f"Runs of backfill {backfill_id}")
        self._all.setVisible(backfill_id is not None)

    def _on_filter_changed(self) -> None:
        self._wanted = ""
        self._ask()

    def _ask(self) -> None:
        state = self._state.currentData()
        has_failed = state == _WITH_FAILURES
        wanted = RunState(state) if state and not has_failed else None
        query = RunQuery(self._backfill_id, wanted, self._asset.currentData(), has_failed, self._text.text().strip())
        self._runs.show_query(query)

    def _show_all(self) -> None:
        """Take the filter away."""
        self._forget_filter()
        self._on_filter_changed()

    def _forget_filter(self) -> None:
        """Choose everything, without asking for it."""
        self._text.clear()
        self._typing.stop()
        for box in (self._state, self._asset):
            box.blockSignals(True)
            box.setCurrentIndex(0)
            box.blockSignals(False)

    def _on_all_clicked(self) -> None:
        self._wanted = ""
        self._set_backfill(None)
        self._ask()

    def _on_spec_changed(self, spec: RepositorySpec) -> None:
        chosen = self._asset.currentData()
        self._asset.blockSignals(True)
        self._asset.clear()
        self._asset.addItem("Any asset", None)
        for asset in spec.assets:
            self._asset.addItem(asset.name, asset.name)
        self._asset.setCurrentIndex(max(0, self._asset.findData(chosen)))
        self._asset.blockSignals(False)
        if self._asset.currentData() != chosen:
            self._on_filter_changed()

    def _on_loaded(self) -> None:
        self._show_what_there_is()
        if not self._choose_wanted() and not self._wanted and self._model.rowCount():
            self._table.choose_row(0)

    def _show_what_there_is(self) -> None:
        if self._model.rowCount():
            self._stack.setCurrentWidget(self._split)
        else:
            is_chosen = self._state.currentIndex() > 0 or self._asset.currentIndex() > 0
            is_filtered = is_chosen or bool(self._text.text().strip())
            self._stack.setCurrentWidget(self._nothing_found if is_filtered else self._empty)

    def _on_rows_inserted(self) -> None:
        self._show_what_there_is()
        if self._table.current_row() < 0 and not self._wanted:
            self._table.choose_row(0)

    def _choose_wanted(self) -> bool:
        at = self._model.row_of(self._wanted) if self._wanted else -1
        if at < 0:
            return False
        self._wanted = ""
        self._table.choose_row(at)
        return True

    def _on_rows_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if first.row() <= self._table.current_row() <= last.row():
            self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        rows = self._table.selected_rows()
        if rows:
            self._wanted = ""
        self._detail.show_record(self._model.record(rows[0]) if len(rows) == 1 else None)
