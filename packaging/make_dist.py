"""Builds into dist/ what this system can build: wheel, sdist, the bundle, the Debian package, the Windows installer.

Usage: python packaging/make_dist.py
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bundle_libraries import make_lean
from debian_package import LIBRARY, build
from desktop_files import APP, DESKTOP_ID, desktop_entry, metainfo, mime_package
from notices import notices, python_parts, system_parts
from windows_setup import Workshop, make_setup

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "dist"
DIST = ROOT / "dist"
LOCK = ROOT / "packaging" / "bundle.lock"
VENV = BUILD / "venv"
PYTHON = VENV / "bin" / "python"
BUNDLE = BUILD / "bundle" / APP
SHARE = BUILD / "share"
LOCKED_FOR = (3, 11)
OTHER_NAMES = ("rivers-core", "rivers-worker")  # by which the bundled program is the command line and a worker
# Names the web address of the manual's published pictures, for the screenshots in software centers.
PICTURES_VARIABLE = "RIVERS_PICTURES_URL"
_LGPL_TEXTS = ("LGPL-3", "GPL-3")


def project_version() -> str:
    """The one place of the version is pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def release_time() -> int:
    """Seconds since 1970 that every artefact is dated with: the last commit's, so that builds can be compared."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip() else int(time.time())


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a program whose output is shown only when it fails."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(release_time()), "PYTHONHASHSEED": "0"}
    ended = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"{ended.stdout}\n{ended.stderr}\n{command[0]} failed with exit code {ended.returncode}.")


@contextmanager
def step(name: str) -> Iterator[None]:
    begun = time.monotonic()
    print(f"{name} ...", end="", flush=True)
    yield
    print(f" {time.monotonic() - begun:.0f} s", flush=True)


def make_venv() -> None:
    """An environment with exactly what is locked, made anew when the lock changed."""
    stamp = VENV / ".lock"
    locked = LOCK.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == locked:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", VENV)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", LOCK)
    stamp.write_text(locked, encoding="utf-8")


def make_wheel(version: str) -> Path:
    """The wheel and the sdist; gives the wheel back."""
    run(PYTHON, "-m", "build", "--no-isolation", "--outdir", DIST, ROOT)
    (wheel,) = DIST.glob(f"rivers_desktop-{version}-*.whl")
    return wheel


def make_bundle(wheel: Path) -> None:
    """The folder with app, worker and everything they need, made from the wheel rather than from the checkout."""
    run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", wheel)
    _forget_origin()
    spec = ROOT / "packaging" / "bundle" / "rivers-desktop.spec"
    folders = ("--distpath", BUILD / "bundle", "--workpath", BUILD / "work")
    run(PYTHON, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, spec, cwd=BUILD)
    for name in OTHER_NAMES:
        (BUNDLE / name).symlink_to(APP)
    make_lean(BUNDLE / "_internal", BUILD / "libraries")


def packages_folder() -> Path:
    (folder,) = VENV.glob("lib/python*/site-packages")
    return folder


def _forget_origin() -> None:
    """Take out of the installed package's metadata where on this machine it came from."""
    for record in packages_folder().glob("rivers_desktop-*.dist-info/direct_url.json"):
        record.unlink()


def make_share(version: str) -> None:
    """The tree that goes to /usr/share: menu entry, icons, description, file type and licenses."""
    shutil.rmtree(SHARE, ignore_errors=True)
    date = datetime.fromtimestamp(release_time(), UTC).date().isoformat()
    write(SHARE / "applications" / f"{DESKTOP_ID}.desktop", desktop_entry())
    write(SHARE / "metainfo" / f"{DESKTOP_ID}.metainfo.xml", metainfo(version, date, os.environ.get(PICTURES_VARIABLE)))
    write(SHARE / "mime" / "packages" / f"{APP}.xml", mime_package())
    drawing = ROOT / "resources" / "icons" / f"{APP}.svg"
    run(PYTHON, ROOT / "packaging" / "render_icons.py", drawing, SHARE / "icons" / "hicolor")
    documents = SHARE / "doc" / APP
    write(documents / "copyright", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    write(documents / "THIRD-PARTY-NOTICES.txt", bundled_notices())
    for name in _LGPL_TEXTS:
        shutil.copyfile(f"/usr/share/common-licenses/{name}", documents / f"{name}.txt")


def bundled_notices() -> str:
    """The licenses of what lies in the bundle."""
    parts = python_parts(packages_folder())
    qt = next(part.name.split()[1] for part in parts if part.name.lower().startswith("pyside6"))
    return notices(qt, f"{LIBRARY}/_internal/PySide6", [*parts, *system_parts(system_libraries())])


def system_libraries() -> list[Path]:
    """The libraries of the building system that the bundle holds copies of."""
    names = {file.name for file in (BUNDLE / "_internal").glob("*.so*")}
    folders = [Path("/usr/lib/x86_64-linux-gnu"), Path("/lib/x86_64-linux-gnu")]
    return [folder / name for name in sorted(names) for folder in folders[:1] if (folder / name).exists()]


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def make_deb(version: str) -> None:
    package = f"{APP}_{version}_amd64.deb"
    build(version, BUNDLE, SHARE, BUILD / package, release_time())
    shutil.move(BUILD / package, DIST / package)


def make_windows_setup(wheel: Path, version: str) -> None:
    texts = [Path("/usr/share/common-licenses", name) for name in _LGPL_TEXTS]
    shop = Workshop(BUILD / "windows", PYTHON, run, release_time())
    make_setup(shop, wheel, version, texts, DIST / f"Rivers-Desktop-{version}-Setup.exe")


def make_sums() -> None:
    """SHA256SUMS, to be checked with `sha256sum -c`."""
    files = sorted(file for file in DIST.iterdir() if file.is_file() and file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    write(DIST / "SHA256SUMS", "".join(lines))


def main() -> None:
    if sys.version_info[:2] != LOCKED_FOR or not sys.platform.startswith("linux"):
        raise SystemExit(f"The installers are built on Linux with Python {'.'.join(map(str, LOCKED_FOR))}.")
    version = project_version()
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    with step("Environment from packaging/bundle.lock"):
        make_venv()
    with step("Wheel and sdist"):
        wheel = make_wheel(version)
    with step("Bundle"):
        make_bundle(wheel)
    with step("Desktop files, icons, licenses"):
        make_share(version)
    with step("Debian package"):
        make_deb(version)
    with step("Windows installer"):
        make_windows_setup(wheel, version)
    make_sums()
    for file in sorted(DIST.iterdir()):
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file.name}")


if __name__ == "__main__":
    main()
