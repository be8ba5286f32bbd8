"""Lists to tick, spans of time, and tags as one line."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QDateTimeEdit, QLabel, QLineEdit, QListView

from rivers_app.widgets.check_list import CheckableNames, CheckListPopup
from rivers_app.widgets.span_popup import SpanPopup
from rivers_app.widgets.tag_editor import TagEditor, parse_tags
from rivers_core.partitions.definitions import PartitionsDefinition
from tests import hands

NAMES = ["Boston", "Denver", "Dallas"]
DAYS = PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 3, 1))
HOURS = PartitionsDefinition.hourly(datetime(2024, 1, 1), datetime(2024, 1, 3))
UTC = QTimeZone(QTimeZone.Initialization.UTC)


@pytest.fixture
def cities(qtbot, shell):
    popup = CheckListPopup(shell, NAMES, "cities")
    qtbot.addWidget(popup)
    popup.tick_only([0])
    popup.show()
    return popup


@pytest.fixture
def span(qtbot):
    def span(definition, first, last):
        popup = SpanPopup(definition, "days")
        qtbot.addWidget(popup)
        anchor = QLabel()
        qtbot.addWidget(anchor)
        popup.open_below(anchor, first, last)
        return popup

    return span


def moment(popup, name):
    return popup.findChild(QDateTimeEdit, name).dateTime().toString("yyyy-MM-dd HH:mm")


def test_a_click_ticks_a_name_and_tells_all_that_are_ticked(cities, qtbot):
    names = hands.part(cities, QListView, "checkList")
    with qtbot.waitSignal(cities.ticked_changed) as told:
        names.setCurrentIndex(names.model().index(2, 0))
        QTest.keyClick(names, Qt.Key.Key_Space)
    assert told.args == [[0, 2]]


def test_what_is_found_is_ticked_and_the_rest_left_alone(cities, qtbot):
    QTest.keyClicks(hands.part(cities, QLineEdit, "checkListSearch"), "da")
    assert hands.part(cities, QListView, "checkList").model().rowCount() == 1
    with qtbot.waitSignal(cities.ticked_changed) as told:
        hands.press(cities, "checkListAll")
    assert told.args == [[0, 2]]


def test_none_unticks_what_is_found(cities, qtbot):
    with qtbot.waitSignal(cities.ticked_changed) as told:
        hands.press(cities, "checkListNone")
    assert told.args == [[]]


def test_names_are_a_sound_model(qapp):
    model = CheckableNames(NAMES)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert tester.model() is model
    assert model.setData(model.index(1), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert model.ticked == [1]
    assert not model.setData(model.index(1), "x", Qt.ItemDataRole.EditRole)


def test_a_span_begins_where_the_choice_is_and_is_told_in_ordinals(span, qtbot):
    popup = span(DAYS, 3, 9)
    assert (moment(popup, "spanFirst"), moment(popup, "spanLast")) == ("2024-01-04 00:00", "2024-01-10 00:00")
    popup.findChild(QDateTimeEdit, "spanLast").setDateTime(QDateTime(QDate(2024, 1, 31), QTime(0, 0), UTC))
    with qtbot.waitSignal(popup.span_chosen) as told:
        hands.press(popup, "spanUse")
    assert told.args == [3, 30]
    assert not popup.isVisible()


def test_the_last_days_are_one_click(span, qtbot):
    popup = span(DAYS, 0, 0)
    hands.press(popup, "spanLast7")
    with qtbot.waitSignal(popup.span_chosen) as told:
        hands.press(popup, "spanUse")
    assert told.args == [53, 59]


def test_ends_that_are_upside_down_are_turned(span, qtbot):
    popup = span(DAYS, 9, 9)
    popup.findChild(QDateTimeEdit, "spanLast").setDateTime(QDateTime(QDate(2024, 1, 3), QTime(0, 0), UTC))
    with qtbot.waitSignal(popup.span_chosen) as told:
        hands.press(popup, "spanUse")
    assert told.args == [2, 9]


def test_hours_are_asked_where_windows_are_shorter_than_a_day(span):
    popup = span(HOURS, 5, 30)
    assert moment(popup, "spanLast") == "2024-01-02 06:00"
    assert "HH" in popup.findChild(QDateTimeEdit, "spanFirst").displayFormat()


def test_tags_are_read_from_a_line(qtbot):
    editor = TagEditor()
    qtbot.addWidget(editor)
    editor.set_tags((("team", "data"), ("reason", "late files")))
    assert hands.part(editor, QLineEdit, "tagField").text() == "team=data, reason=late files"
    assert editor.tags == (("team", "data"), ("reason", "late files"))


@pytest.mark.parametrize("text", ["team", "=data", "team=", "team=a, team=b"])
def test_what_is_no_tag_is_refused_with_a_sentence(qtbot, text):
    editor = TagEditor()
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.changed):
        hands.part(editor, QLineEdit, "tagField").setText(text)
    assert editor.tags is None
    assert hands.part(editor, QLabel, "tagProblem").text().endswith(".")


def test_a_value_may_hold_an_equals_sign():
    assert parse_tags("query=a=b,") == (("query", "a=b"),)
