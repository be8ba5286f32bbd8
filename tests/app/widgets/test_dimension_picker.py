"""A dimension's keys as text that calendars and lists also write."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.widgets.check_list import CheckListPopup
from rivers_app.widgets.dimension_picker import DimensionPicker
from rivers_app.widgets.span_popup import SpanPopup
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

YEAR = PartitionsDefinition.daily(datetime(2021, 1, 1), end=datetime(2022, 1, 1))
DEPOTS = PartitionsDefinition.static_(["north", "south", "east", "west"])


def picker_of(shell: Shell, qtbot: QtBot, definition: PartitionsDefinition, name: str = "date") -> DimensionPicker:
    picker = DimensionPicker(shell, name, definition)
    qtbot.addWidget(picker)
    picker.show()
    return picker


def typed(qtbot: QtBot, picker: DimensionPicker, text: str) -> None:
    field = picker.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_an_empty_field_means_every_key(shell: Shell, qtbot: QtBot) -> None:
    picker = picker_of(shell, qtbot, YEAR)
    assert picker.subset == Subset.full(365)
    assert picker.is_everything


def test_a_dimension_is_named_beside_its_field_and_a_lone_one_is_not(shell: Shell, qtbot: QtBot) -> None:
    assert picker_of(shell, qtbot, YEAR).findChild(QLabel, "dimensionTitle_date").isVisible()
    assert not picker_of(shell, qtbot, YEAR, "").findChild(QLabel, "dimensionTitle_partitions").isVisible()


def test_ranges_and_single_keys_are_understood_as_typed(shell: Shell, qtbot: QtBot) -> None:
    picker = picker_of(shell, qtbot, YEAR)
    with qtbot.waitSignal(picker.changed):
        typed(qtbot, picker, "2021-01-03..2021-01-05, 2021-02-01")
    assert picker.subset == Subset(((2, 5), (31, 32)))
    assert picker.findChild(QLabel, "rangeCount_date").text() == "4 of 365"


def test_a_key_that_does_not_exist_is_told_beside_the_field(shell: Shell, qtbot: QtBot) -> None:
    picker = picker_of(shell, qtbot, YEAR)
    typed(qtbot, picker, "2029-01-01")
    problem = picker.findChild(QLabel, "rangeProblem_date")
    assert picker.subset is None
    assert problem.isVisible()
    assert "2029-01-01" in problem.text()


def test_keys_ticked_in_the_list_are_written_into_the_field(shell: Shell, qtbot: QtBot) -> None:
    picker = picker_of(shell, qtbot, DEPOTS, "depot")
    qtbot.mouseClick(picker.findChild(QToolButton, "rangeOpen_depot"), Qt.MouseButton.LeftButton)
    popup = picker.findChild(CheckListPopup)
    qtbot.mouseClick(popup.findChild(QPushButton, "checkListNone"), Qt.MouseButton.LeftButton)
    assert picker.subset is None
    qtbot.keyClicks(popup.findChild(QLineEdit, "checkListSearch"), "th")
    qtbot.mouseClick(popup.findChild(QPushButton, "checkListAll"), Qt.MouseButton.LeftButton)
    assert picker.text == "north, south"
    assert picker.subset == Subset(((0, 2),))
    popup.close()


def test_a_span_chosen_in_the_calendars_is_written_into_the_field(shell: Shell, qtbot: QtBot) -> None:
    picker = picker_of(shell, qtbot, YEAR)
    qtbot.mouseClick(picker.findChild(QToolButton, "rangeOpen_date"), Qt.MouseButton.LeftButton)
    popup = picker.findChild(SpanPopup)
    qtbot.mouseClick(popup.findChild(QPushButton, "spanLast30"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(popup.findChild(QPushButton, "spanUse"), Qt.MouseButton.LeftButton)
    assert picker.text == "2021-12-02..2021-12-31"
    assert not popup.isVisible()
