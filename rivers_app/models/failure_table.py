"""The partitions of a run that failed, each with its reason, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_key
from rivers_app.models.roles import SORT_ROLE

if TYPE_CHECKING:
    from rivers_core.records import FailedPartition

Index = QModelIndex | QPersistentModelIndex

TITLES: Final = ("Asset", "Partition", "Reason")


class FailureTableModel(QAbstractTableModel):
    """Rows are in the order in which the run tells them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FailedPartition, ...] = ()

    def failure(self, row: int) -> FailedPartition:
        return self._rows[row]

    def replace(self, failures: Sequence[FailedPartition]) -> None:
        self.beginResetModel()
        self._rows = tuple(failures)
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
        if not index.isValid():
            return None
        failure = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return (failure.asset, spaced_key(failure.key), failure.message)[index.column()]
        if role == SORT_ROLE:
            return (failure.asset, failure.ordinal, failure.message)[index.column()]
        return None
