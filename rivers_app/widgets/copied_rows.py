"""Rows of a table as text that a spreadsheet takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QTableView

MOST_COPIED_ROWS: Final = 10_000


def rows_as_text(model: QAbstractItemModel, rows: Iterable[int]) -> str:
    """A line of headers and one for each row, their cells between tabs; columns without a title are left out."""
    titles = {at: _title(model, at) for at in range(model.columnCount())}
    columns = [at for at, title in titles.items() if title]
    lines = ["\t".join(titles[at] for at in columns)]
    lines += ["\t".join(_cell(model, row, at) for at in columns) for row in rows]
    return "\n".join(lines)


def selected_rows_as_text(table: QTableView) -> str:
    """The selected rows in the order shown, at most `MOST_COPIED_ROWS` of them; empty without any."""
    model = table.model()
    rows = sorted({index.row() for index in table.selectionModel().selectedRows()})[:MOST_COPIED_ROWS]
    return rows_as_text(model, rows) if rows and model is not None else ""


def _title(model: QAbstractItemModel, column: int) -> str:
    """A header's first line; below it a header may tell a type."""
    title = model.headerData(column, Qt.Orientation.Horizontal)
    return str(title).split("\n", 1)[0] if title else ""


def _cell(model: QAbstractItemModel, row: int, column: int) -> str:
    """What is written in a cell, or what a painted one tells those who cannot see it; in one line."""
    index = model.index(row, column)
    value = index.data() or index.data(Qt.ItemDataRole.AccessibleTextRole)
    return "" if value is None else " ".join(str(value).split())
