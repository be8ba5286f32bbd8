"""The Table tab: the partitions as rows, with a filter over keys and states."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.table_view import PartitionTableView
from rivers_app.models.key_filter import keys_containing
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.flow_layout import FlowLayout
from rivers_app.widgets.parts import button, column
from rivers_app.widgets.status_legend import LEGEND_ORDER
from rivers_app.wording import PARTITION_STATE_TEXT
from rivers_core.states import PartitionState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.engine import Engine
    from rivers_core.records import PartitionRecord


class PartitionTableTab(QWidget):
    """Fetches what the last runs did for the rows that are looked at."""

    run_requested = Signal(int)

    def __init__(
        self, shell: Shell, model: PartitionGridModel, selection: PartitionSelection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._model = model
        self._session: ProjectSession | None = None
        self._asset = ""
        self._coming = ""
        self.setObjectName("tableTab")
        self.table = PartitionTableView(model, selection, shell.appearance)
        self._filter = QLineEdit()
        self._filter.setObjectName("partitionFilter")
        self._filter.setAccessibleName("Filter partitions by key")
        self._filter.setPlaceholderText("Filter keys")
        self._filter.setClearButtonEnabled(True)
        self._filter.addAction(shell.icons.icon("funnel"), QLineEdit.ActionPosition.LeadingPosition)
        self._chips = {state: self._chip(state) for state in LEGEND_ORDER}
        filters = QWidget()
        lines = FlowLayout(filters, METRICS.space_2)  # beside each other where there is the room
        for part in (self._filter, *self._chips.values()):
            lines.addWidget(part)
        layout = column(filters, self.table, spacing=METRICS.space_2)
        layout.setContentsMargins(0, METRICS.space_2, 0, 0)
        self.setLayout(layout)
        self._filter.textChanged.connect(self._on_filter_changed)
        self.table.run_requested.connect(self.run_requested)
        self.table.rows.details_wanted.connect(self._on_details_wanted)
        model.replaced.connect(self._on_model_replaced)

    def show_asset(self, session: ProjectSession | None, asset: str) -> None:
        """The asset whose partitions the model is going to hold."""
        self._session, self._coming = session, asset
        self._filter.clear()
        for chip in self._chips.values():
            chip.setChecked(False)

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def _chip(self, state: PartitionState) -> QPushButton:
        word = PARTITION_STATE_TEXT[state]
        made = button(word, f"show{word.capitalize()}Chip", checkable=True)
        made.setProperty("chip", "plain")
        made.setAccessibleName(f"Only {word} partitions")
        made.toggled.connect(self._on_chip_toggled)
        return made

    def _on_chip_toggled(self) -> None:
        chosen = [state for state, chip in self._chips.items() if chip.isChecked()]
        self.table.rows.show_states(chosen or None)

    def _on_filter_changed(self, text: str) -> None:
        self._shell.tasks.start(self, self._filter_keys(text.strip()), key="filter")

    async def _filter_keys(self, text: str) -> None:
        definition = self._model.definition
        if not text or definition is None:
            self.table.rows.show_keys(None)
            return
        mask = await self._shell.background(keys_containing, definition, text)
        if definition is self._model.definition:
            self.table.rows.show_keys(mask)

    def _on_model_replaced(self) -> None:
        self._asset = self._coming

    def _on_details_wanted(self, ordinals: list[int]) -> None:
        # Until the model holds the new asset, its rows are those of the one before.
        if self._session is not None and self._asset == self._coming:
            load = self._load_details(self._session, self._asset, ordinals)
            self._shell.tasks.start(self, load)

    async def _load_details(self, session: ProjectSession, asset: str, ordinals: list[int]) -> None:
        records = await self._shell.background(partial(_records, session.engine, asset, ordinals))
        if asset == self._asset:
            self.table.rows.set_details(records)


def _records(engine: Engine, asset: str, ordinals: list[int]) -> dict[int, PartitionRecord]:
    return {ordinal: engine.partition(asset, ordinal) for ordinal in ordinals}
