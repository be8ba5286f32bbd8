"""The cells of a plan in a small heatmap, a stage at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import combo_box
from rivers_app.wording import names
from rivers_core.planning.plan import BackfillPlan, Stage

_LEAST_HEIGHT: Final = 90
_MOST_HEIGHT: Final = 210
_ROW_HEIGHT: Final = 33


class PreviewCells(QWidget):
    """The cells that would run are marked as selected; those around them show where they lie."""

    def __init__(self, shell: Shell, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session = session
        self._stages: tuple[Stage, ...] = ()
        self.setObjectName("previewCells")
        self._model = PartitionGridModel(self)
        self._cells = PartitionSelection(0, self)
        self._heatmap = PartitionHeatmap(self._model, self._cells, shell.appearance)
        self._heatmap.setObjectName("previewHeatmap")
        self._heatmap.setAccessibleName("The cells of this backfill")
        self._heatmap.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._heatmap.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._choice = combo_box("previewStage", "Stage", letters=24)
        self._choice.currentIndexChanged.connect(self._show_stage)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.space_2)
        layout.addWidget(self._choice, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._heatmap)

    def show_plan(self, plan: BackfillPlan) -> None:
        """Begin with what was asked for, not with what follows of it or comes before.

        Stages of assets without partitions have no cells; a plan of these alone takes no room.
        """
        self._stages = tuple(stage for stage in plan.stages if stage.definition is not None)
        self._choice.blockSignals(True)
        self._choice.clear()
        self._choice.addItems([names(stage.assets) for stage in self._stages])
        asked = set(plan.request.selection or ())
        first = next((at for at, stage in enumerate(self._stages) if asked.intersection(stage.assets)), 0)
        self._choice.setCurrentIndex(first)
        self._choice.blockSignals(False)
        self._choice.setVisible(len(self._stages) > 1)
        self.setVisible(bool(self._stages))
        self._show_stage(first)

    def _show_stage(self, at: int) -> None:
        if not 0 <= at < len(self._stages):
            return
        stage = self._stages[at]
        assert stage.definition is not None  # those without were left out
        states = np.zeros(stage.definition.size(), dtype=np.uint8)
        states[stage.ordinals] = stage.states
        self._cells.resize(len(states))
        self._model.set_definition(stage.definition, states)
        self._cells.replace(stage.ordinals)
        self._take_height()
        self._heatmap.frame(stage.ordinals)
        self._shell.tasks.start(self, self._show_others(stage), key="cells")

    def _take_height(self) -> None:
        grid = self._heatmap.grid_layout
        rows = grid.rows if grid is not None else 1
        wanted = round(self._heatmap.grid_origin.y()) + rows * _ROW_HEIGHT
        self._heatmap.setFixedHeight(min(max(wanted, _LEAST_HEIGHT), _MOST_HEIGHT))

    async def _show_others(self, stage: Stage) -> None:
        snapshot = await self._shell.background(self._session.engine.states, stage.assets[0])
        if stage.definition is not None and snapshot.fingerprint == stage.definition.fingerprint:
            self._model.set_states(snapshot.states)
