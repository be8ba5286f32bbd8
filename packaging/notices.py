"""Gathers the licenses of everything that an installer brings along, with what the LGPL asks to be said of Qt."""

from __future__ import annotations

import subprocess
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

_BUILD_TOOLS = frozenset(
    {
        "altgraph",
        "build",
        "hatchling",
        "packaging",
        "pathspec",
        "pefile",
        "pluggy",
        "pyinstaller-hooks-contrib",
        "pyproject-hooks",
        "rivers-desktop",
        "setuptools",
        "tomlkit",
        "trove-classifiers",
    }
)
_ABOUT_QT = """\
Qt, PySide6 and shiboken6 are used under the GNU Lesser General Public License, version 3, whose text is below and
in LGPL-3.txt and GPL-3.txt beside this file. Their libraries lie as files of their own in {place}.
You may replace them there by your own builds of the same major version: nothing checks their content. Their source
code is published by The Qt Company at download.qt.io under /official_releases, for Qt {version} and PySide6 {version}.
Rivers Desktop changes none of them. You may debug and take apart the program as far as working on changed versions
of these libraries needs it.
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one part of the bundle is called, and the text of its license."""

    name: str
    license: str
    text: str


def notices(qt_version: str, place: str, parts: Iterable[Notice]) -> str:
    """One text with everything; `place` is where Qt's libraries are installed."""
    ordered = sorted(parts, key=lambda part: part.name.casefold())
    names = "\n".join(f"- {part.name}: {part.license}" for part in ordered)
    texts = "\n".join(f"{'=' * 100}\n{part.name}\n{'=' * 100}\n\n{part.text.strip()}\n" for part in ordered)
    about_qt = _ABOUT_QT.format(place=place, version=qt_version)
    return f"Rivers Desktop is under the MIT license. It brings along:\n\n{names}\n\n{about_qt}\n{texts}"


def python_parts(packages: Path, language: str | None = None) -> list[Notice]:
    """The Python packages installed in a folder of packages, without those that only build, and Python itself.

    `language` is the text of the license of the Python that comes along, by default this one.
    """
    found = [one for one in distributions(path=[str(packages)]) if one.name.lower() not in _BUILD_TOOLS]
    if language is None:
        language = Path(sysconfig.get_path("stdlib"), "LICENSE.txt").read_text(encoding="utf-8")
    return [*map(_of_distribution, found), Notice("Python", "PSF-2.0", language)]


def _of_distribution(one: Distribution) -> Notice:
    declared = one.metadata["License-Expression"] or one.metadata["License"] or "see below"
    files = [file for file in one.files or () if _is_license(file.as_posix())]
    texts = [Path(str(one.locate_file(file))).read_text(encoding="utf-8", errors="replace") for file in files]
    return Notice(f"{one.name} {one.version}", declared.splitlines()[0], "\n\n".join(texts) or "As stated above.")


def _is_license(file: str) -> bool:
    name = file.rpartition("/")[2].upper()
    return ".dist-info/" in file and name.startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS"))


def system_parts(libraries: Iterable[Path]) -> list[Notice]:
    """The Debian packages that these shared libraries of the building system belong to."""
    packages = sorted({package for library in libraries if (package := owner(library)) is not None})
    return [_of_package(package) for package in packages]


def owner(library: Path) -> str | None:
    """Debian's package that a file is of; looked up by both names that a merged /usr gives it."""
    resolved = str(library.resolve())
    for name in (resolved, resolved.removeprefix("/usr")):
        answer = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return answer.stdout.partition(":")[0]
    return None


def _of_package(package: str) -> Notice:
    text = Path("/usr/share/doc", package, "copyright").read_text(encoding="utf-8", errors="replace")
    return Notice(f"{package} (from Debian)", "see below", text)
