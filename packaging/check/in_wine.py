"""Checks the Windows installer by wine, from within a Debian that has it: installs, backfills, opens, uninstalls.

Usage, as root in the chroot: in_wine.py SETUP.exe PICTURES. Prints lines "name: value".
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PERSON = "Ana Müller"
HOME = Path("/home") / PERSON
PREFIX = HOME / ".wine"
DRIVE = PREFIX / "drive_c"
ICU = Path("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/icuuc.dll")  # put there for this check: wine has none
PATIENCE = 180  # seconds for anything to happen; wine starts slowly
JANUARY = ("--assets", "daily_flights", "--range", "date=2013-01-01..2013-01-31")
LIST = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall"
ENTRY = rf"{LIST}\RiversDesktop"
_DATA = "users/*/AppData/Local/rivers-desktop"
_START_MENU = "users/*/AppData/Roaming/Microsoft/Windows/Start Menu/Programs"
_SET_FLAGS = 0x8914  # of a network interface, by Linux's name SIOCSIFFLAGS
_UP_AND_RUNNING = 0x41
# Where wine, Windows and the app itself keep what is not the program's.
_NOT_THE_PROGRAMS = ("/Temp/", "/windows/", "/ProgramData/", "/Local/rivers-desktop/", "/Recent/", "/INetCache/")


def say(name: str, value: object) -> None:
    print(f"{name}: {value}", flush=True)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    runtime = Path("/tmp/wine-runtime")
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        **kept,
        "HOME": str(HOME),
        "USER": PERSON,
        "LC_ALL": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime),
        "WINEPREFIX": str(PREFIX),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=",
    }


def wine(*words: str | Path, cwd: Path = Path("/")) -> str:
    """What a Windows program printed; ends the check where it fails."""
    ended = subprocess.run(
        ["wine", *map(str, words)], env=environment(), cwd=cwd, capture_output=True, check=False, timeout=600
    )
    told, errors = (said.decode("utf-8", "replace") for said in (ended.stdout, ended.stderr))  # some speak no UTF-8
    if ended.returncode:
        raise SystemExit(f"{told}\n{errors}\n{words[0]} failed with exit code {ended.returncode}.")
    return told


def wait_until(what: str, is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not after {PATIENCE} seconds.")
        time.sleep(0.5)


def files() -> set[str]:
    """All files and folders that a program brought here, by their place on the drive."""
    found = (f"/{path.relative_to(DRIVE).as_posix()}" for path in DRIVE.rglob("*"))
    return {place for place in found if not any(part in f"{place}/" for part in _NOT_THE_PROGRAMS)}


def registry() -> set[str]:
    """The lines of the person's registry that speak of the app."""
    text = wine("reg", "query", r"HKCU\Software", "/s")
    return {line.strip() for line in text.splitlines() if re.search("rivers", line, re.IGNORECASE)}


def install(setup: Path) -> Path:
    """Install without a person; the program's folder."""
    begun = time.monotonic()
    wine(setup, "/S")
    (folder,) = DRIVE.glob("users/*/AppData/Local/Programs/Rivers Desktop")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say("installed without a question", f"{size / 1e6:.0f} MB in {time.monotonic() - begun:.0f} s")
    entry = wine("reg", "query", ENTRY)
    version = re.search(r"DisplayVersion\s+REG_SZ\s+(\S+)", entry)
    say("in the list of apps", version[1] if version else "without a version")
    say("start menu", len(list(DRIVE.glob(f"{_START_MENU}/Rivers Desktop.lnk"))))
    return folder


def backfill(folder: Path) -> None:
    """Backfill January of a copy of the demo by the command line, which starts workers."""
    project = HOME / "Projekte" / "nyc flights"
    shutil.copytree(folder / "packages/rivers_core/_resources/demo/nyc_flights", project)
    windows_path = f"Z:{project}".replace("/", "\\")
    begun = time.monotonic()
    told = wine(folder / "rivers-core.exe", "backfill", windows_path, *JANUARY)
    say("rivers-core backfill", f"{told.strip()} ({time.monotonic() - begun:.0f} s)")
    say("outputs", len(list(project.glob(".rivers/outputs/daily_flights/**/*.parquet"))))


def open_window(folder: Path, pictures: Path) -> None:
    """Open the demo in the app on a display of its own, hand it a project by a second start, and end it."""
    pictures.mkdir(parents=True, exist_ok=True)
    number = next(number for number in range(90, 200) if not Path(f"/tmp/.X{number}-lock").exists())
    command = ["Xvfb", f":{number}", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    display = {**environment(), "DISPLAY": f":{number}"}
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until("a display", lambda: Path(f"/tmp/.X11-unix/X{number}").exists())
        start = ["wine", str(folder / "rivers-desktop.exe")]
        app = subprocess.Popen([*start, "--demo"], env=display, stderr=subprocess.DEVNULL)
        look = ["xdotool", "search", "--onlyvisible", "--name", "Rivers Desktop$"]
        begun = time.monotonic()
        wait_until("a window", lambda: not _code(look, display))
        say("window", f"after {time.monotonic() - begun:.0f} s")
        wait_until("the demo's database", lambda: any(DRIVE.glob(f"{_DATA}/demo/*/.rivers/rivers.sqlite")))
        time.sleep(20)  # for the picture alone: its rows come when the code has been loaded
        subprocess.run(["import", "-window", "root", str(pictures / "wine.png")], env=display, check=False)
        is_handed_over = _code([*start, "--demo"], display) == 0 and app.poll() is None
        say("a second start", "hands over" if is_handed_over else "does not hand over")
        told = list(DRIVE.glob(f"{_DATA}/Logs/app.log"))
        say("app's log", " ".join(file.read_text(encoding="utf-8") for file in told).strip()[-500:] or "empty")
    finally:
        subprocess.run(["wineserver", "-k"], env=environment(), check=False)
        server.terminate()
        server.wait()


def _code(command: list[str], display: dict[str, str]) -> int:
    return subprocess.run(command, env=display, capture_output=True, check=False, timeout=PATIENCE).returncode


def uninstall(folder: Path, before: set[str]) -> None:
    """Uninstall without a person, and look at what is left."""
    begun = time.monotonic()
    wine(folder / "uninstall.exe", "/S")
    wait_until("removal", lambda: not folder.exists() and ENTRY not in wine("reg", "query", LIST))
    say("uninstalled without a question", f"{time.monotonic() - begun:.0f} s")
    say("left of its files", ", ".join(sorted(files() - before)) or "nothing")
    say("left in the registry", ", ".join(sorted(registry())) or "nothing")
    project = HOME / "Projekte" / "nyc flights" / "rivers.toml"
    say("projects", "kept" if project.exists() else "LOST")


def raise_loopback() -> None:
    """Let processes talk within this system, which is cut off from every other: Python on Windows pairs sockets so."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))


def main() -> None:
    raise_loopback()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    setup = Path(sys.argv[1])
    say("wine", subprocess.run(["wine", "--version"], capture_output=True, text=True, check=False).stdout.strip())
    wine("wineboot", "--init")
    shutil.copy(ICU, DRIVE / "windows" / "system32")
    before = files()
    folder = install(setup)
    backfill(folder)
    open_window(folder, Path(sys.argv[2]))
    uninstall(folder, before)
    subprocess.run(["wineserver", "-k"], env=environment(), check=False)


if __name__ == "__main__":
    main()
