"""Builds the Debian package of a bundle: where its files go, what it needs of the system, and what it says."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bundle_libraries import libraries, needs_of
from desktop_files import APP, SUMMARY
from notices import owner

LIBRARY = f"/usr/lib/{APP}"
# What no library says: the drivers' own doors are opened by name, keyboards and fonts are files.
_MORE_DEPENDS = ("libc6 (>= 2.36)", "libegl1", "libgl1", "xkb-data")  # libc of the building system, Debian 12
_OF_LIBC = ("ld-linux-x86-64.so.2",)
_RECOMMENDS = ("fonts-dejavu-core", "xdg-utils", "shared-mime-info", "desktop-file-utils", "hicolor-icon-theme")
_PROGRAMS = {
    # The same program is the command line when it is called by that name.
    "usr/bin/rivers-core": f"../lib/{APP}/rivers-core",
    f"usr/bin/{APP}": f"../lib/{APP}/{APP}",
}
_DESCRIPTION = f"""{SUMMARY}
 Point at the days, hours or regions to compute again, see exactly what would
 run, launch it, and watch every partition turn done. Assets are written in
 Python. The package brings its own Python, Qt, DuckDB and pandas."""


def build(version: str, bundle: Path, share: Path, target: Path, time: int) -> None:
    """Write the package of a bundle's folder and of a tree for /usr/share; every file in it is of `time`.

    `target` is the file to make. A folder beside it, with `.tree` added, holds the tree that is packed.
    """
    tree = target.with_name(f"{target.name}.tree")
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / LIBRARY.lstrip("/"), symlinks=True)
    shutil.copytree(share, tree / "usr" / "share")
    for place, aim in _PROGRAMS.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        (tree / place).symlink_to(aim)
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "md5sums").write_text(md5sums(tree), encoding="utf-8")
    depends = {*needed_packages(tree / LIBRARY.lstrip("/")), *_MORE_DEPENDS}
    (control / "control").write_text(fields(version, depends, installed_size(tree)), encoding="utf-8")
    _make_uniform(tree, time)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(time)})


def fields(version: str, depends: Iterable[str], size: int) -> str:
    """The package's control file; `size` in KiB."""
    return f"""\
Package: {APP}
Version: {version}
Architecture: amd64
Section: science
Priority: optional
Maintainer: The Rivers Desktop developers <rivers-desktop@localhost>
Installed-Size: {size}
Depends: {", ".join(sorted(depends))}
Recommends: {", ".join(_RECOMMENDS)}
Description: {_DESCRIPTION}
"""


def installed_size(tree: Path) -> int:
    """KiB, as Debian counts them: each file by itself, rounded up, and one for each folder and link."""
    paths = [path for path in tree.rglob("*") if "DEBIAN" not in path.parts]
    return sum(-(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1 for path in paths)


def needed_packages(bundle: Path) -> list[str]:
    """The packages of this system that hold the libraries which the bundle has not itself."""
    needs = needs_of([bundle / APP, *libraries(bundle)])
    own = {file.name for file in needs} | {link.name for link in bundle.rglob("*.so*") if link.is_symlink()}
    unheld = set().union(*needs.values()) - own
    owners = {name: owner(Path("/usr/lib/x86_64-linux-gnu", name)) for name in sorted(unheld) if name not in _OF_LIBC}
    if unknown := [name for name, package in owners.items() if package is None]:
        raise SystemExit(f"The bundle needs {', '.join(unknown)}, which no package of this system holds.")
    return sorted({str(package) for package in owners.values()} - {"libc6"})


def md5sums(tree: Path) -> str:
    """What `dpkg --verify` compares installed files with."""
    files = (file for file in sorted(tree.rglob("*")) if file.is_file() and not file.is_symlink())
    lines = ((hashlib.md5(file.read_bytes()).hexdigest(), file.relative_to(tree)) for file in files)
    return "".join(f"{digest}  {place.as_posix()}\n" for digest, place in lines if place.parts[0] != "DEBIAN")


def _make_uniform(tree: Path, time: int) -> None:
    """Permissions and times that do not tell where it was built."""
    for path in [*tree.rglob("*"), tree]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (time, time), follow_symlinks=False)
