"""Builds everything a second time, in another place, and says in which files the result differs from dist/.

Usage: python packaging/compare_builds.py
Compares what is committed: a clean checkout of the same commit is built.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"


def contents(artefact: Path) -> dict[str, str]:
    """A digest of each file in an archive, by its name there."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in _files(artefact)}


def _files(artefact: Path) -> Iterator[tuple[str, bytes]]:
    if artefact.suffix == ".whl":
        with zipfile.ZipFile(artefact) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist())
    elif artefact.suffix == ".deb":
        for part in ("--ctrl-tarfile", "--fsys-tarfile"):
            command = ["dpkg-deb", part, artefact]
            with (
                subprocess.Popen(command, stdout=subprocess.PIPE) as unpacking,
                tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive,
            ):
                yield from _members(archive)
    elif artefact.suffix == ".gz":
        with tarfile.open(artefact) as archive:
            yield from _members(archive)
    else:
        yield artefact.name, artefact.read_bytes()


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        file = archive.extractfile(member) if member.isfile() else None
        yield f"{member.name} {member.mode:o} {member.mtime}", file.read() if file else member.linkname.encode()


def differences(one: Path, other: Path) -> list[str]:
    """The names of files that are not the same in two archives."""
    ours, theirs = contents(one), contents(other)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "a second place")
        subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
        subprocess.run([sys.executable, checkout / "packaging" / "make_dist.py"], check=True)
        artefacts = sorted(file for file in DIST.iterdir() if file.name != "SHA256SUMS")
        differing = 0
        for file in artefacts:
            found = differences(file, checkout / "dist" / file.name)
            same = file.read_bytes() == (checkout / "dist" / file.name).read_bytes()
            differing += not same
            print(f"{file.name}: {'the same, byte by byte' if same else f'{len(found)} files differ'}")
            print(*(f"  {name}" for name in found[:20]), sep="\n" if found else "")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
