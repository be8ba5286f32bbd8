"""The runs of a plan as rows, each read from the plan's arrays when it is shown."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from itertools import accumulate
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QObject, Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_key
from rivers_app.models.rows import Index, TitledModel
from rivers_app.wording import names
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.plan import BackfillPlan, Stage

_MOST_KEYS: Final = 3


class PlanRunsModel(TitledModel):
    """A row a run, in the order in which they will start."""

    titles = ("Run", "Assets", "Partitions", "Keys")
    numbers = frozenset({0, 2})

    def __init__(self, plan: BackfillPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stages = plan.stages
        self._ends = list(accumulate(stage.num_runs for stage in plan.stages))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() or not self._ends else self._ends[-1]

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # what the role asks for
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        return None

    def _text(self, row: int, column: int) -> str:
        stage, at = self._stage_of(row)
        match column:
            case 0:
                return f"{row + 1:,}"
            case 1:
                return names(stage.assets)
            case 2:
                return f"{stage.bounds[at + 1] - stage.bounds[at]:,}" if stage.definition is not None else "1"
            case _:
                return run_keys(stage, at)

    def _stage_of(self, row: int) -> tuple[Stage, int]:
        position = bisect_right(self._ends, row)
        before = self._ends[position - 1] if position else 0
        return self._stages[position], row - before


def run_keys(stage: Stage, run: int, most: int = _MOST_KEYS) -> str:
    """The keys of one run of a stage: all of a few, of many the first and the last."""
    if stage.definition is None:
        return "no partitions"
    ordinals = stage.run_ordinals(run)
    key_at = partial(_key_at, stage.definition)
    if len(ordinals) <= most:
        return ", ".join(key_at(int(ordinal)) for ordinal in ordinals)
    return f"{key_at(int(ordinals[0]))} … {key_at(int(ordinals[-1]))}"


def _key_at(definition: PartitionsDefinition, ordinal: int) -> str:
    return spaced_key(definition.label_at(ordinal))
