"""What journeys share: desks to sit down at, one after the other, with the same memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rivers_app.application import make_shell
from rivers_app.views.desktop import Desktop
from tests.app.conftest import garbage_of_this_thread, loaded_code_is_no_garbage, loop, undress
from tests.journeys.desk import Desk

__all__ = ["garbage_of_this_thread", "loaded_code_is_no_garbage", "loop"]

SitDown = Callable[[], Desk]


@pytest.fixture
def sit_down(qtbot: QtBot, qapp: QApplication, loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[SitDown]:
    """Starts the app as its composition root does; what it remembered at the last desk, it knows at the next."""
    desks: list[Desk] = []

    def sit_down() -> Desk:
        store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        shell = make_shell(qapp, store)
        desk = Desk(qtbot, shell, Desktop(shell))
        desk.desktop.show()
        desk.window.resize(1280, 800)
        desks.append(desk)
        return desk

    yield sit_down
    for desk in desks:
        _clear(desk)
    undress(qapp)


def _clear(desk: Desk) -> None:
    """Whatever a journey left open goes, without a question."""
    desk.shell.tasks.cancel_all()
    session = desk.window.session
    if session is not None:
        desk.window.set_session(None)
        desk.desktop.projects.switched.emit(None)
        closing = asyncio.ensure_future(session.close())
        desk.wait(closing.done)
    desk.shell.tasks.cancel_all()
    desk.shell.background.close()
    desk.window.hide()
    desk.desktop.deleteLater()
    desk.window.deleteLater()
    desk.shell.appearance.setParent(None)
    desk.shell.appearance.deleteLater()


@pytest.fixture
def desk(sit_down: SitDown) -> Desk:
    return sit_down()
