"""The program as a screen reader's own library sees it, and is used through it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.screen import Program, required, virtual_screen, wait_until

SCRIPT = Path(__file__).with_name("screen_reader.py")
# Roles a person acts on; each must say what it is.
ACTED_ON = ("push button", "toggle button", "check box", "combo box", "text", "spin button", "page tab", "menu item")
# The parts of a field, such as the cross that clears it, are reached through the field.
INSIDE_OF_FIELDS = ("text", "combo box", "spin button", "scroll bar")

FIELDS = ("text", "combo box", "spin button", "check box")

Node = dict[str, Any]


def interpreter() -> str:
    """A Python that has the screen reader's library; skips where there is none, or no bus to hear by."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    for python in (sys.executable, "/usr/bin/python3"):
        code = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
        if Path(python).exists() and not subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL):
            return python
    pytest.skip("no Python here has Atspi (at-spi2-core, python3-gi, gir1.2-atspi-2.0)")


@pytest.fixture
def bus() -> Iterator[str]:
    """The address of a message bus of its own; what it started ends with it."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    yield address
    daemon.terminate()
    daemon.wait(timeout=10)
    daemon.stdout.close()


CHANGED_MEANWHILE = 3


class Reader:
    """Reads a program, and presses what it offers, by nothing but the library."""

    def __init__(self, python: str) -> None:
        self._python = python

    def read(self) -> list[Node]:
        """Every node that is to be seen, each after the one around it."""
        told = self._done("read")
        return [node for window in json.loads(told) for node in _flat(window, "")]

    def press(self, role: str, name: str) -> None:
        """Press something as soon as it says this."""
        self.hear(role, name)
        self._done("press", role, name)

    def _done(self, *words: str) -> str:
        """What the script prints, which is begun again as long as the page changes under it."""

        def done() -> subprocess.CompletedProcess[str] | None:
            ended = subprocess.run([self._python, str(SCRIPT), *words], capture_output=True, text=True, check=False)
            return None if ended.returncode == CHANGED_MEANWHILE else ended

        ended = wait_until(done, " ".join(words))
        assert ended.returncode == 0, ended.stderr
        return str(ended.stdout)

    def hear(self, role: str, name: str) -> Node:
        """Wait until something of this role says this."""
        return dict(wait_until(lambda: self._find(lambda node: (node["role"], node["name"]) == (role, name)), name))

    def _find(self, fits: Callable[[Node], bool]) -> Node | None:
        return next((node for node in self.read() if fits(node)), None)


def _flat(node: Node, inside: str) -> Iterator[Node]:
    yield {**node, "inside": inside}
    for child in node["children"]:
        yield from _flat(child, node["role"])


@pytest.fixture
def program(tmp_path: Path, nyc_flights: Path, bus: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    required()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    monkeypatch.setenv("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
    with virtual_screen() as display:
        program = Program(display, tmp_path, str(nyc_flights))
        yield program
        program.end()


def said(node: Node) -> str:
    """What a field is for: of a combo box the name is what is chosen in it."""
    return str(node["description"] if node["role"] == "combo box" else node["name"])


def unnamed(nodes: list[Node]) -> list[str]:
    acted_on = [node for node in nodes if node["role"] in ACTED_ON and node["inside"] not in INSIDE_OF_FIELDS]
    assert len(acted_on) > 10
    return [f"{node['role']} in {node['inside']}" for node in acted_on if not said(node).strip()]


def test_a_screen_reader_is_told_every_control_and_can_get_to_a_backfill(program: Program) -> None:
    reader = Reader(interpreter())
    reader.hear("push button", "Trust and Open")
    reader.press("push button", "Trust and Open")
    reader.hear("table cell", "daily_flights")
    assert unnamed(reader.read()) == []
    program.click_row("assetTable", "daily_flights")
    reader.hear("push button", "missing: 1,095 partitions")
    grid = next(node for node in reader.read() if node["name"] == "Partitions as a grid")
    assert "Table" in grid["description"]
    reader.press("page tab", "Table")
    reader.hear("table cell", "2013-01-01")
    assert unnamed(reader.read()) == []
    reader.press("push button", "missing: 1,095 partitions")
    reader.press("push button", "Backfill 1,095 Partitions")
    reader.hear("push button", "Preview")
    nodes = reader.read()
    assert unnamed(nodes) == []
    fields = {said(node) for node in nodes if node["role"] in FIELDS}
    assert {"Strategy", "Order", "When a partition fails", "Runs at a time", "Tags", "Include upstream"} <= fields
