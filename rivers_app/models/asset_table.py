"""The assets of a project as a table, and the filter over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from typing_extensions import override

from rivers_app.models.roles import COUNTS_ROLE
from rivers_app.wording import PARTITION_STATE_TEXT, ago, count, plural, when
from rivers_core.states import PartitionState

if TYPE_CHECKING:
    from rivers_core.location.spec import AssetSpec

Index = QModelIndex | QPersistentModelIndex
Counts = Mapping[PartitionState, int]

SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole)
NAME_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


class AssetColumn(IntEnum):
    NAME = 0
    GROUP = 1
    KIND = 2
    PARTITIONS = 3
    STATUS = 4
    LAST = 5


_TITLES: Final = ("Asset", "Group", "Kind", "Partitions", "Status", "Last materialized")
_KIND_TEXT: Final = {"asset": "", "multi_asset": "multi-asset", "graph": "graph", "external": "external"}


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset: `counts` are its partitions by state, one for an asset without partitions."""

    spec: AssetSpec
    counts: Counts
    last_materialized: float | None
    is_known: bool = True
    """Whether the engine was asked how it stands; nothing is said of it before."""

    @property
    def partitions(self) -> int:
        return sum(self.counts.values())

    @property
    def kind(self) -> str:
        """`duckdb, parquet`, and `graph` and the like for what is no plain asset."""
        return ", ".join(part for part in (_KIND_TEXT[self.spec.kind], *self.spec.kinds) if part)


class AssetTableModel(QAbstractTableModel):
    """Answers from memory; whoever asks the engine calls `set_assets` and `set_progress`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[AssetRow] = []
        self._now = 0.0

    @property
    def rows(self) -> tuple[AssetRow, ...]:
        return tuple(self._rows)

    def set_assets(self, specs: tuple[AssetSpec, ...]) -> None:
        """Show these assets; what was known of those that stay is kept."""
        known = {row.spec.name: row for row in self._rows}
        self.beginResetModel()
        self._rows = [
            replace(known[spec.name], spec=spec) if spec.name in known else AssetRow(spec, {}, None, is_known=False)
            for spec in specs
        ]
        self.endResetModel()

    def set_progress(
        self, counts: Mapping[str, Counts], last_materialized: Mapping[str, float | None], now: float
    ) -> None:
        """Show how the assets stand at `now` (seconds since the epoch)."""
        self._now = now
        for at, row in enumerate(self._rows):
            name = row.spec.name
            changed = AssetRow(row.spec, counts.get(name, {}), last_materialized.get(name))
            if changed != row:
                self._rows[at] = changed
                self.dataChanged.emit(self.index(at, AssetColumn.PARTITIONS), self.index(at, AssetColumn.LAST))
        self._tell_ages()

    def set_now(self, now: float) -> None:
        """Let the ages grow."""
        self._now = now
        self._tell_ages()

    def _tell_ages(self) -> None:
        if self._rows:
            first, last = self.index(0, AssetColumn.LAST), self.index(len(self._rows) - 1, AssetColumn.LAST)
            self.dataChanged.emit(first, last, [Qt.ItemDataRole.DisplayRole])

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(AssetColumn)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # Qt's variant
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_alignment(AssetColumn(section))) if orientation is Qt.Orientation.Horizontal else None
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Qt's variant
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], AssetColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return _tool_tip(row, column)
            case Qt.ItemDataRole.AccessibleTextRole if column is AssetColumn.STATUS:
                return counts_text(row.counts)
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(_alignment(column))
            case _:
                return self._own_data(row, column, role)

    def _own_data(self, row: AssetRow, column: AssetColumn, role: int) -> Any:  # Qt's variant
        if role == COUNTS_ROLE:
            return row.counts
        if role == NAME_ROLE:
            return row.spec.name
        if role == SORT_ROLE:
            return _sort_value(row, column)
        return None

    def _text(self, row: AssetRow, column: AssetColumn) -> str:
        match column:
            case AssetColumn.NAME:
                return row.spec.name
            case AssetColumn.GROUP:
                return row.spec.group or ""
            case AssetColumn.KIND:
                return row.kind
            case AssetColumn.PARTITIONS if row.spec.partitions is None:
                return "none"
            case AssetColumn.PARTITIONS:
                return count(row.partitions) if row.is_known else ""
            case AssetColumn.STATUS:
                return ""
            case AssetColumn.LAST:
                if not row.is_known:
                    return ""
                return ago(row.last_materialized, self._now) if row.last_materialized else "never"


def counts_text(counts: Counts) -> str:
    """`812 completed, 3 failed, 280 missing`, without states that nothing is in."""
    return ", ".join(f"{count(number)} {PARTITION_STATE_TEXT[state]}" for state, number in counts.items() if number)


def _tool_tip(row: AssetRow, column: AssetColumn) -> str:
    match column:
        case AssetColumn.NAME:
            return row.spec.description or row.spec.name
        case AssetColumn.STATUS:
            return counts_text(row.counts)
        case AssetColumn.LAST:
            return when(row.last_materialized)
        case AssetColumn.PARTITIONS:
            return plural(row.partitions, "partition") if row.spec.partitions is not None else "Materialized as a whole"
        case _:
            return ""


def _sort_value(row: AssetRow, column: AssetColumn) -> str | int | float:
    match column:
        case AssetColumn.PARTITIONS:
            return row.partitions if row.spec.partitions is not None else 0
        case AssetColumn.STATUS:
            return row.counts.get(PartitionState.COMPLETED, 0) / max(row.partitions, 1)
        case AssetColumn.LAST:
            return row.last_materialized or 0.0
        case AssetColumn.GROUP:
            return (row.spec.group or "").casefold()
        case AssetColumn.KIND:
            return row.kind.casefold()
        case AssetColumn.NAME:
            return row.spec.name.casefold()


def _alignment(column: AssetColumn) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column is AssetColumn.PARTITIONS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class AssetFilter(QSortFilterProxyModel):
    """Keeps the assets that match a text and have partitions in each of some states."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._states: frozenset[PartitionState] = frozenset()
        self.setSortRole(SORT_ROLE)
        self.setDynamicSortFilter(True)

    def set_text(self, text: str) -> None:
        """Every word must be in the name, group, kinds or description."""
        self.beginFilterChange()
        self._words = tuple(text.casefold().split())
        self.endFilterChange()

    def set_states(self, states: frozenset[PartitionState]) -> None:
        self.beginFilterChange()
        self._states = states
        self.endFilterChange()

    @override
    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        if not isinstance(model, AssetTableModel):
            return True
        row = model.rows[source_row]
        spec = row.spec
        found = " ".join((spec.name, spec.group or "", row.kind, spec.description)).casefold()
        return all(word in found for word in self._words) and all(row.counts.get(state) for state in self._states)
