"""One asset: its partitions as grid and table with one selection, the panel beside them, lineage and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from rivers_app.dialogs.partition_keys import edited_keys
from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.asset_facts import dimensions_text, dynamic_names, none_yet_text
from rivers_app.models.asset_table import counts_text
from rivers_app.models.lineage import lineage_of
from rivers_app.models.live_states import LiveStates
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.models.partition_text import key_text
from rivers_app.navigation import BackfillDraft
from rivers_app.notices import Kind, Notice
from rivers_app.settings import Place
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.about_asset import AboutAsset
from rivers_app.views.grid_bar import GridBar
from rivers_app.views.partition_panel import PartitionPanel
from rivers_app.views.partition_table_tab import PartitionTableTab
from rivers_app.views.partition_tips import PartitionTips
from rivers_app.widgets.empty_state import EmptyAction, EmptyState
from rivers_app.widgets.lineage_view import LineageView
from rivers_app.widgets.parts import button, column, label, retitle, row, tool_button
from rivers_app.widgets.status_legend import StatusLegend
from rivers_app.wording import plural
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.states import PartitionState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.events import PartitionsChanged

_WHOLE: Final = -1
_PANEL_WIDTH: Final = 300
_MOST_SUMMED_UP: Final = 1_000_000


class AssetDetail(QWidget):
    """Shows the asset it is told to; `back_chosen` asks for the list of assets."""

    back_chosen = Signal()
    reload_chosen = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._asset = ""
        self._is_lineage_due = False
        self._wanted: Subset | None = None
        self.setObjectName("assetDetail")
        self._create_models()
        self._create_parts()
        self._lay_out()
        self._connect()

    @property
    def asset(self) -> str:
        return self._asset

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self._asset = ""
        for part in (self.states, self.panel):
            part.set_session(session)

    def show_asset(self, name: str, ordinal: int = -1) -> None:
        """Show an asset, and one of its partitions selected."""
        self._wanted = Subset(((ordinal, ordinal + 1),)) if ordinal >= 0 else None
        if name == self._asset and self.states.is_loaded:
            self._select_wanted()
        else:
            self._load(name)

    def refresh(self) -> None:
        """The code was read again: ask for everything of the asset anew."""
        if self._asset:
            self._wanted = self.selection.subset()
            self._load(self._asset)

    def restore(self, place: Place) -> None:
        """Show the asset and select the cells that were selected there."""
        self._wanted = Subset(place.selection)
        self._load(place.asset)

    def place(self) -> Place:
        return Place(asset=self._asset, selection=self.selection.subset().ranges[:200])

    def draft(self, where: tuple[str, ...] = ()) -> BackfillDraft:
        """The backfill of what is selected; with `where` of all partitions in these states."""
        selected = self.selection.subset() if self.selection.count and not where else None
        return BackfillDraft((self._asset,), selected, self.states.fingerprint, where)

    def focus_filter(self) -> None:
        """Partitions are filtered in the table."""
        self.tabs.setCurrentWidget(self.table)
        self.table.focus_filter()

    def request_backfill(self) -> None:
        self._shell.navigation.request_backfill(self.draft())

    def _create_models(self) -> None:
        self.model = PartitionGridModel(self)
        self.selection = PartitionSelection(0, self)
        self.states = LiveStates(self._shell, self.model, self)
        self.tips = PartitionTips(self._shell, self.model, self)

    def _create_parts(self) -> None:
        shell, icons = self._shell, self._shell.icons
        self._back = tool_button("allAssetsButton", icons.icon("arrow-left"), "All assets", self.back_chosen.emit)
        self._title = label("", "assetTitle", "title", elides=True, selectable=True)
        self._subtitle = label("", "assetSubtitle", "muted", elides=True)
        self._backfill = button("Backfill…", "backfillButton", self.request_backfill, role="primary")
        self._backfill.setToolTip("Run the selected partitions, or choose which (Ctrl+B)")
        self._reload = button("Reload", "reloadButton", self.reload_chosen.emit, icon=icons.icon("refresh-cw"))
        self._reload.setToolTip("Read the project's code again (F5)")
        self._reload.setAccessibleName("Reload Code")
        self.legend = StatusLegend(shell.appearance)
        # Before the grid, which resizes the selection as soon as the model is replaced: the rows are in order by then.
        self.table = PartitionTableTab(shell, self.model, self.selection)
        self.heatmap = PartitionHeatmap(self.model, self.selection, shell.appearance)
        self.heatmap.set_description(self.tips.describe)
        self.grid_bar = GridBar(shell, self.heatmap)
        self.panel = PartitionPanel(shell)
        self.lineage = LineageView(shell)
        self.about = AboutAsset(shell)
        self._whole = EmptyState(
            shell,
            icon="box",
            title="This asset has no partitions",
            text="It is materialized as a whole. Materialize it to run it once.",
        )
        keys = EmptyAction("Add Keys…", "addPartitionKeys", self._on_keys_chosen)
        self._empty = EmptyState(shell, icon="grid-3x3", title="No partitions yet", actions=(keys,))

    def _lay_out(self) -> None:
        head = row(self._back, self._title, METRICS.space_1, self._subtitle, None, self._reload, self._backfill)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setObjectName("assetSplitter")
        self._splitter.setHandleWidth(METRICS.space_3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(head)
        layout.addWidget(self.legend)
        layout.addWidget(self._splitter, 1)
        self._fill_tabs()
        self._splitter.addWidget(self.panel)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setCollapsible(0, False)
        self._splitter.setSizes([10_000, _PANEL_WIDTH])

    def _fill_tabs(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("assetTabs")
        self.tabs.setAccessibleName("Views of the asset")
        self.tabs.setDocumentMode(True)
        self._splitter.addWidget(self.tabs)
        self._grid = QStackedWidget()
        self._grid.setObjectName("gridStack")
        self.tabs.addTab(self._grid, "Grid")
        grid = QWidget()
        grid.setObjectName("gridTab")
        grid.setLayout(column(self.grid_bar, self.heatmap, spacing=METRICS.space_2))
        for page in (grid, self._whole, self._empty):
            self._grid.addWidget(page)
        self.tabs.addTab(self.table, "Table")
        self.tabs.addTab(self.lineage, "Lineage")
        self.tabs.addTab(self.about, "About")

    def _connect(self) -> None:
        self.states.loaded.connect(self._on_loaded)
        self.states.changed.connect(self._on_changed)
        self.model.counts_changed.connect(self._on_counts_changed)
        self.legend.state_clicked.connect(self._on_state_clicked)
        self.selection.changed.connect(self._on_selection_changed)
        self.selection.current_changed.connect(self._on_current_changed)
        for view in (self.heatmap, self.table.table):
            view.message.connect(self._on_message)
        self.heatmap.hovered.connect(self.tips.hover)
        self.heatmap.run_requested.connect(self._on_run_requested)
        self.heatmap.backfill_requested.connect(self.request_backfill)
        self.table.run_requested.connect(self._on_run_requested)
        self.panel.backfill_requested.connect(self._on_rerun_requested)
        self.lineage.asset_chosen.connect(self._shell.navigation.open_asset)
        self.about.keys_chosen.connect(self._on_keys_chosen)
        self.tabs.currentChanged.connect(self._on_tab_changed)

    def _load(self, name: str) -> None:
        if name != self._asset:
            self.panel.show_partition(name, None)
            self._title.setText(name)
            self._subtitle.setText("")
        self._asset = name
        self.tips.show_asset(self._session, name)
        self.table.show_asset(self._session, name)
        self.states.show(name)
        self._is_lineage_due = True
        self._show_lineage()

    def _on_loaded(self) -> None:
        definition = self.model.definition if self.states.is_partitioned else None
        self._show_grid(definition)
        self.legend.setVisible(definition is not None)
        self._name_backfill()
        self._subtitle.setText(_size_text(definition, self.model.size))
        self.grid_bar.show_definition(definition)
        self._select_wanted()
        if definition is None:
            self.panel.show_partition(self._asset, _WHOLE)
        if self._session is not None:
            self._shell.tasks.start(self, self._load_about(self._session, definition), key="about")

    def _show_grid(self, definition: PartitionsDefinition | None) -> None:
        if definition is None:
            self._grid.setCurrentWidget(self._whole)
        elif self.model.size:
            self._grid.setCurrentIndex(0)
        else:
            names = dynamic_names(definition)
            self._empty.say("No partitions yet", none_yet_text(definition))
            self._empty.offer("addPartitionKeys", is_offered=bool(names))
            self._grid.setCurrentWidget(self._empty)

    async def _load_about(self, session: ProjectSession, definition: PartitionsDefinition | None) -> None:
        spec = session.spec.asset(self._asset) if session.spec is not None else None
        if spec is not None:
            unfitting = await self._shell.background(session.engine.unfitting, spec.name)
            self.about.show_asset(spec, definition, unfitting)

    def _on_keys_chosen(self) -> None:
        names = dynamic_names(self.model.definition)
        if self._session is not None and names:
            keys = edited_keys(self._shell, self.window(), self._session, names)
            self._shell.tasks.start(self, keys, key="partition keys")

    def _show_lineage(self) -> None:
        """Put the asset among its relatives once somebody looks: of thousands that takes a moment."""
        spec = self._session.spec if self._session is not None else None
        is_seen = self.tabs.currentWidget() is self.lineage
        if self._is_lineage_due and is_seen and spec is not None and spec.asset(self._asset) is not None:
            self._is_lineage_due = False
            details = {asset.name: asset.group or "asset" for asset in spec.assets}
            self.lineage.show_lineage(lineage_of(spec, self._asset), details)

    def _select_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            self.selection.clear()
        else:
            self.selection.replace_subset(wanted & Subset.full(self.model.size))
        if self.selection.count:
            first = next(iter(self.selection.subset()))
            self.selection.set_current(first)
            self.heatmap.reveal(first)

    def _on_changed(self, event: PartitionsChanged) -> None:
        self.tips.forget(event)
        shown = self.selection.current if self.states.is_partitioned else 0
        at = np.searchsorted(event.ordinals, shown)
        if at < len(event.ordinals) and event.ordinals[at] == shown:
            self.panel.refresh()

    def _on_counts_changed(self) -> None:
        self.legend.set_counts(self.model.counts())
        self._sum_up_selection()

    def _on_state_clicked(self, state: PartitionState) -> None:
        self.selection.replace_mask(self.model.states == int(state))

    def _on_selection_changed(self) -> None:
        self.grid_bar.show_selected(self.selection.count)
        self._name_backfill()
        self._sum_up_selection()

    def _name_backfill(self) -> None:
        chosen = self.selection.count
        if not self.states.is_partitioned:
            retitle(self._backfill, "Materialize…")
        else:
            retitle(self._backfill, f"Backfill {plural(chosen, 'Partition')}…" if chosen else "Backfill…")

    def _sum_up_selection(self) -> None:
        if self.selection.current == NO_CURRENT:
            self.panel.show_selection(self.selection.count, self._selected_states())

    def _selected_states(self) -> str:
        if not 0 < self.selection.count <= _MOST_SUMMED_UP or self.selection.size != self.model.size:
            return ""
        counts = np.bincount(self.model.states[self.selection.mask], minlength=len(PartitionState))
        return counts_text({state: int(counts[state]) for state in PartitionState})

    def _on_current_changed(self, ordinal: int) -> None:
        if self.states.is_partitioned:
            self.panel.show_partition(self._asset, ordinal if ordinal >= 0 else None)

    def _on_run_requested(self, ordinal: int) -> None:
        if self._session is not None and ordinal != NO_CURRENT:
            self._shell.tasks.start(self, self._open_run(self._session, self._asset, ordinal), key="run")

    async def _open_run(self, session: ProjectSession, asset: str, ordinal: int) -> None:
        """A double click comes before the panel knows the partition: the engine is asked."""
        record = await self._shell.background(session.engine.partition, asset, ordinal)
        if record.attempt_run is not None and record.has_run:
            self._shell.navigation.open_run(record.attempt_run)
        else:
            text = f"{key_text(record)} has not run yet, so there is no run to open."
            self._shell.notices.show(Notice(Kind.NOTICE, text, key="grid", passing=True))

    def _on_rerun_requested(self) -> None:
        record = self.panel.record
        if record is not None:
            only = Subset(((record.ordinal, record.ordinal + 1),)) if record.ordinal >= 0 else None
            draft = BackfillDraft((self._asset,), only, self.states.fingerprint)
            self._shell.navigation.request_backfill(draft)

    def _on_message(self, text: str) -> None:
        self._shell.notices.show(Notice(Kind.SUCCESS, text, key="grid"))

    def _on_tab_changed(self, at: int) -> None:
        self.panel.setVisible(self.tabs.widget(at) not in (self.lineage, self.about))
        self._show_lineage()


def _size_text(definition: PartitionsDefinition | None, size: int) -> str:
    if definition is None:
        return "without partitions"
    return f"{plural(size, 'partition')}   {dimensions_text(definition)}"
