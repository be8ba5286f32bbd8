"""Blocking calls run off the GUI thread, errors arrive where they are shown, and nothing outlives its owner."""

from __future__ import annotations

import asyncio
import threading

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from rivers_app.bridge.background import Lane
from rivers_app.shell import Shell
from rivers_core.exceptions import StorageError


def test_a_call_runs_on_another_thread_and_its_answer_comes_back_to_this_one(qtbot: QtBot, shell: Shell) -> None:
    answers: list[tuple[str, bool]] = []

    async def ask() -> None:
        name = await shell.background(lambda: threading.current_thread().name)
        answers.append((name, threading.current_thread() is threading.main_thread()))

    shell.tasks.start(shell.navigation, ask())
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [("rivers-question_0", True)]


def test_a_command_does_not_wait_for_slow_plans(qtbot: QtBot, shell: Shell) -> None:
    release = threading.Event()
    ended: list[str] = []

    async def ask(name: str, lane: Lane, wait: bool) -> None:
        await shell.background(release.wait if wait else lambda: None, lane=lane)
        ended.append(name)

    for number in range(5):
        shell.tasks.start(shell.navigation, ask(f"plan {number}", Lane.PLAN, True))
    shell.tasks.start(shell.navigation, ask("cancel", Lane.COMMAND, False))
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == ["cancel"]
    release.set()
    qtbot.waitUntil(lambda: len(ended) == 6)


def test_an_error_reaches_the_notices_and_a_handler_of_its_own_where_there_is_one(qtbot: QtBot, shell: Shell) -> None:
    shown: list[str] = []
    caught: list[Exception] = []
    shell.notices.shown.connect(lambda notice: shown.append(notice.text))

    async def fail(sentence: str) -> None:
        def refuse() -> None:
            raise StorageError(sentence)

        await shell.background(refuse)

    shell.tasks.start(shell.navigation, fail("The disk is full. Make room on it."))
    shell.tasks.start(shell.navigation, fail("Only the dialog shows this."), on_error=caught.append)
    qtbot.waitUntil(lambda: bool(shown) and bool(caught))
    assert shown == ["The disk is full. Make room on it."]
    assert [str(error) for error in caught] == ["Only the dialog shows this."]


def test_a_later_task_of_the_same_owner_and_key_takes_the_place_of_the_earlier(qtbot: QtBot, shell: Shell) -> None:
    release = threading.Event()
    ended: list[int] = []

    async def ask(number: int) -> None:
        await shell.background(release.wait)
        ended.append(number)

    first = shell.tasks.start(shell.navigation, ask(1), key="load")
    shell.tasks.start(shell.navigation, ask(2), key="load")
    other = shell.tasks.start(shell.notices, ask(3), key="load")
    release.set()
    qtbot.waitUntil(lambda: len(ended) == 2)
    assert first.cancelled()
    assert sorted(ended) == [2, 3]
    assert other.done()


def test_a_task_ends_with_the_object_it_belongs_to(qtbot: QtBot, shell: Shell) -> None:
    owner = QObject()
    never = asyncio.get_event_loop().create_future()

    async def wait() -> None:
        await never

    task = shell.tasks.start(owner, wait())
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(task.cancelled)
