"""Messages of the desktop with buttons, by a stand-in for the program that shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rivers_app.bridge.desktop_messages import PROGRAM, DesktopMessages, message_arguments

Install = Callable[[str], Path]
ACTIONS = [("rerun", "Rerun Failed"), ("default", "Show")]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program of that name where programs are looked for; the file in which it notes its arguments."""

    def install(script: str) -> Path:
        noted = tmp_path / "arguments"
        program = tmp_path / "bin" / PROGRAM
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{noted}"\n{script}\n', encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        return noted

    return install


def test_text_that_looks_like_an_option_is_text() -> None:
    assert message_arguments("Title", "--5 failed", ACTIONS)[-3:] == ["--", "Title", "--5 failed"]


@pytest.mark.skipif("sys.platform == 'win32'")
def test_the_button_that_was_pressed_is_told_with_what_it_was_about(qtbot: QtBot, install: Install) -> None:
    noted = install("echo rerun; exec sleep 600")
    messages = DesktopMessages()
    with qtbot.waitSignal(messages.chosen, timeout=30_000) as chosen:
        assert messages.show("b3", "Rivers Desktop", "2 failed", ACTIONS)
    assert chosen.args == ["b3", "rerun"]
    assert noted.read_text(encoding="utf-8").splitlines()[-5:] == [
        "--action=rerun=Rerun Failed",
        "--action=default=Show",
        "--",
        "Rivers Desktop",
        "2 failed",
    ]


def test_a_desktop_without_messages_is_told_to_be_one(qtbot: QtBot, install: Install) -> None:
    install("exit 1")
    messages = DesktopMessages()
    with qtbot.waitSignal(messages.unshown, timeout=30_000) as unshown:
        messages.show("b3", "Rivers Desktop", "2 failed", ACTIONS)
    assert unshown.args == ["b3"]


def test_without_the_program_nothing_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not DesktopMessages().show("b3", "Rivers Desktop", "2 failed", ACTIONS)


def test_a_later_message_takes_the_place_of_the_earlier_and_none_outlives_the_app(
    qtbot: QtBot, qapp: QApplication, install: Install
) -> None:
    install("exec sleep 600")
    messages = DesktopMessages()
    answers: list[tuple[str, str]] = []
    messages.chosen.connect(lambda *answer: answers.append(answer))
    messages.unshown.connect(lambda token: answers.append((token, "")))
    messages.show("b1", "Rivers Desktop", "1 failed", ACTIONS)
    messages.show("b2", "Rivers Desktop", "2 failed", ACTIONS)
    assert len(messages.findChildren(QProcess)) == 1
    messages.take_back()
    qtbot.waitUntil(lambda: not qapp.findChildren(QProcess), timeout=30_000)
    assert answers == []
