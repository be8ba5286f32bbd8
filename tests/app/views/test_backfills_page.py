"""The Backfills page: the list and its filter, and what can be done with the chosen ones."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import QDate
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.shell import Shell
from rivers_app.views.backfill_list import BackfillList
from rivers_app.views.backfills import BackfillsPage
from rivers_core.exceptions import UnknownBackfillError
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState
from tests import hands
from tests.app.builders import a_backfill
from tests.app.conftest import Run

MILLISECONDS = 20_000


@pytest.fixture
def backfill(qtbot: QtBot, session: ProjectSession, run: Run[Any]):
    """Runs all of an asset to the end; the id of the backfill."""

    def backfill(asset: str = "daily", **more: Any) -> str:
        has_partitions = session.engine.definition(asset) is not None
        fields = {"selection": (asset,), "all_partitions": has_partitions, **more}
        wanted = BackfillRequest.model_validate(fields)
        with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS) as ended:
            run(session.launch(session.engine.plan(wanted)))
        return ended.args[0].backfill_id

    return backfill


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, session: ProjectSession) -> BackfillsPage:
    page = BackfillsPage(shell)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.set_session(session)
    page.show()
    return page


@pytest.fixture
def until(qtbot: QtBot):
    def until(condition) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=MILLISECONDS)

    return until


def listed(page: QWidget) -> list[str]:
    model = hands.part(page, QTableView, "backfillTable").model()
    assert model is not None
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def title(page: QWidget) -> str:
    return hands.part(page, QLabel, "backfillTitle").text()


def is_enabled(page: QWidget, name: str) -> bool:
    return hands.part(page, QPushButton, name).isEnabled()


def test_without_backfills_it_says_how_to_begin(page, shell, qtbot):
    assert page.findChild(QStackedWidget, "backfillsStack").currentWidget().accessibleName().startswith("No backfills")
    with qtbot.waitSignal(shell.navigation.backfill_requested):
        hands.press(page, "newBackfillButton")


def test_a_backfill_appears_while_it_runs_and_shows_its_cells_at_the_end(page, backfill, until):
    backfill_id = backfill()
    until(lambda: listed(page) == [backfill_id])
    until(lambda: title(page) == f"Backfill {backfill_id} · daily · failed")
    heatmap = hands.part(page, PartitionHeatmap, "backfillHeatmap")
    until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] == 9)
    assert heatmap.model.counts()[PartitionState.FAILED] == 1
    assert "10 of 10 partitions · 1 failed" in hands.part(page, QLabel, "backfillFacts").text()


def test_what_begins_or_goes_while_the_list_is_read_is_not_lost(page, session, backfill, until, qtbot, monkeypatch):
    backfill()
    until(lambda: listed(page) == ["b1"])
    has_read, may_answer, read = Event(), Event(), session.engine.backfills

    def slowly(**query):
        found = read(**query)
        has_read.set()
        may_answer.wait()
        return found

    monkeypatch.setattr(session.engine, "backfills", slowly)
    page.set_session(None)
    page.set_session(session)
    until(has_read.is_set)
    session.backfills_changed.emit([a_backfill("b2"), a_backfill("b3")])
    session.backfills_deleted.emit(["b1", "b3"])
    with qtbot.waitSignal(page.findChildren(BackfillList)[0].loaded):
        may_answer.set()
    until(lambda: listed(page) == ["b2"])


def test_words_states_and_age_narrow_the_list(page, backfill, until):
    failed, completed = backfill(), backfill("constant", tags=(("team", "shop"),))
    until(lambda: listed(page) == [completed, failed])
    hands.write(page, "backfillFilterField", "shop")
    until(lambda: listed(page) == [completed])
    hands.write(page, "backfillFilterField", "daily")
    until(lambda: listed(page) == [failed])
    hands.press(page, "backfillChip_completed")
    until(lambda: listed(page) == [])
    hands.press(page, "showAllBackfills")
    until(lambda: listed(page) == [completed, failed])
    hands.choose_text(page, "backfillAge", "Last 24 hours")
    until(lambda: listed(page) == [completed, failed])
    assert page.findChild(QComboBox, "backfillAge").currentData() == 1


def test_the_list_is_narrowed_to_the_days_between_two_that_are_chosen(page, backfill, until):
    made = backfill()
    until(lambda: listed(page) == [made])
    first, last = (hands.part(page, QDateEdit, name) for name in ("backfillSince", "backfillUntil"))
    assert not first.isVisible()
    hands.choose_text(page, "backfillAge", "Between…")
    assert first.isVisible()
    today = QDate.currentDate()
    assert (first.date(), last.date()) == (today.addDays(-30), today)
    until(lambda: listed(page) == [made])
    last.setDate(today.addDays(-2))
    until(lambda: listed(page) == [])
    last.setDate(today.addDays(-40))
    assert first.date() == today.addDays(-40), "never after the last"
    hands.press(page, "showAllBackfills")
    until(lambda: listed(page) == [made])
    assert not first.isVisible()


def test_a_backfill_that_is_asked_for_is_shown_whatever_the_filter_hides(page, backfill, until):
    failed, completed = backfill(), backfill("constant")
    until(lambda: listed(page) == [completed, failed])
    hands.press(page, "backfillChip_completed")
    until(lambda: listed(page) == [completed])
    page.show_backfill(failed)
    until(lambda: title(page).startswith(f"Backfill {failed} "))


def test_a_rerun_of_what_failed_is_previewed_before_it_runs_and_shown_when_it_does(
    page, shell, session, qtbot, backfill, until
):
    backfill()
    until(lambda: is_enabled(page, "rerunButton"))
    action = page.findChild(QAction, "rerunFailedAction")
    assert action.text() == "Failed and Canceled (1)"
    action.trigger()
    until(lambda: hands.dialog("previewDialog") is not None)
    preview = hands.dialog("previewDialog")
    assert hands.part(preview, QLabel, "previewTitle").text() == "1 partition in 1 run"
    dismissed = []
    shell.notices.dismissed.connect(dismissed.append)
    with qtbot.waitSignal(shell.navigation.backfill_opened, timeout=20_000) as opened:
        hands.press(preview, "launchButton")
    assert opened.args == ["b2"]
    assert "backfill b1" in dismissed
    until(lambda: session.engine.count_backfills() == 2 and not session.backfills)
    assert session.engine.backfill("b2").rerun_of == "b1"
    page.show_backfill("b1")
    hands.part(page, QTabWidget, "backfillTabs").setCurrentIndex(3)
    until(lambda: page.findChild(QPushButton, "openBackfill_b2") is not None)


def test_nothing_failed_leaves_nothing_to_rerun_but_all(page, backfill, until):
    backfill("constant")
    until(lambda: is_enabled(page, "rerunButton"))
    assert not page.findChild(QAction, "rerunFailedAction").isEnabled()
    assert page.findChild(QAction, "rerunAllAction").isEnabled()


def test_edit_and_rerun_opens_the_dialog_with_the_earlier_request(page, shell, qtbot, backfill, until):
    backfill(max_concurrency=9)
    until(lambda: is_enabled(page, "rerunButton"))
    with qtbot.waitSignal(shell.navigation.backfill_requested, timeout=MILLISECONDS) as asked:
        page.findChild(QAction, "editAndRerunAction").trigger()
    (draft,) = asked.args
    assert draft.assets == ("daily",)
    assert len(draft.subset) == 10
    assert draft.request.max_concurrency == 9


def test_deleting_asks_first_and_takes_the_runs_along(page, session, backfill, until):
    backfill_id = backfill()
    until(lambda: is_enabled(page, "deleteBackfillButton"))
    hands.press(page, "deleteBackfillButton")
    until(lambda: hands.dialog("deleteBackfillDialog") is not None)
    hands.press(hands.dialog("deleteBackfillDialog"), "keepBackfill")
    until(lambda: hands.dialog("deleteBackfillDialog") is None)
    assert session.engine.count_backfills() == 1
    hands.press(page, "deleteBackfillButton")
    until(lambda: hands.dialog("deleteBackfillDialog") is not None)
    hands.press(hands.dialog("deleteBackfillDialog"), "confirmDelete")
    until(lambda: listed(page) == [])
    with pytest.raises(UnknownBackfillError):
        session.engine.backfill(backfill_id)
    assert session.engine.count_runs() == 0
    assert session.engine.asset_counts()["daily"][PartitionState.COMPLETED] == 9, "states stay"
    assert not session.engine.partition("daily", 0).has_run


def test_a_menu_that_was_open_while_its_backfill_went_does_nothing(page, session, shell, backfill, until):
    backfill()
    until(lambda: is_enabled(page, "rerunButton"))
    menu = hands.part(page, QPushButton, "rerunButton").menu()
    told = []
    shell.notices.shown.connect(told.append)
    session.backfills_deleted.emit(["b1"])
    until(lambda: listed(page) == [])
    for action in menu.actions():
        action.trigger()
    assert told == []
    assert hands.dialog("previewDialog") is None


def test_an_ended_backfill_can_be_neither_paused_nor_canceled(page, backfill, until):
    backfill()
    until(lambda: is_enabled(page, "deleteBackfillButton"))
    assert not is_enabled(page, "pauseButton")
    assert not is_enabled(page, "cancelButton")


def test_several_selected_ones_are_counted_and_deleted_together(page, session, backfill, until):
    backfill("constant"), backfill("constant")
    until(lambda: len(listed(page)) == 2)
    hands.part(page, QTableView, "backfillTable").selectAll()
    assert title(page) == "2 backfills selected"
    assert not is_enabled(page, "rerunButton")
    hands.press(page, "deleteBackfillButton")
    until(lambda: hands.dialog("deleteBackfillDialog") is not None)
    hands.press(hands.dialog("deleteBackfillDialog"), "confirmDelete")
    until(lambda: session.engine.count_backfills() == 0)


def test_the_log_holds_what_every_run_said_also_of_a_backfill_that_still_runs(page, backfill, until):
    backfill()
    hands.part(page, QTabWidget, "backfillTabs").setCurrentIndex(2)
    text = hands.part(page, QPlainTextEdit, "logText")
    until(lambda: "ValueError: There are no rows for this day." in text.toPlainText())
    assert {line.split()[0] for line in text.toPlainText().split("\n")} == {"r4"}, "only the fourth day says something"
    second = backfill("daily", where=("failed",), all_partitions=True)
    page.show_backfill(second)
    until(lambda: title(page).startswith(f"Backfill {second}"))
    until(lambda: text.toPlainText().startswith("r11"))


def test_settings_tell_how_it_was_asked_for_and_copy_it(page, backfill, until):
    backfill(tags=(("team", "data"),), config={})
    hands.part(page, QTabWidget, "backfillTabs").setCurrentIndex(3)
    until(lambda: page.findChild(QLabel, "setting_Tags") is not None)
    assert hands.part(page, QLabel, "setting_Tags").text() == "team=data"
    assert hands.part(page, QLabel, "setting_Launched").text().endswith("by app")
    hands.press(page, "copyBackfillCommand")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("rivers-core backfill")
    assert "--tag team=data" in copied


def test_a_run_of_the_list_below_opens_on_its_own_page(page, shell, qtbot, backfill, until):
    backfill()
    hands.part(page, QTabWidget, "backfillTabs").setCurrentIndex(1)
    runs = hands.part(page, QTableView, "backfillRunTable")
    until(lambda: runs.model().rowCount() == 10)
    runs.setCurrentIndex(runs.model().index(0, 0))
    with qtbot.waitSignal(shell.navigation.run_opened) as opened:
        runs.activated.emit(runs.currentIndex())
    assert opened.args[0] == "r1"
