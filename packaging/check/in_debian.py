"""Checks the Debian package from within a clean Debian, as root: installs, uses, upgrades, downgrades and purges it.

Usage: in_debian.py PACKAGE.deb NEWER.deb

NEWER is a later version whose database has one revision more. Beside this file lie the scripts that use the app.
Prints lines "name: value" and ends with a sentence where something is not as it should be.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
APP = "rivers-desktop"
LIBRARY = Path("/usr/lib", APP)
ENTRY = Path("/usr/share/applications/rivers_desktop.desktop")
METAINFO = Path("/usr/share/metainfo/rivers_desktop.metainfo.xml")
PERSON = "analyst"
HOME = Path("/home/Ana Müller")
PROJECT = HOME / "Größe & Maß"
PICTURES = Path("/tmp/pictures")
SIZES = ("16x16", "22x22", "24x24", "32x32", "48x48", "64x64", "128x128", "256x256", "512x512", "scalable")
# What other packages keep of their own accord, whatever is installed.
_KEPT_BY_OTHERS = re.compile(r"\.cache$|/ld\.so\.cache|^/var/lib/systemd|__pycache__|^/var/cache|^/var/log|^/root/\.")

_CODE = """\
import math
import ssl
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import duckdb
import pandas
import rivers_core as rs


@rs.Asset(partitions_def=rs.PartitionsDefinition.static_(["fork", "spawn"]))
def roots(context: rs.AssetExecutionContext) -> pandas.DataFrame:
    way = str(context.partition.key)
    with ProcessPoolExecutor(2, mp_context=get_context(way)) as pool:
        numbers = pandas.DataFrame({"root": list(pool.map(math.sqrt, range(100)))})
    assert duckdb.sql("SELECT count(*) FROM numbers").fetchall() == [(100,)]
    assert ssl.create_default_context().get_ca_certs() is not None
    return numbers


repo = rs.CodeRepository(assets=[roots])
"""


def say(name: str, value: object) -> None:
    print(f"{name}: {value}", flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """What a program printed; ends with that where it failed."""
    ended = _ended(*command, env=env)
    if ended.returncode:
        raise SystemExit(f"{ended.stdout[-3000:]}\n{command[0]} failed with exit code {ended.returncode}.")
    return ended.stdout


def as_person(*command: str | Path) -> list[str]:
    """A command run by the person, in their home."""
    return ["runuser", "-u", PERSON, "--", "env", f"HOME={HOME}", "LC_ALL=C.UTF-8", *map(str, command)]


def _ended(*command: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=env)


def files() -> set[str]:
    """Everything on the system, but for the package lists and the home of the person."""
    listing = run("find", "/etc", "/opt", "/usr", "/var", "/root", "-xdev", "-not", "-path", "/var/lib/dpkg/*")
    apart = ("/var/lib/apt", "/var/cache/apt")
    return {line for line in listing.splitlines() if not line.startswith(apart)}


def install(package: Path, *options: str) -> float:
    begun = time.monotonic()
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", *options, package)
    return time.monotonic() - begun


def check_files() -> None:
    """What the package put on the system is whole, valid and complete."""
    say("installed", run("dpkg-query", "-W", "-f", "${Installed-Size} KiB", APP))
    altered = run("dpkg", "--verify", APP).strip()
    say("files as packed", altered or "yes")
    say("menu entry", run("desktop-file-validate", ENTRY).strip() or "valid")
    for description in (METAINFO, HERE / "with-pictures.metainfo.xml"):
        # There is no domain after whose name the app could be called.
        run("appstreamcli", "validate", "--no-net", "--override=cid-desktopapp-is-not-rdns=info", description)
    has_pictures = "<screenshots>" in METAINFO.read_text(encoding="utf-8")
    told = "with its pictures" if has_pictures else "without pictures, as built here, and with them, as released"
    say("description for software centers", f"valid {told}, but that its name is of no domain")
    lacking = [size for size in SIZES if not list(Path("/usr/share/icons/hicolor", size, "apps").glob(f"{APP}.*"))]
    say("icons", f"lacking: {' '.join(lacking)}" if lacking else f"{len(SIZES)} sizes")
    notices = Path("/usr/share/doc", APP, "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
    if "Lesser General Public License" not in notices or not (Path("/usr/share/doc", APP, "LGPL-3.txt")).exists():
        raise SystemExit("The notices do not say that Qt is under the LGPL.")
    say("notices", f"of {notices.partition('Qt, PySide6')[0].count(chr(10) + '- ')} parts, Qt under the LGPL")


def check_libraries() -> None:
    internal = LIBRARY / "_internal"
    found = {**os.environ, "LD_LIBRARY_PATH": f"{internal}:{internal / 'PySide6/Qt/lib'}"}
    modules = [file for file in LIBRARY.rglob("*.so*") if not file.is_symlink()]
    missing = re.findall(r"^\s*(\S+) => not found", run("ldd", *modules, env=found), re.MULTILINE)
    if missing:
        raise SystemExit(f"Libraries that are not found: {' '.join(sorted(set(missing)))}")
    say("libraries", f"all that {len(modules)} modules need are found")


def make_person() -> None:
    """Somebody new, whose home's name has a space and letters beyond ASCII."""
    shutil.rmtree(HOME, ignore_errors=True)
    if _ended("id", PERSON).returncode:
        run("useradd", "--no-create-home", "--home-dir", HOME, "--shell", "/bin/bash", PERSON)
    HOME.mkdir()
    run("chown", PERSON, HOME)


def make_project() -> None:
    """A project of the person's own, whose code uses pandas, DuckDB and processes."""
    PROJECT.mkdir()
    (PROJECT / "rivers.toml").write_text('[project]\nname = "Größe & Maß"\ncode = "zahlen.py"\n', encoding="utf-8")
    (PROJECT / "zahlen.py").write_text(_CODE, encoding="utf-8")
    run("chown", "-R", PERSON, PROJECT)
    kind = run("gio", "info", "-a", "standard::content-type", PROJECT / "rivers.toml").rpartition(": ")[2].strip()
    opens = run("gio", "mime", kind).splitlines()[0].rpartition(": ")[2]
    say("a rivers.toml", f"{kind}, opened by {opens}")


def check_code() -> None:
    run(*as_person("rivers-core", "backfill", PROJECT, "--assets", "roots", "--all-partitions"))
    say("code with pandas, DuckDB and processes of its own", "completed")


def use_app() -> None:
    """The menu, the mouse, the double-click; without a network and without a place to write but the home."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    run("chown", PERSON, PICTURES)
    say("from the menu, by mouse, in a read-only /usr, without a network", _on_display("drive_installed.py"))


def _on_display(script: str, *more: str) -> str:
    """The last line that a script said on a display of its own, which ends with it, as all that it started."""
    runtime = Path("/tmp/runtime-analyst")
    runtime.mkdir(mode=0o700, exist_ok=True)
    run("chown", PERSON, runtime)
    journey = ["python3", HERE / script, PICTURES, ENTRY, PROJECT / "rivers.toml", *more]
    environment = [f"XDG_RUNTIME_DIR={runtime}", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1", "PYTHONDONTWRITEBYTECODE=1"]
    person = as_person("env", *environment, "xvfb-run", "-a", "-s", "-screen 0 1400x900x24 -nolisten tcp")
    inside = 'mount --bind /usr /usr && mount -o remount,bind,ro /usr && cd "$HOME_OF" && exec "$@"'
    alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", inside, "sh"]
    output = run(*alone, *person, "dbus-run-session", "--", *journey, env={**os.environ, "HOME_OF": str(HOME)})
    return output.splitlines()[-1]


def check_versions(package: Path, newer: Path) -> None:
    """A newer version brings the database up to date and keeps a copy; the older one then refuses it."""
    states = PROJECT / ".rivers"
    install(newer)
    run(*as_person("rivers-core", "list", PROJECT))
    copies = sorted(file.name for file in states.rglob("*.before-upgrade-*"))
    if not copies:
        raise SystemExit("The newer version kept no copy of the database.")
    say("a newer version over it", f"database upgraded, {', '.join(copies)} kept")
    install(package, "--allow-downgrades")
    refused = _ended(*as_person("rivers-core", "list", PROJECT))
    sentence = " ".join(refused.stdout.split())
    if refused.returncode != 2 or "newer Rivers Desktop" not in sentence:
        raise SystemExit(f"The older version does not refuse a newer database: {sentence}")
    say("the older version again", f"refused: {sentence}")


def replace_qt() -> None:
    """Put another build of one of Qt's libraries in its place, as the LGPL lets everybody do."""
    library = LIBRARY / "_internal/PySide6/Qt/lib/libQt6Widgets.so.6"
    other = library.with_name("other.so")
    shutil.copy(library, other)
    with other.open("ab") as file:
        file.write(b"built by somebody else")
    other.replace(library)
    say("with another file as libQt6Widgets", _on_display("drive_start.py"))


def check_purge(before: set[str]) -> None:
    run("apt-get", "purge", "-y", "-q", "--autoremove", APP)
    left = sorted(file for file in files() - before if not _KEPT_BY_OTHERS.search(file))
    if left:
        raise SystemExit(f"Left after purge: {' '.join(left)}")
    say("left after purge", "nothing")
    if not (PROJECT / ".rivers").exists():
        raise SystemExit("The purge took the project's states.")
    say("the person's projects after purge", "untouched")


def main() -> None:
    package, newer = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ.update(DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
    make_person()
    before = files()
    say("apt install", f"{install(package):.0f} s")
    check_files()
    check_libraries()
    make_project()
    check_code()
    use_app()
    check_versions(package, newer)
    replace_qt()
    check_purge(before)


if __name__ == "__main__":
    main()
