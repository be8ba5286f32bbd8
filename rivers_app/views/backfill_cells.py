"""A backfill's own heatmap: its cells as this backfill left them or is about to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.empty_state import EmptyState
from rivers_app.widgets.parts import combo_box
from rivers_app.wording import names
from rivers_core.exceptions import RiversError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.events import PartitionsChanged
    from rivers_core.planning.plan import Stage
    from rivers_core.records import BackfillRecord


class BackfillCells(QWidget):
    """Shows one stage at a time; Enter or a double click on a cell leads to its partition."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._record: BackfillRecord | None = None
        self._stages: list[tuple[Stage, NDArray[np.uint8]]] = []
        self._planned = np.zeros(0, dtype=np.bool_)
        self._early: list[PartitionsChanged] | None = None  # what changed while the stages are read
        self.setObjectName("backfillCells")
        self._model = PartitionGridModel(self)
        self._selection = PartitionSelection(0, self)
        self._heatmap = PartitionHeatmap(self._model, self._selection, shell.appearance)
        self._heatmap.setObjectName("backfillHeatmap")
        self._heatmap.setAccessibleName("Cells of the backfill")
        self._heatmap.run_requested.connect(self._on_cell_opened)
        self._choice = combo_box("backfillStage", "Stage", letters=24)
        self._choice.currentIndexChanged.connect(self._on_stage_chosen)
        self._whole = EmptyState(shell, icon="box", title="An asset without partitions", text="It runs as a whole.")
        self._stack = QStackedWidget()
        self._stack.setObjectName("backfillCellsStack")
        self._stack.addWidget(self._heatmap)
        self._stack.addWidget(self._whole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, METRICS.space_2, 0, 0)
        layout.addWidget(self._choice)
        layout.addWidget(self._stack, 1)

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.partitions_changed.disconnect(self._on_partitions_changed)
        self._session = session
        self._record = None
        self._early = None
        self._stages = []
        if session is not None:
            session.partitions_changed.connect(self._on_partitions_changed)

    def show_record(self, record: BackfillRecord) -> None:
        """Show this backfill; read again when it is another one, or has ended meanwhile."""
        known = self._record
        self._record = record
        is_same = known is not None and known.backfill_id == record.backfill_id
        if is_same and known is not None and known.state.is_final == record.state.is_final:
            return
        if self._session is not None:
            self._early = []
            self._shell.tasks.start(self, self._load(self._session, record.backfill_id), key="cells")

    async def _load(self, session: ProjectSession, backfill_id: str) -> None:
        try:
            stages = await self._shell.background(session.engine.backfill_states, backfill_id)
        except RiversError:
            self._early = None
            raise
        if self._record is None or self._record.backfill_id != backfill_id:
            return
        chosen = max(self._choice.currentIndex(), 0) if len(stages) == len(self._stages) else 0
        self._stages = stages
        self._choice.blockSignals(True)
        self._choice.clear()
        self._choice.addItems([names(stage.assets) for stage, _ in stages])
        self._choice.setCurrentIndex(chosen)
        self._choice.blockSignals(False)
        self._choice.setVisible(len(stages) > 1)
        self._on_stage_chosen(chosen)
        early, self._early = self._early or [], None
        for event in early:
            self._on_partitions_changed(event)

    def _on_stage_chosen(self, at: int) -> None:
        if not 0 <= at < len(self._stages):
            return
        stage, states = self._stages[at]
        if stage.definition is None:
            self._stack.setCurrentWidget(self._whole)
            return
        cells = np.zeros(stage.definition.size(), dtype=np.uint8)
        cells[stage.ordinals] = states
        self._planned = np.zeros(len(cells), dtype=np.bool_)
        self._planned[stage.ordinals] = True
        self._selection.resize(len(cells))
        self._model.set_definition(stage.definition, cells)
        self._heatmap.frame(stage.ordinals)
        self._stack.setCurrentWidget(self._heatmap)

    def _on_partitions_changed(self, event: PartitionsChanged) -> None:
        if self._early is not None:
            self._early.append(event)
            return
        record, stage = self._record, self._shown_stage()
        if record is None or stage is None or stage.definition is None or record.state.is_final:
            return
        if event.asset not in stage.assets or event.fingerprint != stage.definition.fingerprint:
            return
        known = event.ordinals < len(self._planned)
        ordinals, states = event.ordinals[known], event.states[known]
        mine = self._planned[ordinals]
        self._model.apply(ordinals[mine], states[mine])

    def _shown_stage(self) -> Stage | None:
        at = self._choice.currentIndex()
        return self._stages[at][0] if 0 <= at < len(self._stages) else None

    def _on_cell_opened(self, ordinal: int) -> None:
        stage = self._shown_stage()
        if stage is not None and ordinal != NO_CURRENT:
            self._shell.navigation.open_asset(stage.assets[0], ordinal)
