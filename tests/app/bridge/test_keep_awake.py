"""The computer is kept awake by a program that ends with the app."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rivers_app.bridge.keep_awake import KeepAwake, holding_command


@pytest.mark.parametrize(("platform", "program"), [("linux", "systemd-inhibit"), ("darwin", "caffeinate")])
def test_the_systems_own_program_holds_sleep_off(platform: str, program: str) -> None:
    command = holding_command(platform, 4711)
    assert command is not None
    assert command[0] == program


def test_the_program_ends_with_the_app() -> None:
    assert "4711" in (holding_command("darwin", 4711) or [])
    assert (holding_command("linux", 4711) or [])[-1] == "cat"


def test_a_system_without_such_a_program_is_left_alone() -> None:
    assert holding_command("plan9", 1) is None


def test_holding_and_letting_go_can_be_repeated(qtbot: QtBot, qapp: QApplication) -> None:
    awake = KeepAwake()
    for is_wanted in (True, True, False, False, True, False):
        awake.hold(is_wanted)
        assert awake.is_held is is_wanted
    qtbot.waitUntil(lambda: not qapp.findChildren(QProcess))
