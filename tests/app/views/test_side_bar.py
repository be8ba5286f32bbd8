"""The side navigation names the open project as it is called."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.views.side_bar import SideBar
from tests.hands import part


def test_an_ampersand_in_a_projects_name_is_shown(qtbot: QtBot, shell: Shell) -> None:
    menu = QMenu()
    bar = SideBar(shell, menu)
    qtbot.addWidget(menu)
    qtbot.addWidget(bar)
    bar.set_project("R & D")
    assert part(bar, QToolButton, "projectButton").text() == " R && D"
