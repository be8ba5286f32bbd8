"""Starts the installed app from its menu entry and leaves it.

Usage: dbus-run-session -- python3 drive_start.py PICTURES ENTRY ...
"""

from __future__ import annotations

import sys
from pathlib import Path

from drive_window import Check


def main() -> None:
    check = Check(Path(sys.argv[1]))
    check.start(["gio", "launch", sys.argv[2]])
    check.quit()
    print("starts" if not check.printed() else f"starts, and prints {check.printed()}")


if __name__ == "__main__":
    main()
