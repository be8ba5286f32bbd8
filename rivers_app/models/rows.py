"""What the tables that answer from memory share: titles, alignment, and records found by their id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class TitledModel(QAbstractTableModel):
    """A table under fixed titles; the columns in `numbers` are aligned to the right."""

    titles: ClassVar[tuple[str, ...]]
    numbers: ClassVar[frozenset[int]] = frozenset()

    @classmethod
    def alignment(cls, column: int) -> int:
        return RIGHT if column in cls.numbers else LEFT

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.titles)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # Qt's variant
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        return self.alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class RowsModel(TitledModel, Generic[R]):
    """Rows that are replaced as a whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[R] = []

    def replace(self, rows: Sequence[R]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self._on_rows_moved()
        self.endResetModel()

    def _on_rows_moved(self) -> None:
        """Rows came, went or changed places."""

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)


class RecordsModel(RowsModel[R]):
    """Rows that are records, each with an id, of which some may come and go."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at: dict[str, int] = {}

    @staticmethod
    def id_of(record: R) -> str:
        raise NotImplementedError

    def record(self, row: int) -> R:
        return self._rows[row]

    def row_of(self, record_id: str) -> int:
        """The row of a record, -1 if it is not among them."""
        return self._at.get(record_id, -1)

    def append(self, records: Sequence[R]) -> None:
        """Add those below that are not known yet; the cost is that of the new ones alone."""
        if fresh := self._unknown(records):
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows += fresh
            self._at.update((self.id_of(record), at) for at, record in enumerate(fresh, first))
            self.endInsertRows()

    def prepend(self, records: Sequence[R]) -> None:
        """Add those on top that are not known yet, in this order."""
        if fresh := self._unknown(records):
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._rows[:0] = fresh
            self._on_rows_moved()
            self.endInsertRows()

    def _unknown(self, records: Sequence[R]) -> list[R]:
        return [record for record in records if self.id_of(record) not in self._at]

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        del self._rows[first : last + 1]
        self._on_rows_moved()
        self.endRemoveRows()

    @override
    def _on_rows_moved(self) -> None:
        self._at = {self.id_of(record): at for at, record in enumerate(self._rows)}
