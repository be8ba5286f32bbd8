"""The same partitions as a table, for reading, sorting and screen readers; it shares the grid's selection."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget
from typing_extensions import override

from rivers_app.heatmap.actions import copy_keys
from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_app.marks import swatch_icon
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.models.partition_table import ORDINAL_ROLE, STATE_ROLE, DetailColumn, PartitionTableModel
from rivers_app.theme import GRID, Appearance, Theme
from rivers_core.states import PartitionState

_MOST_MIRRORED_RANGES: Final = 1_000
_SWATCH: Final = 14
Flag = QItemSelectionModel.SelectionFlag


class PartitionTableView(QTableView):
    """Rows of a `PartitionTableModel`. What is selected is in the `PartitionSelection`, and painted from there.

    Qt's own selection follows it for screen readers as long as it is not too scattered to be ranges of rows.
    """

    run_requested = Signal(int)
    message = Signal(str)

    def __init__(
        self,
        grid: PartitionGridModel,
        selection: PartitionSelection,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("partitionTable")
        self.setAccessibleName("Partitions as a table")
        self._grid = grid
        self._selection = selection
        self._rows = PartitionTableModel(grid, self)
        self._is_mirroring = False
        self._is_mirrored = True
        self._clears = False
        self.setModel(self._rows)
        self.setItemDelegate(_RowDelegate(selection, appearance, self))
        self._set_up_looks()
        self._connect()

    @property
    def rows(self) -> PartitionTableModel:
        return self._rows

    def _set_up_looks(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 3 * GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # With the table's own selection it would look at every row of each column whenever all rows are selected.
        header.setSelectionModel(QItemSelectionModel(self._rows, header))
        self.horizontalHeader().setStretchLastSection(True)
        self._size_columns()

    def _connect(self) -> None:
        self._selection.changed.connect(self._on_shared_selection_changed)
        self._selection.current_changed.connect(self._on_shared_current_changed)
        self._rows.layoutChanged.connect(self._on_shared_selection_changed)
        self._rows.modelReset.connect(self._on_rows_replaced)
        self.selectionModel().selectionChanged.connect(self._on_rows_selected)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        self.activated.connect(self._on_activated)

    def _on_rows_replaced(self) -> None:
        self._size_columns()
        if self._selection.size != self._grid.size:
            self._selection.resize(self._grid.size)
        self._on_shared_selection_changed()

    def _size_columns(self) -> None:
        letter = self.fontMetrics().horizontalAdvance("0")
        for column in range(self._rows.columnCount()):
            at = column - self._rows.key_columns
            self.setColumnWidth(column, letter * (22 if at in (-1, DetailColumn.LAST_RUN) else 14))

    def _on_rows_selected(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        if self._is_mirroring:
            return
        self._is_mirroring = True
        if self._is_mirrored or self._clears:
            self._selection.replace(self._ordinals(self.selectionModel().selection()))
        else:
            self._selection.remove(self._ordinals(deselected))
            self._selection.add(self._ordinals(selected))
        self._is_mirroring, self._clears = False, False
        self.viewport().update()

    def _ordinals(self, selection: QItemSelection) -> NDArray[np.int64]:
        ranges = [self._rows_of(selection.at(at)) for at in range(selection.count())]
        return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])

    def _rows_of(self, chosen: QItemSelectionRange) -> NDArray[np.int64]:
        return self._rows.order[chosen.top() : chosen.bottom() + 1]

    def _on_shared_selection_changed(self) -> None:
        if self._is_mirroring or self._selection.size != self._grid.size or not self.isVisible():
            return
        self._is_mirroring = True
        chosen = self._selection.mask[self._rows.order]
        edges = np.flatnonzero(np.diff(chosen.view(np.int8), prepend=0, append=0))
        self._is_mirrored = len(edges) // 2 <= _MOST_MIRRORED_RANGES
        ranges = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True) if self._is_mirrored else ()
        mirrored = QItemSelection()
        for start, stop in ranges:
            last = self._rows.index(stop - 1, self._rows.columnCount() - 1)
            mirrored.select(self._rows.index(start, 0), last)
        self.selectionModel().select(mirrored, Flag.ClearAndSelect)
        self._is_mirroring = False
        self.viewport().update()

    def _on_shared_current_changed(self, ordinal: int) -> None:
        row = self._rows.row_of(ordinal) if ordinal != NO_CURRENT else -1
        if row >= 0 and row != self.currentIndex().row():
            index = self._rows.index(row, max(0, self.currentIndex().column()))
            self.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
            self.scrollTo(index)

    def _on_current_row_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self._selection.set_current(self._rows.ordinal_at(current.row()))

    def _on_activated(self, index: QModelIndex) -> None:
        self.run_requested.emit(self._rows.ordinal_at(index.row()))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # What was selected meanwhile: following it while nobody sees it would cost the grid its speed.
        self._on_shared_selection_changed()
        self._on_shared_current_changed(self._selection.current)

    @override
    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        command = super().selectionCommand(index, event)
        self._clears = bool(command & Flag.Clear)
        if self._clears and not self._is_mirrored:
            # What Qt holds is only a part, so it might see no change where there is one.
            self._is_mirroring = True
            self.selectionModel().clearSelection()
            self._is_mirroring = False
        return command

    def copy(self) -> None:
        """Copy the keys of the selected partitions; the Edit menu looks for a slot of this name."""
        if self._grid.definition is not None and self._selection.count:
            self.message.emit(copy_keys(self._grid.definition, self._selection))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


class _RowDelegate(QStyledItemDelegate):
    """Paints rows as selected by the shared selection, and a swatch before a state."""

    def __init__(self, selection: PartitionSelection, appearance: Appearance, table: PartitionTableView) -> None:
        super().__init__(table)
        self._table = table
        self._selection = selection
        self._swatches: dict[PartitionState, QIcon] = {}
        self._on_theme_changed(appearance.theme)
        appearance.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, theme: Theme) -> None:
        ratio = self._table.devicePixelRatioF()
        self._swatches = {state: swatch_icon(state, theme, _SWATCH, ratio) for state in PartitionState}

    @override
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(ORDINAL_ROLE) in self._selection:
            option.state |= QStyle.StateFlag.State_Selected
        else:
            option.state &= ~QStyle.StateFlag.State_Selected
        if index.column() == self._table.rows.column_of(DetailColumn.STATE):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.icon = self._swatches[index.data(STATE_ROLE)]
            option.decorationSize = QSize(_SWATCH, _SWATCH)
