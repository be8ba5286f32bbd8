"""Finds parts of a window by the accessibility bus and presses them by xdotool, as a hand and an eye would.

Runs with the system's Python, which has the bindings of AT-SPI.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - the version is chosen first

PATIENCE = 60  # seconds for anything to appear
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


def windows(title: str) -> list[str]:
    """The numbers of the windows to be seen whose title matches."""
    look = ["xdotool", "search", "--onlyvisible", "--name", title]
    return subprocess.run(look, capture_output=True, text=True, check=False).stdout.split()


def wait_until(what: str, is_so: Callable[[], object]) -> None:
    """Ends the program where it does not become so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not after {PATIENCE} seconds.")
        time.sleep(0.2)


def click(part: Any) -> None:
    x, y, width, height = place(part)
    xdotool("mousemove", x + min(20, width // 2), y + height // 2, "sleep", 0.2, "click", 1)


def drag(start: tuple[int, int], stop: tuple[int, int]) -> None:
    middle = [(a + b) // 2 for a, b in zip(start, stop, strict=True)]
    xdotool("mousemove", *start, "mousedown", 1, "sleep", 0.2, "mousemove", *middle, "sleep", 0.2)
    xdotool("mousemove", *stop, "sleep", 0.2, "mouseup", 1)
