"""What tests of the views share: the real window, and a project opened in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_app.views.main_window import MainWindow
from tests.app.conftest import Run
from tests.hands import dialog

MILLISECONDS = 90_000
Open = Callable[[Path], MainWindow]
OpenDialog = Callable[[str], QWidget]


@pytest.fixture
def desktop(shell: Shell, run: Run[Any]) -> Iterator[Desktop]:
    """The window and its dialogs. Every project that was opened in it is closed, also one that is just being left."""
    desktop = Desktop(shell)
    sessions: list[ProjectSession | None] = []
    desktop.projects.switched.connect(sessions.append)
    desktop.window.resize(1280, 720)
    desktop.show()
    yield desktop
    for session in filter(None, sessions):
        run(session.close())
    desktop.window.hide()
    desktop.window.deleteLater()


@pytest.fixture
def opened(qtbot: QtBot, shell: Shell, desktop: Desktop) -> Open:
    """Opens a project that is trusted, and waits until its code was read."""

    def opened(project: Path) -> MainWindow:
        shell.settings.trust(project)
        desktop.projects.open(project)
        window = desktop.window
        qtbot.waitUntil(lambda: window.session is not None and window.session.spec is not None, timeout=MILLISECONDS)
        return window

    return opened


@pytest.fixture
def open_dialog(qtbot: QtBot) -> OpenDialog:
    """The dialog of a name, once it is open."""

    def open_dialog(name: str) -> QWidget:
        qtbot.waitUntil(lambda: dialog(name) is not None, timeout=MILLISECONDS)
        found = dialog(name)
        assert found is not None
        return found

    return open_dialog
