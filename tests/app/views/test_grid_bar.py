"""Which dimensions lie across and down is chosen above the grid, and what becomes of the others."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from rivers_app.heatmap.arrangement import Arrangement
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.shell import Shell
from rivers_app.views.grid_bar import GridBar
from rivers_core.partitions.definitions import PartitionsDefinition as Partitions
from tests.hands import part

DAYS = Partitions.daily(datetime(2024, 1, 1), datetime(2024, 1, 8))
CUBE = Partitions.multi(
    {
        "date": DAYS,
        "region": Partitions.static_(["eu", "us"]),
        "product": Partitions.static_(["tea", "coffee", "cocoa"]),
    }
)


@pytest.fixture
def heatmap(qtbot: QtBot, shell: Shell) -> PartitionHeatmap:
    heatmap = PartitionHeatmap(PartitionGridModel(), PartitionSelection(), shell.appearance)
    qtbot.addWidget(heatmap)
    return heatmap


@pytest.fixture
def bar(qtbot: QtBot, shell: Shell, heatmap: PartitionHeatmap) -> GridBar:
    bar = GridBar(shell, heatmap)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def show(bar: GridBar, heatmap: PartitionHeatmap, definition: Partitions) -> None:
    heatmap.model.set_definition(definition, np.zeros(definition.size(), dtype=np.uint8))
    bar.show_definition(definition)


def choose(bar: GridBar, box: str, text: str) -> None:
    combo = part(bar, QComboBox, box)
    combo.setCurrentText(text)
    combo.activated.emit(combo.currentIndex())


def test_a_lone_dimension_leaves_nothing_to_choose(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, DAYS)
    assert not part(bar, QComboBox, "acrossBox").isVisible()


def test_the_axes_can_be_swapped(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    assert part(bar, QComboBox, "acrossBox").currentText() == "date"
    assert part(bar, QComboBox, "downBox").currentText() == "region"
    choose(bar, "downBox", "product")
    assert heatmap.arrangement == Arrangement("date", "product")
    assert heatmap.grid_layout is not None
    assert (heatmap.grid_layout.rows, heatmap.grid_layout.columns) == (3, 7)


def test_one_dimension_never_lies_both_ways(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    choose(bar, "acrossBox", "region")
    arrangement = heatmap.arrangement
    assert arrangement is not None
    assert arrangement.across == "region"
    assert arrangement.down != "region"


def test_time_is_shown_in_calendar_lines_or_in_one(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    lines = part(bar, QToolButton, "calendarLinesButton")
    assert not lines.isChecked(), "a week is one line anyway"
    lines.click()
    assert heatmap.arrangement == Arrangement("date", "region", banded=True)
    choose(bar, "fixed_product", "tea")
    assert heatmap.arrangement == Arrangement("date", "region", {"product": 0}, banded=True)
    lines.click()
    assert heatmap.arrangement == Arrangement("date", "region", {"product": 0})


def test_only_time_can_be_shown_in_calendar_lines(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    part(bar, QToolButton, "calendarLinesButton").click()
    choose(bar, "acrossBox", "region")
    assert not part(bar, QToolButton, "calendarLinesButton").isVisible()
    assert heatmap.arrangement is not None
    assert not heatmap.arrangement.banded


def test_a_year_of_days_begins_in_calendar_lines(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    year = Partitions.daily(datetime(2023, 1, 1), datetime(2024, 1, 1))
    show(bar, heatmap, Partitions.multi({"date": year, "region": Partitions.static_(["eu", "us"])}))
    assert part(bar, QToolButton, "calendarLinesButton").isChecked()
    assert heatmap.grid_layout is not None
    assert (heatmap.grid_layout.rows, heatmap.grid_layout.columns) == (24, 31)


def test_many_dimensions_do_not_widen_the_window(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    named = [f"a dimension with the long name {number}" for number in range(3)]
    show(bar, heatmap, Partitions.multi({"date": DAYS, **{name: Partitions.static_(["x", "y"]) for name in named}}))
    bar.show_selected(1_000_000)
    boxes = len(bar.findChildren(QComboBox))
    assert boxes == 4
    assert bar.minimumSizeHint().width() < 900
    bar.resize(1800, bar.height())
    across = part(bar, QComboBox, "acrossBox")
    assert across.width() == min(across.sizeHint().width(), across.maximumWidth()), (
        "names are whole where there is room"
    )


def test_the_others_are_aggregated_or_fixed_to_one_key(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    assert heatmap.grid_layout is not None
    assert heatmap.grid_layout.is_aggregated
    choose(bar, "fixed_product", "coffee")
    assert heatmap.arrangement == Arrangement("date", "region", {"product": 1})
    assert not heatmap.grid_layout.is_aggregated


def test_another_asset_is_laid_out_as_suits_it(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    choose(bar, "acrossBox", "region")
    show(bar, heatmap, DAYS)
    assert heatmap.arrangement is None
    assert heatmap.grid_layout is not None
    assert len(heatmap.grid_layout.ordinals_in(range(heatmap.grid_layout.rows), range(31))) == DAYS.size()


def test_the_selection_is_counted_and_can_be_cleared(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    bar.show_selected(1_042)
    assert part(bar, QLabel, "selectedLabel").text() == "1,042 selected"
    heatmap.selection.select_all()
    part(bar, QPushButton, "clearSelectionButton").click()
    assert heatmap.selection.count == 0
    bar.show_selected(0)
    assert not part(bar, QLabel, "selectedLabel").isVisible()


def test_many_dimensions_go_on_in_the_next_line_and_none_is_cut(bar: GridBar, heatmap: PartitionHeatmap) -> None:
    show(bar, heatmap, CUBE)
    boxes = [part(bar, QComboBox, name) for name in ("acrossBox", "downBox", "fixed_product")]

    def tops_at(width: int) -> int:
        bar.setFixedWidth(width)
        bar.setFixedHeight(bar.heightForWidth(width))
        bar.layout().activate()
        assert all(box.width() >= box.minimumSizeHint().width() for box in boxes)
        return len({box.mapTo(bar, QPoint()).y() for box in boxes})

    assert tops_at(1200) == 1
    assert tops_at(420) > 1
