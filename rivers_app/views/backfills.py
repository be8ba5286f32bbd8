"""The Backfills page: the list, what can be done with it, and the chosen backfill below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from rivers_app.models.backfill_table import BackfillColumn, BackfillTableModel
from rivers_app.navigation import BackfillDraft
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.backfill_actions import BackfillActions
from rivers_app.views.backfill_detail import BackfillDetail
from rivers_app.views.backfill_filter import BackfillFilter
from rivers_app.views.backfill_list import BackfillList
from rivers_app.widgets.empty_state import EmptyAction, EmptyState
from rivers_app.widgets.parts import label, row
from rivers_app.widgets.record_table import RecordTable
from rivers_app.widgets.stacked_bar import StackedBarDelegate
from rivers_app.widgets.state_chip import StateDelegate

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_WIDTHS: Final = (48, 112, 124, 184, 88, 112, 64, 104, 88, 84, 80, 150, 120)
_LIST_HEIGHT: Final = 220


class BackfillsPage(QWidget):
    """Rows can be selected together to act on them; the current one is shown below."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._wanted = ""
        self.setObjectName("backfillsPage")
        self.setProperty("surface", "content")
        self._create_parts()
        self._lay_out()
        self._connect()

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self._detail.set_session(session)
        self._actions.set_session(session)
        self._filter.clear()
        self._list.set_session(session)
        self._show_what_there_is()

    def focus_filter(self) -> None:
        self._filter.focus()

    def show_backfill(self, backfill_id: str) -> None:
        """Choose a backfill in the list, whatever the filter hides."""
        self._wanted = backfill_id
        if not self._choose_wanted():
            self._filter.clear()
            self._list.show_query(self._filter.query)

    def show_list(self) -> None:
        self._table.setFocus()

    def _create_parts(self) -> None:
        self._title = label("Backfills", "backfillsTitle", "title")
        self._actions = BackfillActions(self._shell)
        self._filter = BackfillFilter(self._shell)
        self._model = BackfillTableModel(self)
        self._list = BackfillList(self._shell, self._model, self)
        self._table = RecordTable("backfillTable", "Backfills", self._model)
        self._table.set_widths(_WIDTHS)
        self._table.setItemDelegateForColumn(BackfillColumn.STATE, StateDelegate(self._shell.appearance, self._table))
        self._table.setItemDelegateForColumn(
            BackfillColumn.PROGRESS, StackedBarDelegate(self._shell.appearance, self._table)
        )
        self._empty = EmptyState(
            self._shell,
            icon="waves",
            title="No backfills yet",
            text="Choose an asset, select partitions in its grid and press Backfill. Each backfill is listed here "
            "with its progress, and can be paused, canceled and run again.",
            actions=(EmptyAction("New Backfill…", "newBackfillButton", self._on_new_clicked),),
        )
        self._nothing_found = EmptyState(
            self._shell,
            icon="search",
            title="No backfill fits the filter",
            actions=(EmptyAction("Show All", "showAllBackfills", self._filter.clear),),
        )

    def _lay_out(self) -> None:
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("backfillsStack")
        head = row(self._title, None, self._actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_4, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addLayout(head)
        layout.addWidget(self._filter)
        layout.addWidget(self._stack, 1)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setObjectName("backfillsSplit")
        for part in (self._split, self._empty, self._nothing_found):
            self._stack.addWidget(part)
        self._split.addWidget(self._table)
        self._detail = BackfillDetail(self._shell, self._model, self._split)
        self._split.addWidget(self._detail)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 2)
        self._split.setSizes([_LIST_HEIGHT, 2 * _LIST_HEIGHT])
        self._split.setCollapsible(0, False)

    def _connect(self) -> None:
        self._filter.changed.connect(lambda: self._list.show_query(self._filter.query))
        self._list.loaded.connect(self._on_loaded)
        self._list.changed.connect(self._on_records_changed)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def _on_loaded(self) -> None:
        self._show_what_there_is()
        if not self._choose_wanted() and self._table.current_row() < 0 and self._model.rowCount():
            self._table.choose_row(0)

    def _on_records_changed(self) -> None:
        self._show_what_there_is()
        if not self._choose_wanted() and self._table.current_row() < 0 and self._model.rowCount():
            self._table.choose_row(0)
        self._on_selection_changed()

    def _choose_wanted(self) -> bool:
        """Select the backfill that was asked for as soon as it is in the list."""
        at = self._model.row_of(self._wanted) if self._wanted else -1
        if at < 0:
            return False
        self._wanted = ""
        self._table.choose_row(at)
        return True

    def _show_what_there_is(self) -> None:
        if self._model.rowCount():
            self._stack.setCurrentWidget(self._split)
        else:
            is_filtered = not self._filter.query.is_everything
            self._stack.setCurrentWidget(self._nothing_found if is_filtered else self._empty)

    def _on_selection_changed(self) -> None:
        records = [self._model.record(at) for at in self._table.selected_rows()]
        self._actions.set_records(records)
        self._detail.show_record(records[0] if len(records) == 1 else None, selected=len(records))

    def _on_new_clicked(self) -> None:
        self._shell.navigation.request_backfill(BackfillDraft(assets=()))
