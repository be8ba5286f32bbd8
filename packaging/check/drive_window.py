"""Backfills the demo in the installed app by a real mouse, and leaves it again.

Usage: dbus-run-session -- python3 drive_window.py PICTURES COMMAND...

COMMAND starts the app, on the display of DISPLAY. Prints one line of JSON with what was seen. PICTURES is a folder for
pictures of the window.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from hands import PATIENCE, click, drag, enabled, named, own_id, place, saying, wait_for, wait_until, windows, xdotool

TITLE = "Rivers Desktop$"


class Check:
    """One look at the app from its start to its end; `seen` is what it showed."""

    def __init__(self, pictures: Path) -> None:
        self.pictures = pictures
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.seen: dict[str, object] = {}
        self._printed = self.pictures / "printed.txt"
        self._printed.unlink(missing_ok=True)

    def picture(self, name: str) -> None:
        target = f"PNG8:{self.pictures / name}.png"
        # Without a window manager there is nothing but black around the app.
        flat = ("-strip", "+dither", "-colors", "96", "-define", "png:compression-filter=0")
        command = ["import", "-window", "root", "-trim", "+repage", *flat, target]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)

    def start(self, command: list[str]) -> float:
        """Seconds from the start to the first window."""
        begun = time.monotonic()
        with self._printed.open("ab") as printed:
            subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
        look = ["timeout", str(PATIENCE), "xdotool", "search", "--sync", "--onlyvisible", "--name", TITLE]
        subprocess.run(look, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begun

    def quit(self) -> None:
        """Leave by the keyboard, and wait until the window and the process are gone."""
        # Without a window manager nothing else gives the window the keyboard.
        xdotool("search", "--onlyvisible", "--name", TITLE, "windowfocus", "--sync")
        xdotool("key", "ctrl+q")
        wait_until("The app quits", lambda: not windows(TITLE) and not processes("rivers-desktop"))

    def printed(self) -> str:
        """What the app said on its streams since the first start: a good one has nothing to say there."""
        lines = self._printed.read_text(encoding="utf-8", errors="replace").splitlines()
        # The eye of this check asks Qt what Qt does not know.
        return "; ".join(dict.fromkeys(line for line in lines if not line.startswith("qt.accessibility.atspi:")))

    def backfill(self) -> None:
        click(named("tryDemoButton"))
        click(saying("daily_flights"))
        heatmap = named("partitionHeatmap")
        self.picture("1-heatmap")
        x, y, width, height = place(heatmap)
        drag((x + width // 5, y + height // 10), (x + width * 4 // 5, y + height // 4))
        self.picture("2-selection")
        click(enabled("backfillButton"))
        click(enabled("previewButton"))
        title = wait_for("a preview with a number", lambda part: own_id(part) == "previewTitle" and part.get_name())
        self.seen["preview"] = title.get_name()
        self.picture("3-preview")
        click(enabled("launchButton"))
        self.seen["ended"] = end_of_backfill(demo_project())
        time.sleep(1)  # the last cells turn within the next frames; for the picture alone
        self.picture("4-end")


def demo_project() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return data / "rivers-desktop" / "demo" / "nyc_flights"


def end_of_backfill(project: Path) -> str:
    """Its status in the project's database, by the command line that was installed beside the app."""
    command = [os.environ.get("RIVERS_CORE", "rivers-core"), "list", str(project), "--json"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r'"status": *"(completed\w*|failed|canceled)"', answer.stdout)
        if found:
            return found[1]
        time.sleep(0.5)
    raise SystemExit(f"The backfill did not end: {answer.stdout}{answer.stderr}")


def processes(name: str) -> list[Path]:
    """The folders in /proc of this person's processes that were started by that name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            is_own = folder.stat().st_uid == os.getuid() and b"\nState:\tZ" not in (folder / "status").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if is_own and any(Path(os.fsdecode(word)).name == name for word in command[:2]):
            found.append(folder)
    return found


def main() -> None:
    check = Check(Path(sys.argv[1]))
    check.seen["window_after_seconds"] = round(check.start(sys.argv[2:]), 2)
    try:
        check.backfill()
    finally:
        check.picture("5-last")
    check.quit()
    check.seen["printed"] = check.printed() or "nothing"
    print(json.dumps(check.seen))


if __name__ == "__main__":
    main()
