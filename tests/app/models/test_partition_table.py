"""The table of partitions: rows in order, filtered, live, and with details fetched when they are looked at."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from rivers_app.models.key_filter import keys_containing
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.models.partition_table import ORDINAL_ROLE, STATE_ROLE, DetailColumn, PartitionTableModel
from rivers_app.wording import when
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.records import ErrorReport, PartitionRecord
from rivers_core.states import PartitionState, RunState

DAYS = PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 1, 11))
SHOPS = PartitionsDefinition.multi({"day": DAYS, "shop": PartitionsDefinition.static_(["north", "south", "east"])})
STATES = [0, 1, 2, 3, 4, 5, 6, 1, 1, 3]


def table_of(definition, states):
    grid = PartitionGridModel()
    grid.set_definition(definition, np.array(states, dtype=np.uint8))
    table = PartitionTableModel(grid)
    table.tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.grid = grid
    return table


def column(table, at):
    return [table.index(row, at).data() for row in range(table.rowCount())]


def record(ordinal, error=None):
    return PartitionRecord(
        "flights", ordinal, "", PartitionState.FAILED, "r1", RunState.FAILED, 100.0, 101.5, error, None
    )


def test_rows_are_partitions_with_their_state():
    table = table_of(DAYS, STATES)
    assert column(table, 0)[:2] == ["2024-01-01", "2024-01-02"]
    assert column(table, 1)[:4] == ["missing", "completed", "running", "failed"]
    assert table.index(3, 0).data(ORDINAL_ROLE) == 3
    assert table.index(3, 0).data(STATE_ROLE) is PartitionState.FAILED


def test_a_key_of_several_dimensions_has_a_column_each():
    table = table_of(SHOPS, [0] * 30)
    titles = [table.headerData(at, Qt.Orientation.Horizontal) for at in range(table.columnCount())]
    assert titles == ["Day", "Shop", "State", "Last run", "Duration", "Error"]
    assert (column(table, 0)[4], column(table, 1)[4]) == ("2024-01-02", "south")


def test_sorting_by_state_brings_what_needs_attention_first():
    table = table_of(DAYS, STATES)
    table.sort(1)
    assert column(table, 1)[:4] == ["failed", "failed", "running", "queued"]
    table.sort(1, Qt.SortOrder.DescendingOrder)
    assert column(table, 1)[0] == "missing"


def test_sorting_by_a_dimension_keeps_the_others_in_order():
    table = table_of(SHOPS, [0] * 30)
    table.sort(1)
    assert column(table, 1)[:11] == ["north"] * 10 + ["south"]
    assert column(table, 0)[:10] == [f"2024-01-{day:02d}" for day in range(1, 11)]
    table.sort(0, Qt.SortOrder.DescendingOrder)
    assert column(table, 0)[0] == "2024-01-10"


def test_sorting_by_what_is_not_known_for_all_changes_nothing():
    table = table_of(DAYS, STATES)
    table.sort(1)
    before = column(table, 0)
    table.sort(table.column_of(DetailColumn.ERROR))
    assert column(table, 0) == before


def test_only_chosen_states_are_shown():
    table = table_of(DAYS, STATES)
    table.show_states({PartitionState.FAILED, PartitionState.CANCELED})
    assert [table.ordinal_at(row) for row in range(table.rowCount())] == [3, 4, 9]
    assert (table.row_of(4), table.row_of(5), table.row_of(99)) == (1, -1, -1)
    table.show_states(None)
    assert table.rowCount() == 10


def test_keys_are_found_by_pieces_of_them():
    table = table_of(SHOPS, [0] * 30)
    table.show_keys(keys_containing(SHOPS, "01-0 NORTH"))
    assert set(column(table, 1)) == {"north"}
    assert table.rowCount() == 9
    table.show_keys(None)
    assert table.rowCount() == 30


def test_a_row_keeps_its_place_in_the_mind_of_the_view_when_sorted():
    table = table_of(DAYS, STATES)
    held = QPersistentModelIndex(table.index(3, 0))
    table.sort(0, Qt.SortOrder.DescendingOrder)
    assert held.row() == 6
    assert held.data() == "2024-01-04"
    table.show_states({PartitionState.MISSING})
    assert not held.isValid()


def test_a_change_repaints_its_rows_only(qtbot):
    table = table_of(DAYS, STATES)
    with qtbot.waitSignal(table.dataChanged) as told:
        table.grid.apply(np.array([4, 6]), np.array([1, 1], dtype=np.uint8))
    assert (told.args[0].row(), told.args[1].row()) == (4, 6)
    assert column(table, 1)[4] == "completed"


def test_a_filtered_table_comes_into_order_again_after_changes(qtbot):
    table = table_of(DAYS, STATES)
    table.show_states({PartitionState.FAILED})
    with qtbot.waitSignal(table.layoutChanged):
        table.grid.apply(np.array([0]), np.array([3], dtype=np.uint8))
        assert table.rowCount() == 2
    assert table.rowCount() == 3


def test_details_are_asked_for_once_a_row_is_looked_at(qtbot):
    table = table_of(DAYS, STATES)
    with qtbot.waitSignal(table.details_wanted) as asked:
        assert table.index(3, 2).data() == ""
        assert table.index(4, 3).data() == ""
    assert asked.args[0] == [3, 4]
    with qtbot.waitSignal(table.dataChanged):
        table.set_details({3: record(3, ErrorReport("ValueError", "no rows")), 4: record(4)})
    assert table.index(3, 2).data() == when(101.5)
    assert table.index(3, 3).data() == "1.5 s"
    assert table.index(3, 4).data() == "ValueError: no rows"
    assert table.index(3, 4).data(Qt.ItemDataRole.ToolTipRole) == "ValueError: no rows"
    assert table.index(4, 4).data() == ""


def test_details_of_a_changed_partition_are_asked_for_again(qtbot):
    table = table_of(DAYS, STATES)
    table.set_details({3: record(3)})
    table.grid.apply(np.array([3]), np.array([1], dtype=np.uint8))
    with qtbot.waitSignal(table.details_wanted) as asked:
        table.index(3, 2).data()
    assert asked.args[0] == [3]


def test_another_asset_replaces_all_rows(qtbot):
    table = table_of(DAYS, STATES)
    table.sort(1)
    with qtbot.waitSignal(table.modelReset):
        table.grid.set_definition(SHOPS, np.zeros(30, dtype=np.uint8))
    assert (table.rowCount(), table.key_columns) == (30, 2)


def test_a_million_rows_answer_as_fast_as_ten():
    many = PartitionsDefinition.static_([f"k{number}" for number in range(1_000_000)])
    grid = PartitionGridModel()
    grid.set_definition(many, (np.arange(1_000_000) % 7).astype(np.uint8))
    table = PartitionTableModel(grid)
    table.sort(1)
    assert table.index(999_999, 0).data() == "k999999"
    assert table.index(0, 1).data() == "failed"


@pytest.mark.parametrize(("text", "count"), [("", 30), ("2024-01-03", 3), ("east", 10), ("nowhere", 0), ("05 s", 2)])
def test_every_word_must_be_in_some_dimension(text, count):
    assert keys_containing(SHOPS, text).sum() == count
