"""Grid and table share one selection, in both directions and at any size."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.table_view import PartitionTableView
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState
from tests.app.heatmap.conftest import DAYS

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def show_table(qtbot, appearance):
    def show(definition, states=None):
        grid = PartitionGridModel()
        grid.set_definition(definition, np.zeros(definition.size(), dtype=np.uint8) if states is None else states)
        selection = PartitionSelection(grid.size)
        table = PartitionTableView(grid, selection, appearance)
        qtbot.addWidget(table)
        table.resize(900, 500)
        table.show()
        qtbot.waitExposed(table)
        table.grid, table.selection = grid, selection
        return table

    return show


def click(qtbot, table, row, modifiers=Qt.KeyboardModifier.NoModifier):
    at = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifiers, at)


def looks_selected(table, row):
    option = QStyleOptionViewItem()
    table.itemDelegate().initStyleOption(option, table.model().index(row, 0))
    return bool(option.state & QStyle.StateFlag.State_Selected)


def test_clicking_rows_selects_partitions(show_table, qtbot):
    table = show_table(DAYS)
    click(qtbot, table, 2)
    assert table.selection.ordinals().tolist() == [2]
    assert table.selection.current == 2
    click(qtbot, table, 5, SHIFT)
    assert table.selection.ordinals().tolist() == [2, 3, 4, 5]
    click(qtbot, table, 3, CONTROL)
    assert table.selection.ordinals().tolist() == [2, 4, 5]


def test_what_the_grid_selects_shows_in_the_table(show_table):
    table = show_table(DAYS)
    table.selection.replace(np.array([1, 2, 7]))
    assert [looks_selected(table, row) for row in (0, 1, 2, 7)] == [False, True, True, True]
    assert {index.row() for index in table.selectionModel().selectedRows()} == {1, 2, 7}


def test_the_current_partition_is_scrolled_to(show_table):
    table = show_table(DAYS)
    table.selection.set_current(90)
    assert table.currentIndex().row() == 90
    assert table.viewport().rect().intersects(table.visualRect(table.currentIndex()))


def test_a_sorted_table_selects_the_same_partitions(show_table, qtbot):
    states = np.zeros(91, dtype=np.uint8)
    states[[40, 50]] = PartitionState.FAILED
    table = show_table(DAYS, states)
    table.selection.replace(np.array([50]))
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert looks_selected(table, 1)
    click(qtbot, table, 0)
    assert table.selection.ordinals().tolist() == [40]


def test_a_scattered_selection_is_painted_though_it_is_no_range_of_rows(show_table, qtbot):
    many = PartitionsDefinition.static_([f"k{number}" for number in range(20_000)])
    table = show_table(many)
    table.selection.replace(np.arange(0, 20_000, 2))
    assert not table.selectionModel().hasSelection()
    assert looks_selected(table, 4)
    assert not looks_selected(table, 5)
    click(qtbot, table, 5, CONTROL)
    assert table.selection.count == 10_001
    click(qtbot, table, 5)
    assert table.selection.ordinals().tolist() == [5]


def test_select_all_selects_what_the_table_shows(show_table, qtbot):
    states = np.zeros(91, dtype=np.uint8)
    states[10:20] = PartitionState.FAILED
    table = show_table(DAYS, states)
    table.rows.show_states({PartitionState.FAILED})
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_A, CONTROL)
    assert table.selection.ordinals().tolist() == list(range(10, 20))


def test_copying_and_opening_a_run(show_table, qtbot):
    table = show_table(DAYS)
    click(qtbot, table, 2)
    with qtbot.waitSignal(table.message):
        qtbot.keyClick(table, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "2024-01-03"
    with qtbot.waitSignal(table.run_requested) as asked:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert asked.args == [2]
