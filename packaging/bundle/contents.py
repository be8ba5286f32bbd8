"""Decides what goes into the bundle: the standard library for user code, and of Qt and others only what is used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

# Modules of the standard library that open windows, test Python itself or install packages.
_OPENING_WINDOWS = ("antigravity", "this")  # or printing, as soon as they are imported
_UNWANTED_STANDARD = ("tkinter", "turtle", "turtledemo", "idlelib", "test", "lib2to3", "ensurepip")

NOT_IN_ANY_PROGRAM = (
    *_UNWANTED_STANDARD,
    "_tkinter",
    "IPython",
    "PIL",
    "matplotlib",
    "numpy.f2py",
    "pip",
    "pkg_resources",
    "pytest",
    "scipy",
    "setuptools",
)
# The app's own process loads no data library: workers do. The command line is the other program's.
NOT_IN_THE_APP = (
    "duckdb",
    "_duckdb",
    "pandas",
    "polars",
    "pyarrow",
    "pygments",
    "rich",
    "rivers_core.cli",
    "typer",
)
NOT_IN_THE_WORKER = ("PySide6", "shiboken6", "qasync", "rivers_app")

# Which of Qt's plugins are kept, by their folder; the folders that are not named here go.
_KEPT_PLUGINS = {
    "iconengines": ("*svgicon*",),
    "imageformats": ("*qsvg*", "*qico*"),
    "platforms": ("*qxcb*", "*qwayland*", "*qoffscreen*", "*qwindows*", "*qcocoa*"),
    "platforminputcontexts": ("*compose*", "*ibus*"),
    "platformthemes": ("*xdgdesktopportal*",),
    "styles": ("*",),
    "wayland-decoration-client": ("*",),
    "wayland-shell-integration": ("*xdg-shell*",),
}
_UNWANTED_FILES = (
    "libgcc_s.so*",  # these two belong to the system: the graphics driver brings code that needs its newer ones
    "libstdc++.so*",
    "libcairo*.so*",  # these are of the GTK theme plugin, which is not kept
    "libgdk*.so*",
    "libgio-2.0.so*",
    "libgobject-2.0.so*",
    "libgtk-3.so*",
    "libharfbuzz*.so*",
    "libpango*.so*",
    "libpixman*.so*",
    "libQt6EglF*",
    "libQt6OpenGL*",
    "libQt6Pdf*",
    "libQt6Qml*",
    "libQt6Quick*",
    "libQt6Test*",
    "libQt6VirtualKeyboard*",
    "Qt*.pyi",
)
_KEPT_LEXERS = ("_mapping", "python", "special", "text", "unicon")
_UNWANTED_FOLDERS = ("*/tests/*", "*/Qt/translations/*", "*/Qt/qml/*", "*/include/*", "*/_pyinstaller/*")


def standard_modules(library: Path) -> Iterator[str]:
    """Names of all importable modules of the standard library in `library`, with those inside its packages."""
    for name in sorted(sys.stdlib_module_names):
        if name in _UNWANTED_STANDARD or name in _OPENING_WINDOWS:
            continue
        yield name
        yield from _inside(library, library / name)


def _inside(library: Path, package: Path) -> Iterator[str]:
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(library).with_suffix("").parts
        if {"test", "tests", "__main__", "idle_test"} & set(parts):
            continue
        yield ".".join(parts).removesuffix(".__init__")


def is_wanted_module(name: str) -> bool:
    """Whether a Python module belongs into the bundle: of a syntax highlighter only what shows Python."""
    return not name.startswith("pygments.lexers.") or name.rpartition(".")[2] in _KEPT_LEXERS


def is_wanted(place: str) -> bool:
    """Whether a file belongs into the bundle, by its place in it (with `/` between folders)."""
    name = place.rpartition("/")[2]
    if any(fnmatch(name, pattern) for pattern in _UNWANTED_FILES):
        return False
    if any(fnmatch(f"/{place}", pattern) for pattern in _UNWANTED_FOLDERS):
        return False
    _, is_plugin, inside = place.partition("/plugins/")
    if not is_plugin or "PySide6" not in place:
        return True
    folder, _, file = inside.partition("/")
    return any(fnmatch(file, pattern) for pattern in _KEPT_PLUGINS.get(folder, ()))


def wanted(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Those of a PyInstaller table's entries (place, source, kind) that belong into the bundle."""
    return [entry for entry in entries if is_wanted(entry[0].replace("\\", "/"))]
