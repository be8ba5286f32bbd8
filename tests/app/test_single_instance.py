"""A second start hands what it was asked for to the first, and opens a window where nobody answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, QTimer
from pytestqt.qtbot import QtBot

from rivers_app.single_instance import SingleInstance, arguments_of

SECOND_START = """\
import sys
from PySide6.QtCore import QCoreApplication
from rivers_app.single_instance import SingleInstance
application = QCoreApplication([])
sys.exit(0 if SingleInstance(sys.argv[1]).hand_over(sys.argv[2:]) else 1)
"""


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "door")


def test_the_first_gets_the_projects_whole_path_from_the_second(qtbot: QtBot, place: str, tmp_path: Path):
    first = SingleInstance(place)
    assert first.listen()
    second = QProcess()
    second.setWorkingDirectory(str(tmp_path))
    asked: list[list[str]] = []
    first.asked.connect(asked.append)
    with qtbot.waitSignal(second.finished, timeout=30_000):
        second.start(sys.executable, ["-c", SECOND_START, place, "flights", "--demo"])
    assert asked == [[str(tmp_path / "flights"), "--demo"]]
    assert second.exitCode() == 0
    first.close()


def test_nothing_is_handed_over_where_nobody_listens(qtbot: QtBot, place: str):
    assert not SingleInstance(place).hand_over(["project"])


def test_what_a_crash_left_behind_does_not_keep_the_next_start_from_being_the_first(qtbot: QtBot, place: str):
    crash = "import os, socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1]); os._exit(1)"
    subprocess.run([sys.executable, "-c", crash, place], check=False)
    assert Path(place).exists()
    start = SingleInstance(place)
    assert not start.hand_over([])
    assert start.listen()
    start.close()


def test_two_doors_of_different_places_do_not_meet(qtbot: QtBot, place: str):
    first = SingleInstance(place)
    assert first.listen()
    asked: list[list[str]] = []
    first.asked.connect(asked.append)
    assert not SingleInstance(f"{place}-2").hand_over(["project"])
    QTimer.singleShot(0, first.close)
    qtbot.waitUntil(lambda: not Path(place).exists())
    assert asked == []


@pytest.mark.parametrize("message", [b"", b"not json\n", b'{"a": 1}\n', b"[1]\n"])
def test_a_message_that_is_no_list_of_texts_is_refused(message: bytes):
    assert arguments_of(message) is None
