"""What tests of the app share: a dressed application, a running asyncio loop, and what pages are given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from rivers_app.bridge.background import Background, Tasks
from rivers_app.icons import Icons
from rivers_app.navigation import Navigation
from rivers_app.notices import Notices
from rivers_app.settings import Settings
from rivers_app.shell import Shell
from rivers_app.theme import Appearance
from rivers_core.resources import resources_folder


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    """The app's look, taken off again after the test."""
    appearance = Appearance(qapp, resources_folder())
    yield appearance
    qapp.setStyleSheet("")
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
