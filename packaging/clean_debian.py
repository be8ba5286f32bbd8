"""Checks the Debian package in a fresh Debian of its own: makes that, a newer version of the package, and the facts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from desktop_files import metainfo

ROOT = Path(__file__).resolve().parents[1]
CHECK = ROOT / "packaging" / "check"
BUILD = ROOT / "build" / "dist"
RELEASE = "bookworm"
CLEAN = BUILD / RELEASE  # made once and never used itself
CHROOT = BUILD / f"{RELEASE}-used"
# What a desktop has besides, and what the check sees and moves it with.
_IN_CHROOT = (
    "appstream",
    "at-spi2-core",
    "dbus",
    "desktop-file-utils",
    "fonts-dejavu-core",
    "gir1.2-atspi-2.0",
    "imagemagick",
    "libglib2.0-bin",
    "procps",
    "python3-gi",
    "shared-mime-info",
    "xauth",
    "xdotool",
    "xvfb",
)
# The mounts are this one program's own and end with it, and so do the processes.
_INSIDE = """\
mount --bind "$0" "$0" || exit
for at in dev sys; do mount --rbind "/$at" "$0/$at" || exit; done
mount -t proc proc "$0/proc" || exit
exec chroot "$0" "$@"
"""
_ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
MEGABYTE = 1_000_000
DEB_BUDGET = 90 * MEGABYTE
INSTALLED_BUDGET = 260 * MEGABYTE
WINDOW_BUDGET = 1.5  # seconds to the first window, warm


class CheckFailedError(Exception):
    """What was not as it should be, in the check's own words."""


def check_in_clean_debian(deb: Path, pictures: Path) -> dict[str, str]:
    """The facts that a check from within tells; raises CheckFailedError. Takes root and debootstrap.

    Pictures of the app are put into the folder `pictures`.
    """
    make_chroot()
    inside = CHROOT / "check"
    shutil.copytree(CHECK, inside, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(deb, inside)
    published = metainfo("1.2.3", "2025-12-31", "https://example.org/pictures")
    (inside / "with-pictures.metainfo.xml").write_text(published, encoding="utf-8")
    newer = make_newer(deb, inside)
    try:
        packages = (f"/check/{deb.name}", f"/check/{newer.name}")
        output = _run(*_ALONE, "sh", "-c", _INSIDE, CHROOT, "python3", "/check/in_debian.py", *packages)
    finally:
        shutil.rmtree(pictures, ignore_errors=True)
        if (CHROOT / "tmp" / "pictures").exists():
            shutil.copytree(CHROOT / "tmp" / "pictures", pictures)
    shutil.rmtree(CHROOT)
    return said(output)


def make_chroot() -> None:
    """A fresh Debian with what a desktop has, as a copy of one that is kept."""
    ready = CLEAN / ".ready"
    if not ready.exists():
        shutil.rmtree(CLEAN, ignore_errors=True)
        _run("debootstrap", "--variant=minbase", RELEASE, CLEAN, mirror())
        shutil.copy("/etc/resolv.conf", CLEAN / "etc")
        _run("chroot", CLEAN, "apt-get", "update", "-q")
        _run("chroot", CLEAN, "apt-get", "install", "-y", "-q", "--no-install-recommends", *_IN_CHROOT)
        _run("chroot", CLEAN, "apt-get", "clean")
        ready.touch()
    shutil.rmtree(CHROOT, ignore_errors=True)
    _run("cp", "--archive", "--reflink=auto", CLEAN, CHROOT)


def mirror() -> str:
    """Where this system takes its packages from, by apt's own word."""
    wanted = ("Created-By: Packages", f"Codename: {RELEASE}")
    return _run("apt-get", "indextargets", "--format", "$(SITE)", *wanted).split()[0]


def make_newer(deb: Path, folder: Path) -> Path:
    """The same program as a later version, which has one revision of the database more."""
    tree = folder / "newer"
    _run("dpkg-deb", "--raw-extract", deb, tree)
    control = tree / "DEBIAN" / "control"
    fields = control.read_text(encoding="utf-8")
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+newer", fields, flags=re.MULTILINE), encoding="utf-8")
    (migrations,) = tree.glob("usr/lib/*/_internal/rivers_core/storage/migrations/versions")
    last = max(file.stem.split("_")[0] for file in migrations.glob("[0-9]*.py"))
    revision = f"{int(last) + 1:04}"
    (migrations / f"{revision}_newer.py").write_text(_migration(revision, last), encoding="utf-8")
    newer = folder / f"newer-{deb.name}"
    _run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", tree, newer)
    shutil.rmtree(tree)
    return newer


def _migration(revision: str, last: str) -> str:
    return (
        f'"""A table more."""\n\nfrom alembic import op\n\nrevision = "{revision}"\ndown_revision = "{last}"\n\n\n'
        'def upgrade() -> None:\n    op.execute("CREATE TABLE newer (id INTEGER PRIMARY KEY)")\n'
    )


def said(output: str) -> dict[str, str]:
    """The lines "name: value" of a check's output."""
    pairs = (line.partition(": ") for line in output.splitlines())
    return {name: value for name, found, value in pairs if found}


def seen_by_mouse(facts: dict[str, str]) -> dict[str, Any]:  # JSON
    return next((json.loads(value) for value in facts.values() if value.startswith("{")), {})


def too_slow(facts: dict[str, str]) -> list[str]:
    """Told and no failure: how fast a window comes depends on what else the machine does."""
    seconds = seen_by_mouse(facts).get("warm_window_after_seconds", 0)
    return [f"a warm start within {WINDOW_BUDGET} s: it took {seconds} s here"] if seconds > WINDOW_BUDGET else []


def over_budget(deb: int, facts: dict[str, str]) -> list[str]:
    """What is larger or more talkative than it should be; `deb` in bytes."""
    found = []
    if deb > DEB_BUDGET:
        found.append(f"the package is larger than {DEB_BUDGET // MEGABYTE} MB")
    installed = int(facts.get("installed", "0 KiB").split()[0]) * 1024
    if installed > INSTALLED_BUDGET:
        found.append(f"{installed / MEGABYTE:.0f} MB installed, over {INSTALLED_BUDGET // MEGABYTE} MB")
    seen = seen_by_mouse(facts)
    if seen.get("printed", "nothing") != "nothing":
        found.append(f"the app printed {seen['printed']}")
    if not seen.get("workers_with_qt", "0 of 1").startswith("0 "):
        found.append(f"Qt is in the memory of {seen['workers_with_qt']} workers")
    return found


def _run(*command: str | Path) -> str:
    """What it printed; raises CheckFailedError with that where it failed."""
    words = [str(word) for word in command]
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=900)
    if ended.returncode:
        raise CheckFailedError(f"{ended.stdout[-3000:]}\n{words[0]} failed with exit code {ended.returncode}.".strip())
    return ended.stdout
