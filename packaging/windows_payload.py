"""Decides what the Windows installer brings: the rules of the bundle, and those that only Windows needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from bundle.contents import EXCLUDED, is_wanted, is_wanted_module

PACKAGES = "packages"  # the folder of Python packages beside the programs
QT_MODULES = ("Core", "Gui", "Network", "Svg", "Widgets")

# In the own folders of Qt's two packages only these are kept; of plugins the bundle's rules know more.
_QT_PACKAGES = ("PySide6", "shiboken6")
_KEPT_OF_QT = (
    "*.py",
    *(f"Qt6{name}.dll" for name in QT_MODULES),
    *(f"Qt{name}.pyd" for name in QT_MODULES),
    "Shiboken.pyd",
    "pyside6.abi3.dll",
    "shiboken6.abi3.dll",
    "msvcp140*.dll",
    "vcruntime140*.dll",
)
_UNWANTED_PLUGINS = ("qdirect2d.dll",)  # another way to paint, which the app never asks for
_UNWANTED_FILES = (
    "*.pyi",
    "*.lib",
    "*.pdb",
    "*.exe",
    "*.pyx",
    "*.pxd",
    "*.h",
    "*.c",
    "*.cpp",
    "direct_url.json",
    "RECORD",
)
_UNWANTED_FOLDERS = ("bin/*", "alembic/testing/*", "sqlalchemy/testing/*")
# Of the embeddable Python everything is kept but its own programs and the files about their signatures.
_UNWANTED_OF_PYTHON = ("python.exe", "pythonw.exe", "python.cat", "*._pth")


def is_wanted_package_file(place: str) -> bool:
    """Whether a file belongs into the folder of packages, by its place in it (with `/` between folders)."""
    if any(fnmatch(place.rpartition("/")[2], pattern) for pattern in _UNWANTED_FILES):
        return False
    if any(fnmatch(place, pattern) for pattern in _UNWANTED_FOLDERS):
        return False
    if any(place.startswith(f"{name.replace('.', '/')}/") for name in EXCLUDED):
        return False
    module = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if place.endswith(".py") and not is_wanted_module(module):
        return False
    package, _, inside = place.partition("/")
    if package in _QT_PACKAGES and not _is_wanted_of_qt(inside):
        return False
    return is_wanted(f"{PACKAGES}/{place}")


def _is_wanted_of_qt(place: str) -> bool:
    folder, in_folder, _ = place.partition("/")
    if not in_folder:
        return any(fnmatch(place, pattern) for pattern in _KEPT_OF_QT)
    return folder == "plugins" and place.rpartition("/")[2] not in _UNWANTED_PLUGINS


def is_wanted_python_file(name: str) -> bool:
    """Whether a file of the embeddable Python, which is one flat folder, belongs beside the programs."""
    return not any(fnmatch(name, pattern) for pattern in _UNWANTED_OF_PYTHON)


def search_path(library: str) -> str:
    """The file that tells Python where its modules are, and nowhere else: not in the registry, not in variables."""
    return f"{library}\n.\n{PACKAGES}\n"


def files_below(folder: Path) -> list[str]:
    """The places of all files in a folder, with `/`, in one order on every machine."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def installed_lines(places: Iterable[str], payload: Path) -> Iterator[str]:
    """NSIS's orders to install these files of `payload`; they come sorted."""
    folder = None
    for place in places:
        above, _, _ = place.replace("/", "\\").rpartition("\\")
        if above != folder:
            folder = above
            yield f'SetOutPath "$INSTDIR{chr(92) + above if above else ""}"'
        yield f'File "{payload / place}"'


def removed_lines(places: Iterable[str]) -> Iterator[str]:
    """NSIS's orders to remove what was installed and what Python made in its folders, and nothing else there."""
    places = list(places)
    for folder in sorted({place.partition("/")[0] for place in places if "/" in place}):
        yield f'RMDir /r "$INSTDIR\\{folder}"'
    for name in sorted(place for place in places if "/" not in place):
        yield f'Delete "$INSTDIR\\{name}"'


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """A version as Windows keeps it: 1.2.0rc1 is (1, 2, 0, 0)."""
    numbers = []
    for part in version.split(".")[:4]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
    padded = (*numbers, 0, 0, 0, 0)
    return padded[0], padded[1], padded[2], padded[3]
