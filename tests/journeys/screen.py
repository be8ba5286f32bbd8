"""A virtual screen with a real mouse and real keys, and the program as a process on it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SIZE = (1600, 1000)
_SECONDS = 90.0
_STEPS = 8

Place = tuple[float, float, float, float]


def required() -> None:
    """Skip where Xvfb or xdotool is missing on a developer's computer; in CI that is a failure."""
    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(missing)} must be installed to drive a real window.")
    if missing:
        pytest.skip(f"{' and '.join(missing)} is not installed")


@contextmanager
def virtual_screen() -> Iterator[str]:
    """A display of its own on a free number; what it is called."""
    reader, writer = os.pipe()
    width, height = SIZE
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """What the condition gives as soon as it is not empty; AssertionError telling `what` never came."""
    end = time.monotonic() + _SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


class Program:
    """`rivers-desktop` as a process; everything is done to it by mouse and keys."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self._socket = folder / "controls"
        self._socket.unlink(missing_ok=True)
        self._environment = {**os.environ, **_folders(folder)}
        self._environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._environment["RIVERS_DESKTOP_CONTROLS"] = str(self._socket)
        self._log = (folder / "program.log").open("ab")
        command = [sys.executable, "-m", "rivers_app.application", *arguments]
        self.process = subprocess.Popen(command, env=self._environment, stdout=self._log, stderr=self._log)
        wait_until(self._socket.exists, "the program")

    def controls(self) -> list[dict[str, Any]]:
        """What is to be seen now."""
        assert self.process.poll() is None, "the program has ended"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._socket))
            parts = iter(lambda: connection.recv(65536), b"")
            return list(json.loads(b"".join(parts)))

    def find(self, name: str) -> dict[str, Any] | None:
        """The control of that name, in the window in front if several have it."""
        found = [control for control in self.controls() if control["name"] == name]
        return found[-1] if found else None

    def see(self, name: str, saying: str = "") -> dict[str, Any]:
        """Wait for a control that can be used and says something."""

        def seen() -> dict[str, Any] | None:
            control = self.find(name)
            return control if control and control["enabled"] and saying in control["says"] else None

        return dict(wait_until(seen, f"{name} saying {saying!r}"))

    def click(self, name: str) -> None:
        x, y, width, height = self.see(name)["place"]
        self.click_at(x + min(width / 2, 40), y + height / 2)

    def click_row(self, name: str, text: str) -> None:
        """Click the row of a table that begins with a text."""

        def row() -> Place | None:
            rows = self.see(name)["rows"]
            return next((row["place"] for row in rows if row["says"] == text), None)

        x, y, width, height = wait_until(row, f"the row {text}")
        self.click_at(x + min(width / 2, 40), y + height / 2)

    def click_at(self, x: float, y: float) -> None:
        self.do("mousemove", _pixel(x), _pixel(y), "click", "1")

    def cell(self, row: int, column: int) -> tuple[float, float]:
        """The middle of a cell of the heatmap, on the screen."""
        left, top, width, height = self.see("partitionHeatmap")["cell_1_1"]
        return left + (column + 0.5) * width, top + (row + 0.5) * height

    def drag_cells(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Drag a rubber band over cells, each given by its row and column."""
        start, stop = self.cell(*first), self.cell(*last)
        middle = ((start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2)
        self.do("mousemove", *map(_pixel, start), "mousedown", "1")
        for point in (middle, stop):
            self.do("mousemove", *map(_pixel, point))
        self.do("mouseup", "1")

    def drag_row(self, source: str, text: str, target: str) -> None:
        """Drag a row of a list into another list."""
        x, y, width, height = next(row["place"] for row in self.see(source)["rows"] if row["says"] == text)
        left, top, wide, high = self.see(target)["place"]
        start, stop = (x + width / 4, y + height / 2), (left + wide / 2, top + high / 2)
        self.do("mousemove", *map(_pixel, start), "mousedown", "1")
        for step in range(1, _STEPS + 1):  # a drag begins once the mouse has gone some way
            share = step / _STEPS
            point = (start[0] + (stop[0] - start[0]) * share, start[1] + (stop[1] - start[1]) * share)
            self.do("mousemove", *map(_pixel, point))
        self.do("mouseup", "1")

    def press_keys(self, *keys: str) -> None:
        """Press keys by X's names, such as ctrl+b, in the window in front."""
        self._focus_front()
        self.do("key", "--delay", "20", *keys)

    def type_text(self, text: str) -> None:
        self.do("type", "--delay", "8", text)

    def do(self, *words: str) -> str:
        """What xdotool prints."""
        command = ["xdotool", *words]
        return subprocess.run(command, env=self._environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def _focus_front(self) -> None:
        """Give the keyboard to the uppermost window when a dialog has gone, as a window manager does."""
        windows = self.do("search", "--onlyvisible", "--pid", str(self.process.pid), "--name", "").split()
        self.do("windowfocus", windows[-1])  # they are listed from the lowest up

    def wait_for_exit(self) -> int:
        return self.process.wait(timeout=_SECONDS)

    def end(self) -> None:
        """Take the program down, if it is still there."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()


def _folders(home: Path) -> Mapping[str, str]:
    """A home of its own, so that nothing is remembered from another test."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
    folders = {name: home / name.lower() for name in names}
    for folder in folders.values():
        folder.mkdir(mode=0o700, exist_ok=True)
    return {name: str(folder) for name, folder in folders.items()}


def _pixel(value: float) -> str:
    return str(int(value))
