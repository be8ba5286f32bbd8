"""Checks what lies in dist/ on clean systems and prints a table: artefact, size, what was shown, what was not.

Usage: python packaging/check_dist.py
The Debian package is installed, used and purged in a fresh Debian (as root; debootstrap), the Windows installer the
same by wine in another, the wheel in a new virtual environment. What cannot be checked here is said in the table.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clean_debian import CHECK, MEGABYTE, CheckFailedError, check_in_clean_debian, over_budget, too_slow
from windows_wine import WineCheckError, check_in_wine, problems_in

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
PICTURES = ROOT / "build" / "dist" / "pictures"


@dataclass(frozen=True, slots=True)
class Row:
    """One artefact of the table; `problems` are what failed."""

    artefact: str
    size: int
    shown: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())


def table(rows: Sequence[Row]) -> str:
    """The rows as a text for terminals and for README alike."""
    lines = ["| artefact | size | shown | not shown |", "|---|---|---|---|"]
    for row in rows:
        not_shown = "; ".join((*(f"FAILED: {problem}" for problem in row.problems), *row.not_shown)) or "-"
        lines.append(f"| {row.artefact} | {row.size / MEGABYTE:.1f} MB | {'; '.join(row.shown) or '-'} | {not_shown} |")
    return "\n".join(lines)


def run(*command: str | Path, timeout: int = 600, env: dict[str, str] | None = None) -> tuple[int, str]:
    ended = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
        env=env,
    )
    return ended.returncode, ended.stdout


def check_deb(deb: Path) -> Row:
    size = deb.stat().st_size
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        return Row(deb.name, size, not_shown=("not installed: that takes root and debootstrap",))
    try:
        facts = check_in_clean_debian(deb, PICTURES / "deb")
    except CheckFailedError as problem:
        return Row(deb.name, size, problems=(str(problem),))
    shown = tuple(f"{name}: {value}" for name, value in facts.items())
    not_shown = ("other systems than Debian 12", "Wayland", *too_slow(facts))
    return Row(deb.name, size, shown, not_shown, tuple(over_budget(size, facts)))


def check_setup(setup: Path) -> Row:
    """What wine shows of the Windows installer; that it finds all its DLLs was shown when it was built."""
    size, closure = setup.stat().st_size, "each DLL that is loaded is in it or in Windows"
    not_shown = (
        "not run on Windows",
        "the check gives wine icuuc.dll and four functions for complex numbers, which it lacks",
    )
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        return Row(setup.name, size, (closure,), (*not_shown, "wine: that takes root and debootstrap"))
    try:
        facts = check_in_wine(setup, PICTURES / "windows")
    except WineCheckError as problem:
        return Row(setup.name, size, (closure,), not_shown, (str(problem),))
    shown = (closure, *(f"{name}: {value}" for name, value in facts.items()))
    return Row(setup.name, size, shown, not_shown, tuple(problems_in(facts)))


def check_wheel(wheel: Path) -> Row:
    """Install into a new environment, backfill by the command line, then by the mouse where the tools are here."""
    size = wheel.stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        python = str(place / "venv/bin/python")
        for command in (
            [sys.executable, "-m", "venv", str(place / "venv")],
            [python, "-m", "pip", "install", "--quiet", str(wheel)],
        ):
            code, output = run(*command)
            if code:
                return Row(wheel.name, size, problems=(output[-2000:],))
        problem = backfill_problem(place)
        if problem:
            return Row(wheel.name, size, problems=(problem,))
        shown = ["pip install into a new environment", "a backfill of the demo by rivers-core"]
        code, seen = drive(place)
        if code or (seen and json.loads(seen)["printed"] != "nothing"):
            return Row(wheel.name, size, tuple(shown), problems=(f"by mouse: {seen}",))
        not_shown = () if seen else ("the window: AT-SPI's Python bindings, Xvfb or xdotool are not here",)
        return Row(wheel.name, size, (*shown, *([f"by mouse: {seen}"] if seen else [])), not_shown)


def backfill_problem(place: Path) -> str:
    """Backfill January of the demo with the installed command line; an empty text when all of it completed."""
    project = place / "project"
    shutil.copytree(ROOT / "resources" / "demo" / "nyc_flights", project, ignore=shutil.ignore_patterns(".rivers"))
    january = ["--assets", "daily_flights", "--range", "date=2013-01-01..2013-01-31"]
    code, output = run(place / "venv/bin/rivers-core", "backfill", project, *january)
    return output[-2000:] if code else ""


def drive(place: Path) -> tuple[int, str]:
    """An exit code and what the mouse brought about in the window; nothing where this system lacks the tools."""
    has_bindings = run("/usr/bin/python3", "-c", "import gi; gi.require_version('Atspi', '2.0')")[0] == 0
    if not has_bindings or not all(map(shutil.which, ("Xvfb", "xdotool", "dbus-run-session"))):
        return 0, ""
    binaries = place / "venv/bin"
    environment = {
        **os.environ,
        "HOME": folder_of(place / "home"),
        "XDG_RUNTIME_DIR": folder_of(place / "runtime"),
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "RIVERS_CORE": str(binaries / "rivers-core"),
    }
    driver = ["/usr/bin/python3", str(CHECK / "drive_window.py"), str(PICTURES / "wheel")]
    code, output = on_display(
        environment, lambda env: run("dbus-run-session", "--", *driver, binaries / "rivers-desktop", env=env)
    )
    return code, output[-1000:] if code else next(line for line in output.splitlines() if line.startswith("{"))


def folder_of(path: Path) -> str:
    path.mkdir(mode=0o700)
    return str(path)


def on_display(environment: dict[str, str], work: Callable[[dict[str, str]], tuple[int, str]]) -> tuple[int, str]:
    """Do something on a display of its own, the first number that no server has."""
    number = next(number for number in range(90, 200) if not Path(f"/tmp/.X{number}-lock").exists())
    command = ["Xvfb", f":{number}", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not Path(f"/tmp/.X11-unix/X{number}").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        return work({**environment, "DISPLAY": f":{number}"})
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    begun = time.monotonic()
    code, output = _check_sums()
    if code:
        raise SystemExit(f"{output}\nRun `make dist` first.")
    rows = []
    for file in sorted(DIST.iterdir()):
        match file.suffixes[-1:]:
            case [".deb"]:
                rows.append(check_deb(file))
            case [".exe"]:
                rows.append(check_setup(file))
            case [".whl"]:
                rows.append(check_wheel(file))
            case [".gz"]:
                rows.append(Row(file.name, file.stat().st_size, ("the wheel is built from it",)))
    print(table(rows))
    print(json.dumps({"seconds": round(time.monotonic() - begun), "pictures": str(PICTURES.relative_to(ROOT))}))
    return 1 if any(row.problems for row in rows) else 0


def _check_sums() -> tuple[int, str]:
    if not (DIST / "SHA256SUMS").exists():
        return 1, "There is nothing in dist/."
    ended = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=DIST, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


if __name__ == "__main__":
    sys.exit(main())
