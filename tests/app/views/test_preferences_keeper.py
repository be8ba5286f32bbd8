"""A preference holds at once, and history goes only after it was said what goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.cleaning import what_goes
from rivers_app.notices import Notice
from rivers_app.palettes import Scheme
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_app.views.preferences_keeper import PreferencesKeeper
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState
from tests.app.builders import a_backfill
from tests.app.conftest import Run


@pytest.fixture
def keeper(qtbot: QtBot, shell: Shell, session: ProjectSession) -> PreferencesKeeper:
    window = MainWindow(shell)
    qtbot.addWidget(window, before_close_func=lambda shown: shown.set_session(None))
    window.set_session(session)
    window.show()
    keeper = PreferencesKeeper(shell, window)
    keeper.set_session(session)
    return keeper


def test_looks_workers_and_backfills_at_once_hold_at_once(
    qtbot: QtBot, keeper: PreferencesKeeper, shell: Shell, session: ProjectSession
) -> None:
    keeper.change(scheme=Scheme.DARK, workers=3, backfills_at_once=4)
    assert shell.appearance.theme.scheme is Scheme.DARK
    assert shell.settings.preferences.workers == 3
    qtbot.waitUntil(lambda: session.engine.slots == 3)


def test_history_is_cleaned_after_asking(
    qtbot: QtBot, keeper: PreferencesKeeper, shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("constant",))))
    record = run(session.launch(plan))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=30_000)
    shell.settings.preferences = replace(shell.settings.preferences, history_days=0)
    keeper.open()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    preferences = QApplication.activeModalWidget()
    assert preferences is not None
    preferences.cleaning_wanted.emit()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not preferences)
    question = QApplication.activeModalWidget()
    assert question is not None
    with qtbot.waitSignal(session.backfills_deleted, timeout=30_000) as deleted:
        qtbot.mouseClick(question.findChild(QPushButton, "deleteHistoryButton"), Qt.MouseButton.LeftButton)
    assert deleted.args == [[record.backfill_id]]
    assert run(shell.background(session.engine.backfills)) == []


def test_history_older_than_is_wanted_goes_when_the_project_is_opened_and_is_told(
    qtbot: QtBot, keeper: PreferencesKeeper, shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("constant",))))
    record = run(session.launch(plan))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=30_000)
    told: list[Notice] = []
    shell.notices.shown.connect(told.append)
    keeper.set_session(None)
    keeper.set_session(session)
    kept = [known.backfill_id for known in run(shell.background(session.engine.backfills))]
    assert kept == [record.backfill_id], "without a limit everything stays"
    shell.settings.preferences = replace(shell.settings.preferences, history_days=0)
    keeper.set_session(None)
    with qtbot.waitSignal(session.backfills_deleted, timeout=30_000):
        keeper.set_session(session)
    qtbot.waitUntil(lambda: bool(told))
    assert "1 backfill with 1 run and their logs" in told[0].text
    assert run(shell.background(session.engine.backfills)) == []
    assert run(shell.background(session.engine.partition, "constant", -1)).materialization is not None


def test_what_goes_is_said_in_numbers_and_dates() -> None:
    ended = {"state": BackfillState.COMPLETED, "ended_runs": 3}
    old = [a_backfill(f"b{day}", created=86_400.0 * day, **ended) for day in (2, 40)]
    assert what_goes(old).startswith("2 backfills with 6 runs and their logs, from 1970-01-0")
