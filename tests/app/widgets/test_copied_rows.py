"""Rows copied for a spreadsheet."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel
from pytestqt.qtbot import QtBot

from rivers_app.widgets.copied_rows import rows_as_text
from rivers_app.widgets.record_table import RecordTable


@pytest.fixture
def model() -> QStandardItemModel:
    made = QStandardItemModel(3, 2)
    made.setHorizontalHeaderLabels(["id", "rows\nint64"])
    for row, (name, number) in enumerate((("b1", "12"), ("b2", "two\nlines"), ("b3", "7"))):
        made.setItem(row, 0, QStandardItem(name))
        made.setItem(row, 1, QStandardItem(number))
    return made


def test_rows_are_lines_and_cells_stand_between_tabs(model: QStandardItemModel) -> None:
    assert rows_as_text(model, (0, 2)) == "id\trows\nb1\t12\nb3\t7"


def test_a_cell_of_several_lines_stays_in_its_row(model: QStandardItemModel) -> None:
    assert rows_as_text(model, (1,)) == "id\trows\nb2\ttwo lines"


def test_a_column_without_a_title_is_left_out(model: QStandardItemModel) -> None:
    model.setHeaderData(1, Qt.Orientation.Horizontal, "")
    assert rows_as_text(model, (0,)) == "id\nb1"


def test_selected_rows_are_copied_in_the_order_shown(qtbot: QtBot, model: QStandardItemModel) -> None:
    table = RecordTable("table", "Rows", model)
    qtbot.addWidget(table)
    QGuiApplication.clipboard().setText("before")
    table.copy()
    assert QGuiApplication.clipboard().text() == "before"
    table.selectAll()
    table.copy()
    assert QGuiApplication.clipboard().text().split("\n")[1:] == ["b1\t12", "b2\ttwo lines", "b3\t7"]
