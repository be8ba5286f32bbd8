"""The table of a project's assets with its filters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from rivers_app.models.asset_table import NAME_ROLE, AssetColumn, AssetFilter, AssetTableModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.copied_rows import selected_rows_as_text
from rivers_app.widgets.empty_state import EmptyAction, EmptyState
from rivers_app.widgets.parts import button, label, row
from rivers_app.widgets.stacked_bar import StackedBarDelegate
from rivers_app.wording import PARTITION_STATE_TEXT, plural
from rivers_core.states import PartitionState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.location.spec import RepositorySpec

_REFRESH_MILLISECONDS: Final = 400
_AGE_MILLISECONDS: Final = 15_000
_CHIPS: Final = (PartitionState.FAILED, PartitionState.MISSING, PartitionState.STALE)
_WIDTHS: Final = {
    AssetColumn.NAME: 240,
    AssetColumn.GROUP: 120,
    AssetColumn.KIND: 200,
    AssetColumn.PARTITIONS: 96,
    AssetColumn.LAST: 150,
}


class AssetList(QWidget):
    """Follows the open project; counts are asked for again a moment after partitions changed."""

    asset_chosen = Signal(str)
    backfill_chosen = Signal(tuple)
    """Names of the assets to backfill."""
    reload_chosen = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self.setObjectName("assetList")
        self.model = AssetTableModel(self)
        self.filter = AssetFilter(self)
        self.filter.setSourceModel(self.model)
        self._create_parts()
        self._lay_out()
        self._create_timers()

    @property
    def selected(self) -> tuple[str, ...]:
        """The names of the selected assets, in the order of the table."""
        rows = sorted(self.table.selectionModel().selectedRows(AssetColumn.NAME), key=QModelIndex.row)
        return tuple(index.data(NAME_ROLE) for index in rows)

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.partitions_changed.disconnect(self._on_partitions_changed)
        self._session = session
        self.model.set_assets(())
        if session is None:
            self._ages.stop()
            return
        session.partitions_changed.connect(self._on_partitions_changed)
        self._ages.start()
        if session.spec is not None:
            self.show_spec(session.spec)

    def show_spec(self, spec: RepositorySpec) -> None:
        self.model.set_assets(spec.assets)
        self._subtitle.setText(plural(len(spec.assets), "asset"))
        self.refresh()

    def refresh(self) -> None:
        """Ask again how the assets stand."""
        if self._session is not None:
            self._shell.tasks.start(self, self._load(self._session), key="counts")

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    async def _load(self, session: ProjectSession) -> None:
        counts = await self._shell.background(session.engine.asset_counts)
        last = await self._shell.background(session.engine.last_materialized)
        if session is self._session:
            self.model.set_progress(counts, last, time.time())
            self.filter.invalidate()
            self._count_chips()

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._subtitle = label("", "assetCount", "muted")
        self._reload = button("Reload", "reloadAssetsButton", self.reload_chosen.emit, icon=icons.icon("refresh-cw"))
        self._reload.setToolTip("Read the project's code again (F5)")
        self._reload.setAccessibleName("Reload Code")
        self._backfill = button("Backfill…", "backfillAssetsButton", self._on_backfill_clicked, role="primary")
        self._backfill.setToolTip("Backfill the selected assets (Ctrl+B)")
        self._filter = QLineEdit()
        self._filter.setObjectName("assetFilter")
        self._filter.setAccessibleName("Filter assets")
        self._filter.setPlaceholderText("Filter by name, group or kind")
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaximumWidth(320)
        self._filter.addAction(icons.icon("funnel"), QLineEdit.ActionPosition.LeadingPosition)
        self._filter.textChanged.connect(self.filter.set_text)
        self._chips = {state: self._chip(state) for state in _CHIPS}
        self.table = self._make_table()
        self._nothing_found = EmptyState(
            self._shell,
            icon="search",
            title="No asset fits the filter",
            actions=(EmptyAction("Show All", "showAllAssets", self._show_all),),
        )

    def _chip(self, state: PartitionState) -> QPushButton:
        word = PARTITION_STATE_TEXT[state]
        made = button(f"Has {word}", f"has{word.capitalize()}Chip", checkable=True)
        made.setProperty("chip", "plain")
        made.setAccessibleName(f"Only assets that have {word} partitions")
        made.toggled.connect(self._on_chip_toggled)
        return made

    def _make_table(self) -> QTableView:
        table = _AssetTable()
        table.setObjectName("assetTable")
        table.setAccessibleName("Assets")
        table.setModel(self.filter)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as in the code: upstream first
        table.verticalHeader().hide()
        table.setItemDelegateForColumn(AssetColumn.STATUS, StackedBarDelegate(self._shell.appearance, table))
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_menu_requested)
        table.setMouseTracking(True)
        table.entered.connect(self._on_entered)
        table.viewportEntered.connect(lambda: table.viewport().unsetCursor())
        table.clicked.connect(self._on_clicked)
        table.activated.connect(self._on_activated)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(AssetColumn.STATUS, QHeaderView.ResizeMode.Stretch)
        table.fit()
        return table

    def _lay_out(self) -> None:
        head = row(label("Assets", "assetsTitle", "title"), self._subtitle, None, self._reload, self._backfill)
        filters = row(self._filter, *self._chips.values(), None)
        filters.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addLayout(head)
        layout.addLayout(filters)
        self._stack = QStackedWidget()
        self._stack.setObjectName("assetListStack")
        for part in (self.table, self._nothing_found):
            self._stack.addWidget(part)
        layout.addWidget(self._stack, 1)
        for changed in (self.filter.rowsInserted, self.filter.rowsRemoved, self.filter.modelReset):
            changed.connect(self._show_what_there_is)

    def _create_timers(self) -> None:
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_REFRESH_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        self._ages = QTimer(self)
        self._ages.setInterval(_AGE_MILLISECONDS)
        self._ages.timeout.connect(lambda: self.model.set_now(time.time()))

    def _count_chips(self) -> None:
        for state, chip in self._chips.items():
            assets = sum(bool(known.counts.get(state)) for known in self.model.rows)
            chip.setText(f"Has {PARTITION_STATE_TEXT[state]}" + (f"  {assets}" if assets else ""))
            chip.setEnabled(assets > 0 or chip.isChecked())

    def _on_partitions_changed(self, _event: object) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _show_what_there_is(self) -> None:
        is_hidden = self.model.rowCount() > 0 and self.filter.rowCount() == 0
        self._stack.setCurrentWidget(self._nothing_found if is_hidden else self.table)

    def _show_all(self) -> None:
        """Take the filter away."""
        self._filter.clear()
        for chip in self._chips.values():
            chip.setChecked(False)

    def _on_chip_toggled(self) -> None:
        self.filter.set_states(frozenset(state for state, chip in self._chips.items() if chip.isChecked()))

    def _on_clicked(self, index: QModelIndex) -> None:
        """The name is a link; a click elsewhere, or with a modifier, selects the row."""
        plain = QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
        if plain and index.column() == AssetColumn.NAME:
            self._on_activated(index)

    def _on_entered(self, index: QModelIndex) -> None:
        if index.column() == AssetColumn.NAME:
            self.table.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.table.viewport().unsetCursor()

    def _on_activated(self, index: QModelIndex) -> None:
        self.asset_chosen.emit(index.data(NAME_ROLE))

    def _on_backfill_clicked(self) -> None:
        self.backfill_chosen.emit(self.selected)

    def _on_menu_requested(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self.table)
        menu.setObjectName("assetMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self._on_activated(index))
        menu.addAction("Backfill…", self._on_backfill_clicked)
        menu.popup(self.table.viewport().mapToGlobal(at))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()


class _AssetTable(QTableView):
    """Copies its selected rows when the Edit menu asks for it; columns and rows grow with the text."""

    def fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 20)
        unit = self.fontMetrics().averageCharWidth() / 6
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, round(width * unit))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and self.model() is not None:
            self.fit()

    def copy(self) -> None:
        if text := selected_rows_as_text(self):
            QGuiApplication.clipboard().setText(text)
