"""How far backfills are, told to the desktop's dock over a bus of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from rivers_app.bridge import taskbar
from rivers_app.bridge.taskbar import Taskbar, launcher_properties

_TELL = """
from PySide6.QtGui import QGuiApplication
from rivers_app.bridge.taskbar import Taskbar

application = QGuiApplication(["rivers-desktop"])
Taskbar("rivers_desktop").show(2, 0.25)
"""


@pytest.fixture
def bus() -> Iterator[str]:
    if not all(map(shutil.which, ("dbus-daemon", "dbus-monitor"))):
        pytest.skip("there is no message bus here")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()
        daemon.terminate()


def test_nothing_under_way_shows_nothing() -> None:
    assert not any(launcher_properties(0, None)[f"{what}-visible"] for what in ("count", "progress"))


def test_the_dock_hears_how_many_run_and_how_far_they_are(bus: str) -> None:
    listening = ["dbus-monitor", "--address", bus, "interface=com.canonical.Unity.LauncherEntry"]
    with subprocess.Popen(listening, stdout=subprocess.PIPE, text=True) as monitor:
        assert monitor.stdout is not None
        for line in monitor.stdout:
            if "NameLost" in line:  # it listens now
                break
        environment = {"DBUS_SESSION_BUS_ADDRESS": bus, "QT_QPA_PLATFORM": "offscreen"}
        subprocess.run([sys.executable, "-c", _TELL], env=environment, check=True)
        heard = []
        for line in monitor.stdout:
            heard.append(" ".join(line.split()))
            if "progress-visible" in line:
                break
        heard.append(" ".join(monitor.stdout.readline().split()))
        monitor.terminate()
    told = "\n".join(heard)
    assert 'string "application://rivers_desktop.desktop"' in told
    assert 'string "progress"\nvariant double 0.25' in told
    assert 'string "count"\nvariant int32 2' in told
    assert 'string "progress-visible"\nvariant boolean true' in told


def test_only_what_changed_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr(taskbar.sys, "platform", "linux")
    monkeypatch.setattr(Taskbar, "_tell", lambda _self, properties: told.append(properties))
    bar = Taskbar("rivers_desktop")
    for share in (0.101, 0.102, 0.5, None):
        bar.show(0 if share is None else 1, share)
    assert [properties["progress"] for properties in told] == [0.1, 0.5, 0.0]
