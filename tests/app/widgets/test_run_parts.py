"""What shows a run: its log, its steps, its state as a colored dot, and the table of records."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QPlainTextEdit

from rivers_app.models.roles import SORT_ROLE, STATE_ROLE
from rivers_app.models.run_table import RunColumn, RunTableModel
from rivers_app.palettes import Scheme
from rivers_app.widgets.log_view import MOST_LINES, LogView
from rivers_app.widgets.record_table import RecordTable
from rivers_app.widgets.state_chip import StateDelegate
from rivers_app.widgets.step_timeline import StepTimeline
from rivers_core.records import LogRecord, StepRecord
from rivers_core.states import PartitionState, RunState
from tests import hands
from tests.app.builders import a_run


def a_line(number, text="one", level="INFO", source="log"):
    return LogRecord("r1", number, 1_700_000_000.0, level, source, "daily", text)


@pytest.fixture
def log(qtbot, shell):
    view = LogView(shell)
    qtbot.addWidget(view)
    view.resize(600, 200)
    view.show()
    return view


def written(log):
    return hands.part(log, QPlainTextEdit, "logText").toPlainText().split("\n")


def test_lines_come_once_whatever_is_told_twice(log):
    log.add([a_line(0, "first"), a_line(1, "second")])
    log.add([a_line(1, "second"), a_line(2, "third", source="stdout")])
    assert [line.split("  ", 1)[1].strip() for line in written(log)] == [
        "INFO     first",
        "INFO     second",
        "INFO     [stdout] third",
    ]
    assert log.last_number == 2


def test_the_oldest_lines_are_forgotten(log):
    log.add([a_line(number, str(number)) for number in range(MOST_LINES + 10)])
    assert len(written(log)) == MOST_LINES
    assert written(log)[0].endswith(" 10")


def test_it_stays_at_the_end_unless_one_reads_above(log):
    bar = hands.part(log, QPlainTextEdit, "logText").verticalScrollBar()
    log.add([a_line(number) for number in range(100)])
    assert bar.value() == bar.maximum() > 0
    bar.setValue(3)
    log.add([a_line(number) for number in range(100, 200)])
    assert bar.value() == 3


def test_errors_keep_their_color_in_another_theme(log, shell):
    log.add([a_line(0, "broken", level="ERROR")])
    shell.appearance.choose(scheme=Scheme.DARK)
    document = hands.part(log, QPlainTextEdit, "logText").document()
    color = document.firstBlock().begin().fragment().charFormat().foreground().color()
    assert color == QColor(shell.appearance.theme.colors.danger)


def test_the_log_of_several_runs_says_whose_each_line_is(qtbot, shell):
    view = LogView(shell, names_runs=True)
    qtbot.addWidget(view)
    other = LogRecord("r12", 0, 1_700_000_001.0, "INFO", "log", "daily", "other")
    view.add([a_line(0, "one"), other, a_line(1, "two"), other])
    assert [line.split()[0] for line in written(view)] == ["r1", "r12", "r1"]


def test_a_cleared_log_begins_anew(log):
    log.add([a_line(5)])
    log.clear()
    assert log.last_number == -1
    log.add([a_line(0, "again")])
    assert written(log)[0].endswith("again")


def a_step(name, started, ended, state=RunState.COMPLETED, attempts=1):
    return StepRecord("r1", name, state, started, ended, attempts, None)


def test_steps_are_bars_from_their_start_to_their_end(qtbot, appearance):
    timeline = StepTimeline(appearance)
    qtbot.addWidget(timeline)
    timeline.resize(600, 100)
    timeline.set_steps([a_step("read", 0.0, 5.0), a_step("write", 5.0, 10.0, RunState.FAILED, attempts=3)])
    picture = timeline.grab().toImage()
    line = timeline.minimumHeight() // 2
    first, second = (
        appearance.theme.state_color(PartitionState.COMPLETED),
        appearance.theme.state_color(PartitionState.FAILED),
    )
    assert picture.pixelColor(200, line // 2) == first
    assert picture.pixelColor(450, line + line // 2) == second
    assert picture.pixelColor(450, line // 2) not in (first, second)
    assert timeline.accessibleDescription() == "read completed 5.0 s; write failed 5.0 s, 3 attempts"


def test_a_run_without_steps_yet_says_so(qtbot, appearance):
    timeline = StepTimeline(appearance)
    qtbot.addWidget(timeline)
    timeline.set_steps([])
    assert timeline.accessibleDescription() == "no steps yet"
    assert not timeline.grab().isNull()


@pytest.fixture
def table(qtbot, appearance):
    model = RunTableModel()
    table = RecordTable("runs", "Runs", model)
    model.setParent(table)
    table.setItemDelegateForColumn(RunColumn.STATE, StateDelegate(appearance, table))
    qtbot.addWidget(table)
    table.resize(800, 200)
    table.show()
    model.replace([a_run("r10", RunState.FAILED), a_run("r9", RunState.COMPLETED)])
    return table


def test_a_state_has_the_color_of_its_cells_and_changes_with_the_theme(table, appearance):
    def dot():
        place = table.visualRect(table.model().index(0, RunColumn.STATE))
        at = QPoint(place.left() + 12, place.center().y())
        return table.viewport().grab().toImage().pixelColor(at)

    assert dot() == appearance.theme.state_color(PartitionState.FAILED)
    appearance.choose(scheme=Scheme.DARK)
    assert dot() == appearance.theme.state_color(PartitionState.FAILED)


def test_rows_are_named_by_the_models_numbers_however_they_are_sorted(table):
    table.sortByColumn(RunColumn.ID, Qt.SortOrder.AscendingOrder)
    assert table.model().index(0, RunColumn.ID).data() == "r9", "r9 comes before r10"
    table.choose_row(0)
    assert table.selected_rows() == [0]
    assert table.current_row() == 0
    assert table.model().index(table.currentIndex().row(), 0).data() == "r10"


def test_without_a_row_there_is_no_current_one(qtbot):
    model = QStandardItemModel()
    table = RecordTable("empty", "Nothing", model)
    model.setParent(table)
    qtbot.addWidget(table)
    assert table.current_row() == -1
    assert table.selected_rows() == []
    item = QStandardItem("only")
    item.setData("only", SORT_ROLE)
    item.setData(None, STATE_ROLE)
    model.appendRow(item)
    table.choose_row(0)
    assert table.selected_rows() == [0]


def test_a_row_is_chosen_though_the_key_of_a_shortcut_is_still_down(qtbot):
    model = QStandardItemModel()
    for name in ("first", "second"):
        model.appendRow(QStandardItem(name))
    table = RecordTable("rows", "Rows", model)
    model.setParent(table)
    qtbot.addWidget(table)
    qtbot.keyPress(table, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    table.choose_row(1)
    table.choose_row(1)
    assert table.selected_rows() == [1]
    qtbot.keyRelease(table, Qt.Key.Key_Control)


def test_a_log_says_that_it_is_empty_only_once_it_was_read(log):
    text = hands.part(log, QPlainTextEdit, "logText")
    assert text.placeholderText() == ""
    log.finish_reading()
    assert text.placeholderText() == "Nothing was logged."
    log.clear()
    assert text.placeholderText() == ""


def test_a_log_whose_lines_are_all_of_other_levels_says_so(log):
    log.add([a_line(0)])
    log.finish_reading()
    hands.choose_text(log, "logLevel", "Errors")
    text = hands.part(log, QPlainTextEdit, "logText")
    assert text.toPlainText() == ""
    assert text.placeholderText() == "No lines of this level."
