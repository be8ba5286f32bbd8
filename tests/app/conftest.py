"""What tests of the app share: a dressed application, a running asyncio loop, and what pages are given."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from rivers_app.bridge.background import Background, Tasks
from rivers_app.bridge.project_session import ProjectSession, open_session
from rivers_app.icons import Icons
from rivers_app.navigation import Navigation
from rivers_app.notices import Notices
from rivers_app.settings import Settings
from rivers_app.shell import Shell
from rivers_app.theme import Appearance
from rivers_core.resources import resources_folder
from rivers_core.waiting import never_waiting

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


@pytest.fixture(scope="module", autouse=True)
def loaded_code_is_no_garbage() -> None:
    """What earlier tests let go is collected; all that is left, above all code, is not looked at again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_of_this_thread(loaded_code_is_no_garbage: None) -> Iterator[None]:
    """As in the app, widgets that Python lets go are destroyed on the GUI thread."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


def undress(application: QApplication) -> None:
    """Take the style sheet off.

    It is never emptied: Qt would forget the widgets it dressed, those that were not shown yet would not be
    dressed anew, and it would not hear of their end. The next style sheet would crash on them.
    """
    application.setStyleSheet("/* bare */")


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    """The app's look, taken off again after the test."""
    appearance = Appearance(qapp, resources_folder())
    yield appearance
    # Closed windows go before the style does: Qt would take it off each of their hundreds of parts.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    undress(qapp)
    appearance.setParent(None)
    appearance.deleteLater()


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """An asyncio loop that runs whenever Qt handles events, as in `qtbot.waitUntil`."""
    loop = QEventLoop(qapp, already_running=True)
    asyncio.set_event_loop(loop)
    yield loop
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    while any(not task.done() for task in pending):
        qapp.processEvents()
    qapp.processEvents()  # what is called when a task is done
    asyncio.events._set_running_loop(None)
    asyncio.set_event_loop(None)
    loop._QEventLoop__is_running = False  # stop() would have the application quit, which the next tests need
    loop.close()


@pytest.fixture
def shell(appearance: Appearance, loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Shell]:
    """What pages and dialogs are given, with settings of their own."""
    notices = Notices()
    shell = Shell(
        appearance=appearance,
        icons=Icons(appearance),
        background=Background(),
        tasks=Tasks(notices.report),
        notices=notices,
        navigation=Navigation(),
        settings=Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)),
    )
    yield shell
    shell.tasks.cancel_all()
    shell.background.close()


@pytest.fixture
def run(qtbot: QtBot, loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Awaits a coroutine while Qt handles events, and gives back or raises what it does.

    Meanwhile this thread may not wait for the database or for user code, as in the app.
    """

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(coroutine)
        with never_waiting():
            qtbot.waitUntil(task.done, timeout=30_000)
        return task.result()

    return run


PROJECT = '''
from datetime import datetime

import rivers_core as rs

days = rs.PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2024, 1, 11))


@rs.Asset(partitions_def=days, group="raw", kinds=["numbers"])
def daily(context: rs.AssetExecutionContext):
    """One number a day."""
    if context.partition_key == "2024-01-04":
        raise ValueError("There are no rows for this day.")
    return 1


@rs.Asset(partitions_def=days, group="made")
def doubled(daily):
    return daily * 2


@rs.Asset(group="made")
def constant():
    return 7


repo = rs.CodeRepository(assets=[daily, doubled, constant])
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: `daily` of ten days, of which 2024-01-04 fails, `doubled` made from it, and `constant`."""
    folder = tmp_path / "numbers"
    folder.mkdir()
    (folder / "assets.py").write_text(PROJECT, encoding="utf-8")
    return folder


@pytest.fixture
def session(shell: Shell, project: Path, run: Run[Any]) -> Iterator[ProjectSession]:
    """The small project, open and loaded."""
    session = run(open_session(project, shell.background, at_once=2))
    run(session.load())
    yield session
    run(session.close())
