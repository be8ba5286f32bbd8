"""What a run told of its outputs, a line for each name and value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_label
from rivers_app.models.roles import SORT_ROLE

if TYPE_CHECKING:
    from rivers_core.records import RunOutput

Index = QModelIndex | QPersistentModelIndex

TITLES: Final = ("Asset", "Partitions", "Name", "Value")


class MetadataTableModel(QAbstractTableModel):
    """Rows are in the order in which the run told them; a data version is one of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str, str, str]] = []

    def replace(self, outputs: Sequence[RunOutput]) -> None:
        self.beginResetModel()
        self._rows = [line for output in outputs for line in _lines(output)]
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(TITLES)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # Qt's variant
        is_title = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return TITLES[section] if is_title else None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Qt's variant
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, SORT_ROLE)
        return self._rows[index.row()][index.column()] if index.isValid() and role in shown else None


def _lines(output: RunOutput) -> list[tuple[str, str, str, str]]:
    told = {"data version": output.data_version} if output.data_version is not None else {}
    told |= output.metadata
    return [(output.asset, spaced_label(output.label), name, str(value)) for name, value in told.items()]
