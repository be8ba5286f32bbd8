"""The partitions of a run that failed, each with its reason, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from typing_extensions import override

from rivers_app.models.partition_text import spaced_key
from rivers_app.models.roles import SORT_ROLE
from rivers_app.models.rows import Index, RowsModel

if TYPE_CHECKING:
    from rivers_core.records import FailedPartition


class FailureTableModel(RowsModel["FailedPartition"]):
    """Rows are in the order in which the run tells them."""

    titles = ("Asset", "Partition", "Reason")

    def failure(self, row: int) -> FailedPartition:
        return self._rows[row]

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
