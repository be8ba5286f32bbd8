"""The partitions of one asset as rows: key, state and what their last run did."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from typing_extensions import override

from rivers_app.models.partition_grid import CellChange, PartitionGridModel
from rivers_app.wording import PARTITION_STATE_TEXT, duration, when
from rivers_core.records import PartitionRecord
from rivers_core.states import PartitionState

AnyIndex = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

ORDINAL_ROLE: Final = int(Role.UserRole)
STATE_ROLE: Final = int(Role.UserRole) + 1

_DETAILS_KEPT: Final = 20_000
_REORDER_MS: Final = 1_000
# How states are sorted: what asks for attention first.
_STATE_ORDER: Final = (
    PartitionState.FAILED,
    PartitionState.RUNNING,
    PartitionState.QUEUED,
    PartitionState.CANCELED,
    PartitionState.STALE,
    PartitionState.COMPLETED,
    PartitionState.MISSING,
)


class DetailColumn(IntEnum):
    """The columns after those of the key, counted from the first of them."""

    STATE = 0
    LAST_RUN = 1
    DURATION = 2
    ERROR = 3


_DETAIL_TITLES: Final = ("State", "Last run", "Duration", "Error")


class PartitionTableModel(QAbstractTableModel):
    """Rows are ordinals in the order and choice of `sort` and `show_states`; a row answers from memory.

    What the last run did is asked for when a row is first looked at: `details_wanted` names the ordinals, and
    whoever fetched their records hands them to `set_details`.
    """

    details_wanted = Signal(object)
    """A list of ordinals."""

    def __init__(self, grid: PartitionGridModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._row_of: NDArray[np.int32] | None = None
        self._dimensions: tuple[tuple[str, Any], ...] = ()
        self._strides: tuple[int, ...] = ()
        self._sizes: tuple[int, ...] = ()
        self._sorted_by = (0, Qt.SortOrder.AscendingOrder)
        self._shown_states: frozenset[PartitionState] | None = None
        self._shown_keys: NDArray[np.bool_] | None = None
        self._details: OrderedDict[int, PartitionRecord] = OrderedDict()
        self._wanted: dict[int, None] = {}
        self._asking = QTimer(self, interval=0, singleShot=True)
        self._asking.timeout.connect(self._on_time_to_ask)
        self._reordering = QTimer(self, interval=_REORDER_MS, singleShot=True)
        self._reordering.timeout.connect(self._reorder)
        grid.replaced.connect(self._on_replaced)
        grid.cells_changed.connect(self._on_cells_changed)
        self._on_replaced()

    @property
    def key_columns(self) -> int:
        """How many columns the key takes: one a dimension."""
        return len(self._dimensions)

    @property
    def order(self) -> NDArray[np.int64]:
        """The ordinal of each row."""
        return self._order

    def ordinal_at(self, row: int) -> int:
        return int(self._order[row])

    def row_of(self, ordinal: int) -> int:
        """The row of an ordinal, -1 if it is not shown."""
        return int(self._rows()[ordinal]) if 0 <= ordinal < self._grid.size else -1

    def column_of(self, detail: DetailColumn) -> int:
        return self.key_columns + int(detail)

    def show_states(self, states: Collection[PartitionState] | None) -> None:
        """Keep only rows in these states; None keeps all."""
        self._shown_states = None if states is None else frozenset(states)
        self._reorder()

    def show_keys(self, mask: NDArray[np.bool_] | None) -> None:
        """Keep only rows whose ordinal is true in `mask` (one value a partition); None keeps all."""
        self._shown_keys = mask
        self._reorder()

    def set_details(self, details: Mapping[int, PartitionRecord]) -> None:
        """Take in records by ordinal; the rows that show them are repainted."""
        self._details.update(details)
        while len(self._details) > _DETAILS_KEPT:
            self._details.popitem(last=False)
        rows = self._rows()[np.fromiter(details, dtype=np.int64, count=len(details))]
        self._tell_changed(rows, self.column_of(DetailColumn.LAST_RUN), self.column_of(DetailColumn.ERROR))

    def _on_replaced(self) -> None:
        self.beginResetModel()
        definition = self._grid.definition
        self._dimensions = definition.dimensions if definition is not None else ()
        self._sizes = definition.shape() if definition is not None else ()
        self._strides = tuple(int(np.prod(self._sizes[at + 1 :], dtype=np.int64)) for at in range(len(self._sizes)))
        if self._shown_keys is not None and len(self._shown_keys) != self._grid.size:
            self._shown_keys = None
        self._sorted_by = (min(self._sorted_by[0], self.key_columns), self._sorted_by[1])
        self._details.clear()
        self._wanted.clear()
        self._order = self._ordered()
        self._row_of = None
        self.endResetModel()

    def _on_cells_changed(self, change: CellChange) -> None:
        for ordinal in change.ordinals.tolist() if self._details else ():
            self._details.pop(ordinal, None)
        self._tell_changed(self._rows()[change.ordinals], 0, self.columnCount() - 1)
        # Rows would jump under the mouse if they were put in order with each change.
        depends_on_state = self._shown_states is not None or self._sorted_by[0] == self.key_columns
        if depends_on_state and not self._reordering.isActive():
            self._reordering.start()

    def _on_time_to_ask(self) -> None:
        wanted, self._wanted = list(self._wanted), {}
        self.details_wanted.emit(wanted)

    def _tell_changed(self, rows: NDArray[np.int32], first: int, last: int) -> None:
        shown = rows[rows >= 0]
        if len(shown):
            self.dataChanged.emit(self.index(int(shown.min()), first), self.index(int(shown.max()), last))

    def _reorder(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ordinals = [self.ordinal_at(index.row()) for index in before]
        self._order = self._ordered()
        self._row_of = None
        rows = [self.row_of(ordinal) for ordinal in ordinals]
        after = [
            self.index(row, old.column()) if row >= 0 else QModelIndex() for row, old in zip(rows, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _ordered(self) -> NDArray[np.int64]:
        column, direction = self._sorted_by
        order = self._by_state() if column == self.key_columns else self._chosen()
        if 0 < column < self.key_columns:
            keys = order // self._strides[column] % self._sizes[column]
            order = order[np.argsort(keys, kind="stable")]
        return order if direction is Qt.SortOrder.AscendingOrder else order[::-1]

    def _chosen(self) -> NDArray[np.int64]:
        """The ordinals that are shown, in order."""
        keep = self._shown_keys
        if self._shown_states is not None:
            in_state = np.isin(self._grid.states, [int(state) for state in self._shown_states])
            keep = in_state if keep is None else in_state & keep
        if keep is None:
            return np.arange(self._grid.size, dtype=np.int64)
        return np.flatnonzero(keep).astype(np.int64, copy=False)

    def _by_state(self) -> NDArray[np.int64]:
        """The same, one state after the other: counting seven times is quicker than sorting millions."""
        order = self._chosen()
        states = self._grid.states[order] if len(order) < self._grid.size else self._grid.states
        return np.concatenate([order[np.flatnonzero(states == int(state))] for state in _STATE_ORDER])

    def _rows(self) -> NDArray[np.int32]:
        if self._row_of is None:
            self._row_of = np.full(self._grid.size, -1, dtype=np.int32)
            self._row_of[self._order] = np.arange(len(self._order), dtype=np.int32)
        return self._row_of

    def _detail(self, ordinal: int) -> PartitionRecord | None:
        record = self._details.get(ordinal)
        if record is None:
            self._wanted[ordinal] = None
            if not self._asking.isActive():
                self._asking.start()
        return record

    def _text(self, ordinal: int, column: int) -> str:
        if column < self.key_columns:
            at = ordinal // self._strides[column] % self._sizes[column]
            label: str = self._dimensions[column][1].label_at(at)
            return label
        detail = DetailColumn(column - self.key_columns)
        if detail is DetailColumn.STATE:
            return PARTITION_STATE_TEXT[self._grid.state_at(ordinal)]
        record = self._detail(ordinal)
        return _detail_text(record, detail) if record is not None else ""

    @override
    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        return 0 if parent.isValid() else len(self._order)

    @override
    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or not self._dimensions else self.key_columns + len(DetailColumn)

    @override
    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> Any:  # Any: as many types as roles
        if not index.isValid():
            return None
        ordinal = self.ordinal_at(index.row())
        if role == Role.DisplayRole:
            return self._text(ordinal, index.column())
        if role == Role.ToolTipRole and index.column() == self.column_of(DetailColumn.ERROR):
            return self._text(ordinal, index.column()) or None
        if role == ORDINAL_ROLE:
            return ordinal
        return self._grid.state_at(ordinal) if role == STATE_ROLE else None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Role.DisplayRole:
            return None
        if section < self.key_columns:
            return self._dimensions[section][0].capitalize() or "Partition"
        return _DETAIL_TITLES[section - self.key_columns]

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By key or state; other columns are not known for all rows, and asking for them changes nothing."""
        if 0 <= column <= self.key_columns:
            self._sorted_by = (column, order)
            self._reorder()


def _detail_text(record: PartitionRecord, detail: DetailColumn) -> str:
    started, ended = record.attempt_started, record.attempt_ended
    if detail is DetailColumn.LAST_RUN:
        return when(ended if ended is not None else started)
    if detail is DetailColumn.DURATION:
        return duration(ended - started) if started is not None and ended is not None else ""
    return f"{record.error.kind}: {record.error.message}" if record.error is not None else ""
