"""Notices over the page: what they say, what they offer, and when they go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.notices import Kind, Notice, NoticeAction, notice_of
from rivers_app.shell import Shell
from rivers_app.widgets.banner import Banner, BannerStack
from rivers_core.exceptions import CodeLocationError, StorageError


@pytest.fixture
def stack(qtbot: QtBot, shell: Shell) -> BannerStack:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(900, 600)
    over.show()
    return BannerStack(shell, over)


def click(qtbot: QtBot, inside: QWidget, kind: type[QWidget], name: str) -> None:
    shown = next(part for part in inside.findChildren(kind, name) if part.isVisible())
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)


def test_a_users_error_is_its_sentence_and_a_bug_has_its_traceback_to_copy() -> None:
    assert notice_of(StorageError("The disk is full. Make room.")).text == "The disk is full. Make room."
    assert notice_of(StorageError("The disk is full. Make room.")).details == ""
    assert notice_of(CodeLocationError("assets.py, line 3: no.", "Traceback ...")).details == "Traceback ..."
    bug = notice_of(ZeroDivisionError("oops"))
    assert "oops" not in bug.text
    assert "ZeroDivisionError: oops" in bug.details


def test_details_are_shown_on_request_and_copied(qtbot: QtBot, shell: Shell) -> None:
    banner = Banner(shell)
    qtbot.addWidget(banner)
    banner.show_notice(Notice(Kind.DANGER, "It failed.", "line 1\nline 2"))
    details = banner.findChild(QPlainTextEdit, "bannerDetails")
    assert details is not None
    assert not details.isVisible()
    click(qtbot, banner, QPushButton, "bannerDetailsButton")
    assert details.isVisible()
    click(qtbot, banner, QPushButton, "bannerCopyButton")
    assert QGuiApplication.clipboard().text() == "It failed.\n\nline 1\nline 2"


def test_an_action_does_what_it_says_and_takes_the_notice_away(qtbot: QtBot, stack: BannerStack) -> None:
    done: list[str] = []
    stack.show_notice(
        Notice(Kind.WARNING, "Interrupted.", "", (NoticeAction("Resume", lambda: done.append("resumed")),))
    )
    assert stack.isVisible()
    click(qtbot, stack, QPushButton, "bannerAction0")
    assert done == ["resumed"]
    assert stack.notices == []
    assert not stack.isVisible()


def test_a_notice_with_the_same_key_replaces_the_one_before(stack: BannerStack) -> None:
    stack.show_notice(Notice(Kind.NOTICE, "First.", key="k"))
    stack.show_notice(Notice(Kind.NOTICE, "Other.", key="other"))
    stack.show_notice(Notice(Kind.DANGER, "Second.", key="k"))
    assert [notice.text for notice in stack.notices] == ["Second.", "Other."]


def test_notices_can_be_dismissed_by_key_and_by_hand(qtbot: QtBot, stack: BannerStack, shell: Shell) -> None:
    shell.notices.show(Notice(Kind.NOTICE, "First.", key="a"))
    shell.notices.show(Notice(Kind.NOTICE, "Second.", key="b"))
    shell.notices.dismiss("a")
    assert [notice.text for notice in stack.notices] == ["Second."]
    click(qtbot, stack, QToolButton, "bannerDismissButton")
    assert stack.notices == []


def test_only_the_latest_few_notices_stay(stack: BannerStack) -> None:
    for number in range(BannerStack.MOST + 3):
        stack.show_notice(Notice(Kind.NOTICE, f"{number}."))
    assert [notice.text for notice in stack.notices] == [f"{number}." for number in range(3, BannerStack.MOST + 3)]


def test_the_notices_lie_within_the_window_and_move_nothing(qtbot: QtBot, stack: BannerStack) -> None:
    over = stack.parentWidget()
    assert over is not None
    for number in range(3):
        stack.show_notice(Notice(Kind.DANGER, f"{number}: " + "a long sentence that has to be wrapped " * 6))
    qtbot.waitUntil(lambda: stack.height() > 150)
    over.resize(640, 500)
    qtbot.waitUntil(lambda: over.rect().contains(stack.geometry()))
    texts = stack.findChildren(QLabel, "bannerText")
    assert all(text.height() >= text.heightForWidth(text.width()) for text in texts)


def test_a_passing_notice_goes_once_it_was_read_and_others_stay(
    qtbot: QtBot, stack: BannerStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BannerStack, "PASSING_MILLISECONDS", 1)
    stack.show_notice(Notice(Kind.NOTICE, "stays", key="a"))
    stack.show_notice(Notice(Kind.NOTICE, "passes", key="b", passing=True))
    stack.show_notice(Notice(Kind.SUCCESS, "done", key="c"))
    qtbot.waitUntil(lambda: [notice.text for notice in stack.notices] == ["stays"])


def test_room_is_asked_for_notices_that_stay_and_not_for_those_that_pass(qtbot: QtBot, stack: BannerStack) -> None:
    rooms: list[int] = []
    stack.room_wanted.connect(rooms.append)
    stack.show_notice(Notice(Kind.SUCCESS, "done", key="a"))
    assert rooms == []
    stack.show_notice(Notice(Kind.WARNING, "stays", key="b"))
    qtbot.waitUntil(lambda: bool(rooms))
    staying = next(banner for banner in stack.findChildren(Banner) if banner.notice and banner.notice.key == "b")
    qtbot.waitUntil(lambda: rooms[-1] >= staying.height() > 20)
    lower_edge = stack.geometry().bottom()
    assert stack.mapToParent(staying.geometry().bottomLeft()).y() == lower_edge, "what passes lies above"
    stack.dismiss("b")
    assert rooms[-1] == 0
