"""A table of records as every page shows one: whole rows, sortable, calm."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelectionModel, QSortFilterProxyModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from rivers_app.models.roles import SORT_ROLE
from rivers_app.theme import METRICS
from rivers_app.widgets.copied_rows import selected_rows_as_text

Flag = QItemSelectionModel.SelectionFlag


class RecordTable(QTableView):
    """Sorts what `model` holds by its `SORT_ROLE`; rows are asked for in the model's own numbers."""

    def __init__(
        self, name: str, accessible_name: str, model: QAbstractItemModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self._widths: tuple[int, ...] = ()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(model)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setDynamicSortFilter(True)
        self.setModel(self._sorted)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit_rows()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 3 * METRICS.space_1)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit_rows()
            self.set_widths(self._widths)

    def set_widths(self, widths: tuple[int, ...]) -> None:
        """Widths of the columns in pixels at the standard text size; they grow with the font."""
        self._widths = widths
        unit = self.fontMetrics().averageCharWidth() / 6
        for column, width in enumerate(widths):
            self.setColumnWidth(column, round(width * unit))

    def selected_rows(self) -> list[int]:
        """The model's numbers of the selected rows, in the order shown."""
        selected = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._sorted.mapToSource(self._sorted.index(row, 0)).row() for row in selected]

    def current_row(self) -> int:
        """The model's number of the current row, -1 without one."""
        return self._sorted.mapToSource(self.currentIndex()).row() if self.currentIndex().isValid() else -1

    def choose_row(self, row: int) -> None:
        """Select just this row of the model and scroll to it."""
        shown = self._sorted.mapFromSource(self._sorted.sourceModel().index(row, 0))
        # Qt's own selectRow would look at the keyboard, where Ctrl may still be down from a shortcut, and toggle.
        self.selectionModel().setCurrentIndex(shown, Flag.ClearAndSelect | Flag.Rows)
        self.scrollTo(shown)

    def copy(self) -> None:
        """Copy the selected rows for a spreadsheet; the Edit menu looks for a slot of this name."""
        if text := selected_rows_as_text(self):
            QGuiApplication.clipboard().setText(text)
