"""Runs the demo: opens the app on the user's copy of it, or backfills it in the terminal where there is no display."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from rivers_core.exceptions import RiversError
from rivers_core.resources import demo_copy

BIN = Path(sys.executable).parent
JANUARY = ["--assets", "daily_flights", "--range", "date=2013-01-01..2013-01-31"]


def has_display() -> bool:
    """On Linux a window needs an X or Wayland server; other systems always have their own."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def open_app() -> int:
    packages = subprocess.run([sys.executable, Path(__file__).with_name("system_packages.py"), "app"], check=False)
    if packages.returncode:
        return packages.returncode
    return subprocess.run([BIN / "rivers-desktop", "--demo"], check=False).returncode


def backfill_in_terminal() -> int:
    try:
        project = demo_copy()
    except RiversError as error:
        print(error, file=sys.stderr)
        return 2
    command = ["rivers-core", "backfill", str(project), *JANUARY]
    print("There is no display here, so the demo runs in the terminal: January of daily_flights.")
    print(f"$ {shlex.join(command)}", flush=True)
    return subprocess.run([BIN / command[0], *command[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(open_app() if has_display() else backfill_in_terminal())
