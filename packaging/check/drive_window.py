"""Backfills the demo in the installed app by a real mouse: finds controls by the accessibility bus, presses by xdotool.

Usage: dbus-run-session -- python3 drive_window.py PICTURES COMMAND...

COMMAND starts the app, on the display of DISPLAY. Runs with the system's Python, which has the bindings of AT-SPI,
and prints one line of JSON with what was seen. PICTURES is a folder for pictures of the screen.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - the version is chosen first

PATIENCE = 60  # seconds for anything to appear
HEADER, ROW = 36, 30  # pixels of the heatmap's date scale and of a row of cells
NOT_SHOWN = 10_000  # tables with more rows than this are not walked


# What AT-SPI gives is typed Any: its bindings are made at run time.


def parts(root: Any, depth: int = 0) -> Iterator[Any]:
    """All parts of a window that are to be seen, with the parts in them."""
    try:
        states = root.get_state_set()
        if depth > 1 and not states.contains(Atspi.StateType.SHOWING):
            return
        yield root
        for at in range(min(root.get_child_count(), NOT_SHOWN)):
            child = root.get_child_at_index(at)
            if child is not None:
                yield from parts(child, depth + 1)
    except GLib.Error:  # it went away while it was looked at
        return


def app_parts() -> Iterator[Any]:
    desktop = Atspi.get_desktop(0)
    for at in range(desktop.get_child_count()):
        yield from parts(desktop.get_child_at_index(at))


def own_id(part: Any) -> str:
    return str(part.get_accessible_id() or "").rpartition(".")[2]


def found(matches: Callable[[Any], object]) -> Any:
    for part in app_parts():
        try:
            if matches(part):
                return part
        except GLib.Error:
            continue
    return None


def wait_for(what: str, matches: Callable[[Any], object]) -> Any:
    """The first part that matches; ends the program where none comes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        part = found(matches)
        if part is not None:
            return part
        time.sleep(0.2)
    raise SystemExit(f"There is no {what} after {PATIENCE} seconds.")


def named(name: str) -> Any:
    return wait_for(name, lambda part: own_id(part) == name)


def enabled(name: str) -> Any:
    def matches(part: Any) -> bool:
        return own_id(part) == name and bool(part.get_state_set().contains(Atspi.StateType.ENABLED))

    return wait_for(f"enabled {name}", matches)


def saying(pattern: str) -> Any:
    """The part whose text matches."""
    return wait_for(pattern, lambda part: re.fullmatch(pattern, part.get_name() or "") is not None)


def place(part: Any) -> tuple[int, int, int, int]:
    extents = part.get_extents(Atspi.CoordType.SCREEN)
    return extents.x, extents.y, extents.width, extents.height


def xdotool(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True)


def click(part: Any) -> None:
    x, y, width, height = place(part)
    xdotool("mousemove", x + min(20, width // 2), y + height // 2, "sleep", 0.2, "click", 1)


def drag(start: tuple[int, int], stop: tuple[int, int]) -> None:
    middle = [(a + b) // 2 for a, b in zip(start, stop, strict=True)]
    xdotool("mousemove", *start, "mousedown", 1, "sleep", 0.2, "mousemove", *middle, "sleep", 0.2)
    xdotool("mousemove", *stop, "sleep", 0.2, "mouseup", 1)


class Check:
    """One look at the app from its start to the end of a backfill."""

    def __init__(self, pictures: str) -> None:
        self.pictures = Path(pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.seen: dict[str, object] = {}

    def picture(self, name: str) -> None:
        target = str(self.pictures / f"{name}.png")
        subprocess.run(["import", "-window", "root", target], check=False, stderr=subprocess.DEVNULL)

    def start(self, command: list[str]) -> None:
        begun = time.monotonic()
        subprocess.Popen(command)
        subprocess.run(
            ["timeout", str(PATIENCE), "xdotool", "search", "--sync", "--onlyvisible", "--name", "Rivers Desktop"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.seen["window_after_seconds"] = round(time.monotonic() - begun, 2)

    def quit(self) -> None:
        """Leave by the keyboard, and wait until the window is gone."""
        # Without a window manager nothing else gives the window the keyboard.
        xdotool("search", "--onlyvisible", "--name", "Rivers Desktop", "windowfocus", "--sync")
        xdotool("key", "ctrl+q")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            look = ["xdotool", "search", "--onlyvisible", "--name", "Rivers Desktop"]
            if subprocess.run(look, check=False, stdout=subprocess.DEVNULL).returncode:
                return
            time.sleep(0.2)
        raise SystemExit("The app did not quit.")

    def backfill(self) -> None:
        click(named("tryDemoButton"))
        click(saying("daily_flights"))
        heatmap = named("partitionHeatmap")
        self.picture("1-heatmap")
        x, y, width, _ = place(heatmap)
        drag((x + width // 4, y + HEADER + ROW // 2), (x + width // 2, y + HEADER + ROW * 3 // 2))
        self.picture("2-selection")
        click(enabled("backfillButton"))
        click(enabled("previewButton"))
        title = wait_for("a preview with a number", lambda part: own_id(part) == "previewTitle" and part.get_name())
        self.seen["preview"] = title.get_name()
        self.picture("3-preview")
        click(enabled("launchButton"))
        self.wait_for_end()
        self.picture("4-end")

    def wait_for_end(self) -> None:
        """Look at the project's database through the command line that was installed beside the app."""
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
        project = data / "rivers-desktop" / "demo" / "nyc_flights"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            command = [os.environ.get("RIVERS_CORE", "rivers-core"), "list", str(project), "--json"]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            found = re.search(r'"status": *"(completed\w*|failed|canceled)"', answer.stdout)
            if found:
                self.seen["ended"] = found[1]
                return
            time.sleep(0.5)
        raise SystemExit(f"The backfill did not end: {answer.stdout}{answer.stderr}")


def main() -> None:
    check = Check(sys.argv[1])
    check.start(sys.argv[2:])
    try:
        check.backfill()
    finally:
        check.picture("5-last")
    check.quit()
    print(json.dumps(check.seen))


if __name__ == "__main__":
    main()
