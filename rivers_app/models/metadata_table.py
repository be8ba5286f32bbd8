"""What a run told of its outputs, a line for each name and value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_label
from rivers_app.models.roles import SORT_ROLE
from rivers_app.models.rows import Index, RowsModel

if TYPE_CHECKING:
    from rivers_core.records import RunOutput


class MetadataTableModel(RowsModel[tuple[str, str, str, str]]):
    """Rows are in the order in which the run told them; a data version is one of them."""

    titles = ("Asset", "Partitions", "Name", "Value")

    def show_outputs(self, outputs: Sequence[RunOutput]) -> None:
        self.replace([line for output in outputs for line in _lines(output)])

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Qt's variant
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, SORT_ROLE)
        return self._rows[index.row()][index.column()] if index.isValid() and role in shown else None


def _lines(output: RunOutput) -> list[tuple[str, str, str, str]]:
    told = {"data version": output.data_version} if output.data_version is not None else {}
    told |= output.metadata
    return [(output.asset, spaced_label(output.label), name, str(value)) for name, value in told.items()]
