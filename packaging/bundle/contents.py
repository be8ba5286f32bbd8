"""Decides what goes into the bundle: the standard library for user code, and of Qt and others only what is used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

# Modules of the standard library that open windows, test Python itself or install packages.
_OPENING_WINDOWS = ("antigravity", "this")  # or printing, as soon as they are imported
_UNWANTED_STANDARD = ("tkinter", "turtle", "turtledemo", "idlelib", "test", "lib2to3", "ensurepip")

EXCLUDED = (
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
# PyInstaller's own start of Qt loads it in workers too; Qt finds its plugins beside its libraries without that.
_UNWANTED_HOOKS = ("pyi_rth_pyside6",)

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
# What ties into the rest of the system comes from there: its own is the newest in security and finds the services,
# fonts and certificates of that system. None of these needs a library that the bundle brings.
_OF_THE_SYSTEM = (
    "libX11*.so*",
    "libXau.so*",
    "libXdmcp.so*",
    "libbrotli*.so*",
    "libbsd.so*",
    "libcap.so*",
    "libcom_err.so*",
    "libcrypto.so*",
    "libdbus-1.so*",
    "libexpat.so*",
    "libfontconfig.so*",
    "libfreetype.so*",
    "libgcc_s.so*",
    "libgcrypt.so*",
    "libglib-2.0.so*",
    "libgpg-error.so*",
    "libgssapi_krb5.so*",
    "libgthread-2.0.so*",
    "libk5crypto.so*",
    "libkeyutils.so*",
    "libkrb5*.so*",
    "liblz4.so*",
    "liblzma.so*",
    "libmd.so*",
    "libpcre2-8.so*",
    "libpng16.so*",
    "libssl.so*",
    "libstdc++.so*",
    "libsystemd.so*",
    "libz.so*",
    "libzstd.so*",
)
_UNWANTED_FILES = (
    *_OF_THE_SYSTEM,
    "libQt6EglF*",
    "libQt6OpenGL*",
    "libQt6Pdf*",
    "libQt6Qml*",
    "libQt6Quick*",
    "libQt6Test*",
    "libQt6VirtualKeyboard*",
    "INSTALLER",  # pip's notes of how it put a package where it was built
    "RECORD",
    "REQUESTED",
    "direct_url.json",
    "nis.cpython*",  # asks a kind of directory that is no longer used; gone from Python since 3.13
    "Qt*.pyi",
)
_KEPT_LEXERS = ("_mapping", "python", "special", "text", "unicon")
_UNWANTED_DIALECTS = tuple(f"sqlalchemy.dialects.{name}" for name in ("mssql", "mysql", "oracle"))
_UNWANTED_FOLDERS = (
    "*/__pycache__/*",
    "*/tests/*",
    "*/Qt/translations/*",
    "*/Qt/qml/*",
    "*/include/*",
    "*/_pyinstaller/*",
)


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
    """Whether a Python module belongs into the bundle: of a syntax highlighter only Python, of databases few."""
    package, _, module = name.rpartition(".")
    if package == "pygments.lexers":
        return module in _KEPT_LEXERS
    return not name.startswith(_UNWANTED_DIALECTS)


def is_wanted_hook(name: str) -> bool:
    """Whether one of the scripts that PyInstaller runs at the start is run."""
    return name not in _UNWANTED_HOOKS


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
