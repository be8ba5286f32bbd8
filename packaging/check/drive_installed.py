"""Uses the installed app as a person at a desktop does: from the menu, by double-clicks, twice at a time, in the dark.

Usage: dbus-run-session -- python3 drive_installed.py PICTURES ENTRY PROJECT

ENTRY is the menu entry's file, PROJECT the rivers.toml of a project that was never opened. Prints one line of JSON
with what was seen; the rest of drive_window.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from drive_window import Check, demo_project, processes
from hands import click, named, saying, wait_until, windows

STARTS = 5  # of which the fastest counts: a machine that is busy with other things only makes it slower


def main() -> None:
    pictures, entry, project = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    from_menu = ["gio", "launch", entry]
    check = Check(pictures)
    seen = check.seen
    seen["first_window_after_seconds"] = round(check.start(from_menu), 2)
    try:
        check.backfill()
        seen["workers_with_qt"] = workers_with_qt()
        hand_over(check, project)
        check.quit()
        seen["a_double_click_starts_it"] = starts_by_double_click(check, project)
        warm_start(check, from_menu)
        in_the_dark(check, from_menu)
    finally:
        check.picture("9-last")
    seen["printed"] = check.printed() or "nothing"
    print(json.dumps(seen, ensure_ascii=False))


def workers_with_qt() -> str:
    """How many of the worker processes have a library of Qt in memory."""
    maps = [(folder / "maps").read_text(encoding="utf-8") for folder in processes("rivers-worker")]
    if not maps:
        raise SystemExit("There is no worker process after a backfill.")
    return f"{sum('libQt6' in text for text in maps)} of {len(maps)}"


def hand_over(check: Check, project: str) -> None:
    """Double-click a project while the app is open: its window takes it, and asks before code of others runs."""
    subprocess.run(["gio", "open", project], check=True)
    click(named("trustButton"))
    wait_until("The open window takes the project", lambda: windows(title_of(project)))
    wait_until("The second start ends", lambda: len(processes("rivers-desktop")) == 1)
    check.seen["a_double_click_goes_to_the_open_window"] = True
    saying("roots")
    check.picture("6-handed-over")


def starts_by_double_click(check: Check, project: str) -> bool:
    check.start(["gio", "open", project])
    wait_until("The app opens the project", lambda: windows(title_of(project)))
    check.quit()
    return True


def title_of(project: str) -> str:
    found = re.search(r'^name = "(.*)"', Path(project).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return f"^{re.escape(found[1])} - Rivers Desktop$"


def warm_start(check: Check, command: list[str]) -> None:
    """The fastest start of a few; beside it the time that the processor worked on it."""
    starts = []
    for _ in range(STARTS):
        seconds = check.start(command)
        starts.append((seconds, sum(map(processor_seconds, processes("rivers-desktop")))))
        check.quit()
    check.seen["warm_window_after_seconds"], check.seen["of_them_on_the_processor"] = (
        round(min(figures), 2) for figures in zip(*starts, strict=True)
    )


def processor_seconds(process: Path) -> float:
    """For which a process of this person has run so far."""
    fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_the_dark(check: Check, command: list[str]) -> None:
    """A picture of the demo with the dark theme, which the settings file asks for."""
    settings = Path.home() / ".config/rivers-desktop/rivers-desktop.conf"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[General]", '[General]\npreferences="{\\"scheme\\": \\"dark\\"}"', 1))
    check.start([*command, str(demo_project() / "rivers.toml")])
    wait_until("The demo is open", lambda: windows("^NYC flights - Rivers Desktop$"))
    click(saying("daily_flights"))
    named("partitionHeatmap")
    time.sleep(1)  # a frame after it is there; for the picture alone
    check.picture("7-dark")
    check.quit()


if __name__ == "__main__":
    main()
