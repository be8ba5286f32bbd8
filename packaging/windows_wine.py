"""Checks the Windows installer under wine 10, in a Debian of its own that has it.

Wine is no Windows: what goes there most probably goes on Windows, and no more is said.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent
BUILD = PACKAGING.parent / "build" / "dist"
RELEASE = "trixie"  # the first Debian whose wine runs Python 3.13
CHROOT = BUILD / RELEASE
PYTHON = BUILD / "venv" / "bin" / "python"  # of the build: it reads DLLs
_LIBRARIES = "usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
_IN_CHROOT = ("fonts-dejavu-core", "imagemagick", "python3", "wine", "wine64", "xdotool", "xvfb")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The mounts are this one program's own and end with it, and so do the processes. What wine makes of a home holds a
# link to the whole system, which nothing that walks through the folder of the build must meet.
_INSIDE = """\
for at in dev sys; do mount --rbind "/$at" "$0/$at" || exit; done
mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/home" || exit
exec chroot "$0" "$@"
"""
_ALONE = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child")

# What the check has to tell; of the rest anything goes.
EXPECTED = {
    "start menu": "1",
    "outputs": "93",
    "a second start": "hands over",
    "app's log": "empty",
    "left of its files": "nothing",
    "left in the registry": "nothing",
    "projects": "kept",
}


class WineCheckError(Exception):
    """What was not as it should be, in the check's own words."""


def check_in_wine(setup: Path, pictures: Path) -> dict[str, str]:
    """The facts that a check from within tells; raises WineCheckError. Takes root, debootstrap and mingw.

    Nothing in it reaches a network. A picture of the window is put into the folder `pictures`.
    """
    make_chroot()
    inside = CHROOT / "check"
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    shutil.copy(PACKAGING / "check" / "in_wine.py", inside)
    shutil.copy(setup, inside)
    try:
        script = ("python3", "/check/in_wine.py", f"/check/{setup.name}", "/check/pictures")
        return _said(_run(*_ALONE, "sh", "-c", _INSIDE, CHROOT, *script))
    finally:
        if (inside / "pictures").exists():
            shutil.copytree(inside / "pictures", pictures, dirs_exist_ok=True)
        shutil.rmtree(inside)


def make_chroot() -> None:
    """A Debian with wine, made once; what wine lacks is added."""
    if (CHROOT / ".ready").exists():
        return
    shutil.rmtree(CHROOT, ignore_errors=True)
    _run("debootstrap", "--variant=minbase", f"--keyring={_KEYRING}", RELEASE, CHROOT, mirror())
    shutil.copy("/etc/resolv.conf", CHROOT / "etc")
    _run("chroot", CHROOT, "apt-get", "update", "-q")
    install = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends")
    _run("chroot", CHROOT, *install, *_IN_CHROOT)
    _run("chroot", CHROOT, "apt-get", "clean")
    _run(PYTHON, PACKAGING / "windows_shims.py", CHROOT / _LIBRARIES)
    (CHROOT / ".ready").touch()


def mirror() -> str:
    """Where this system takes its packages from, by apt's own word; all releases are there."""
    return _run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()[0]


def problems_in(facts: dict[str, str]) -> list[str]:
    """What the facts show to be wrong."""
    return [f"{name}: {facts.get(name, 'not told')}" for name, value in EXPECTED.items() if facts.get(name) != value]


def _said(output: str) -> dict[str, str]:
    pairs = (line.partition(": ") for line in output.splitlines())
    return {name: value for name, found, value in pairs if found}


def _run(*command: str | Path) -> str:
    words = [str(word) for word in command]
    output = subprocess.PIPE
    ended = subprocess.run(words, stdout=output, stderr=subprocess.STDOUT, text=True, check=False, timeout=1200)
    if ended.returncode:
        raise WineCheckError(f"{ended.stdout[-3000:]}\n{words[0]} failed with exit code {ended.returncode}.".strip())
    return ended.stdout
