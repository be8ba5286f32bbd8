"""The end of a backfill is told, with what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QProcess, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rivers_app.bridge.desktop_messages import PROGRAM
from rivers_app.notices import Kind, Notice
from rivers_app.shell import Shell
from rivers_app.views.notifications import Notifications, ending_text
from rivers_core.exceptions import StorageError
from rivers_core.states import BackfillState
from tests.app.builders import a_backfill

_FIRST_BUTTON = """#!/bin/sh
for word in "$@"; do
    case $word in --action=*) word=${word#--action=}; echo "${word%%=*}"; exit ;; esac
done
"""


class Session(QObject):
    backfill_ended = Signal(object)
    backfill_failed = Signal(str, object)
    backfill_warned = Signal(str, str)


@pytest.fixture
def shown(shell: Shell) -> list[Notice]:
    notices: list[Notice] = []
    shell.notices.shown.connect(notices.append)
    return notices


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def notifications(qtbot: QtBot, shell: Shell, session: Session) -> Notifications:
    window = QWidget()
    qtbot.addWidget(window)
    notifications = Notifications(shell, window)
    notifications.set_session(session)  # type: ignore[arg-type]  # a stand-in
    return notifications


def test_the_end_is_told_in_counts() -> None:
    failed = a_backfill("b3", state=BackfillState.FAILED, completed=7, failed=2, canceled=1)
    assert ending_text(failed) == "Backfill b3 of daily ended: 7 partitions completed, 2 failed, 1 canceled."
    canceled = a_backfill("b3", state=BackfillState.CANCELED, completed=1, canceled=9)
    assert ending_text(canceled) == "Backfill b3 of daily was canceled: 1 partition completed, 9 canceled."


def test_failed_partitions_can_be_rerun_from_the_notice(
    qtbot: QtBot, notifications: Notifications, session: Session, shown: list[Notice]
) -> None:
    session.backfill_ended.emit(a_backfill("b3", state=BackfillState.FAILED, completed=9, failed=1))
    assert shown[0].kind is Kind.WARNING
    rerun = next(action for action in shown[0].actions if action.text == "Rerun Failed")
    with qtbot.waitSignal(notifications.rerun_chosen) as chosen:
        rerun.chosen()
    assert chosen.args == ["b3"]


def test_what_was_canceled_is_offered_by_that_name(
    notifications: Notifications, session: Session, shown: list[Notice]
) -> None:
    session.backfill_ended.emit(a_backfill("b3", state=BackfillState.CANCELED, completed=2, canceled=8))
    session.backfill_ended.emit(a_backfill("b4", state=BackfillState.CANCELED, completed=2, failed=1, canceled=7))
    assert [notice.actions[0].text for notice in shown] == ["Rerun Canceled", "Rerun Failed"]


def test_a_good_end_can_be_looked_at(
    qtbot: QtBot, notifications: Notifications, session: Session, shown: list[Notice], shell: Shell
) -> None:
    session.backfill_ended.emit(a_backfill("b3", state=BackfillState.COMPLETED, completed=10))
    assert [action.text for action in shown[0].actions] == ["Show"]
    dismissed: list[str] = []
    shell.notices.dismissed.connect(dismissed.append)
    shown[0].actions[0].chosen()
    assert dismissed == [shown[0].key], "what is looked at need not be told any more"


def test_what_goes_wrong_beside_the_partitions_is_told(
    notifications: Notifications, session: Session, shown: list[Notice]
) -> None:
    session.backfill_failed.emit("b1", StorageError("The disk is full. Make room on it."))
    session.backfill_warned.emit("b1", "A mark changes nothing in a run of one partition.")
    assert [(notice.kind, notice.text) for notice in shown] == [
        (Kind.DANGER, "The disk is full. Make room on it."),
        (Kind.WARNING, "A mark changes nothing in a run of one partition."),
    ]


def test_another_project_is_not_listened_to_any_more(
    notifications: Notifications, session: Session, shown: list[Notice]
) -> None:
    notifications.set_session(None)
    session.backfill_ended.emit(a_backfill("b3", state=BackfillState.COMPLETED))
    assert shown == []


@pytest.fixture
def answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop on which the person presses the first button of every message."""
    program = tmp_path / "bin" / PROGRAM
    program.parent.mkdir()
    program.write_text(_FIRST_BUTTON, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


@pytest.mark.usefixtures("answered")
def test_the_desktops_message_of_a_failure_offers_to_rerun(
    qtbot: QtBot, notifications: Notifications, session: Session
) -> None:
    with (
        qtbot.waitSignal(notifications.window_wanted, timeout=30_000),
        qtbot.waitSignal(notifications.rerun_chosen, timeout=30_000) as chosen,
    ):
        session.backfill_ended.emit(a_backfill("b3", state=BackfillState.FAILED, completed=9, failed=1))
    assert chosen.args == ["b3"]


@pytest.mark.usefixtures("answered")
def test_the_desktops_message_of_a_good_end_leads_to_the_backfill(
    qtbot: QtBot, notifications: Notifications, session: Session, shell: Shell
) -> None:
    with qtbot.waitSignal(shell.navigation.backfill_opened, timeout=30_000) as opened:
        session.backfill_ended.emit(a_backfill("b4", state=BackfillState.COMPLETED, completed=10))
    assert opened.args == ["b4"]


@pytest.mark.usefixtures("answered")
def test_nothing_is_sent_to_a_person_who_wants_no_messages(
    notifications: Notifications, session: Session, shell: Shell
) -> None:
    shell.settings.preferences = replace(shell.settings.preferences, notify_ends=False)
    session.backfill_ended.emit(a_backfill("b4", state=BackfillState.COMPLETED, completed=10))
    assert notifications.findChildren(QProcess) == []
