"""A bar shows shares by length and hides nothing that is there."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QTableView

from rivers_app.widgets.stacked_bar import COUNTS_ROLE, StackedBar, StackedBarDelegate, counts_text, segments
from rivers_core.states import PartitionState

counts = st.dictionaries(st.sampled_from(PartitionState), st.integers(0, 10**7))


@given(counts, st.floats(60, 2000))
def test_parts_fill_the_bar_and_none_is_lost(counts, width):
    parts = segments(counts, width)
    present = {state for state, number in counts.items() if number}
    assert {state for state, _, _ in parts} == present
    if parts:
        assert parts[0][1] == 0
        assert parts[-1][2] == pytest.approx(width)
        assert all(stop - start >= 2 - 1e-6 for _, start, stop in parts)
        assert all(before[2] == pytest.approx(after[1]) for before, after in itertools.pairwise(parts))


def test_one_failure_in_a_million_shows():
    parts = {
        state: stop - start
        for state, start, stop in segments({PartitionState.COMPLETED: 10**6, PartitionState.FAILED: 1}, 100)
    }
    assert parts[PartitionState.FAILED] == 2


def test_nothing_has_no_parts():
    assert segments({}, 100) == []
    assert segments({PartitionState.FAILED: 1}, 0) == []
    assert counts_text({}) == "no partitions"


@pytest.fixture
def half_failed():
    return {PartitionState.COMPLETED: 50, PartitionState.FAILED: 50}


def test_the_bar_has_the_states_colors(qtbot, appearance, half_failed):
    bar = StackedBar(appearance)
    qtbot.addWidget(bar)
    bar.resize(100, 8)
    bar.set_counts(half_failed)
    image = bar.grab().toImage()
    assert image.pixelColor(25, 4).name() == appearance.theme.states.fills[PartitionState.COMPLETED]
    assert image.pixelColor(75, 4).name() == appearance.theme.states.fills[PartitionState.FAILED]
    assert bar.accessibleDescription() == "completed 50, failed 50"


def test_a_table_cell_shows_the_bar_of_its_counts(qtbot, appearance, half_failed):
    table = QTableView()
    qtbot.addWidget(table)
    model = QStandardItemModel(1, 1, table)
    item = QStandardItem()
    item.setData(half_failed, COUNTS_ROLE)
    model.setItem(0, 0, item)
    table.setModel(model)
    table.setItemDelegateForColumn(0, StackedBarDelegate(appearance, table))
    table.setColumnWidth(0, 200)
    table.resize(400, 200)
    table.show()
    place = table.visualRect(model.index(0, 0))
    image = table.viewport().grab().toImage()
    middle = place.center().y()
    assert image.pixelColor(place.left() + 50, middle).name() == appearance.theme.states.fills[PartitionState.COMPLETED]
    assert image.pixelColor(place.left() + 150, middle).name() == appearance.theme.states.fills[PartitionState.FAILED]
