"""What a screen reader is told of the program: a script for the system's own Python, which has the library.

`screen_reader.py read` prints the tree of what is to be seen as JSON. `screen_reader.py press ROLE NAME` does the first
thing that can be done with the control of that role and name. Either ends with 3 where something that was listened to
went away meanwhile, as pages do: then it is to be done again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - its version is chosen first

_SECONDS = 20.0
_MOST_CHILDREN = 120  # a table of a thousand partitions has as many cells


def main() -> int:
    match sys.argv[1:]:
        case ["read"]:
            print(json.dumps([_told(window) for window in _windows()]))
        case ["press", role, name]:
            found = next((node for node in _nodes() if (node.get_role_name(), node.get_name()) == (role, name)), None)
            if found is None or not found.get_n_actions():
                print(f"There is no {role} {name} that can be pressed.", file=sys.stderr)
                return 1
            found.do_action(0)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def _windows() -> list[Any]:  # nodes of a library without types
    """The windows of the programs on this bus, as soon as there are any."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        desktop = Atspi.get_desktop(0)
        found = [window for program in _children(desktop) for window in _children(program) if _is_shown(window)]
        if found:
            return found
        time.sleep(0.1)
    return []


def _nodes() -> Iterator[Any]:
    waiting = list(_windows())
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in _children(node) if _is_shown(child)]


def _children(node: Any) -> list[Any]:
    count = min(node.get_child_count(), _MOST_CHILDREN)
    return [child for at in range(count) if (child := node.get_child_at_index(at)) is not None]


def _is_shown(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.SHOWING))


def _told(node: Any) -> dict[str, Any]:
    states = node.get_state_set()
    return {
        "role": node.get_role_name(),
        "name": node.get_name(),
        "description": node.get_description(),
        "focusable": states.contains(Atspi.StateType.FOCUSABLE),
        "enabled": states.contains(Atspi.StateType.ENABLED),
        "children": [_told(child) for child in _children(node) if _is_shown(child)],
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GLib.Error as gone:
        print(gone.message, file=sys.stderr)
        sys.exit(3)
