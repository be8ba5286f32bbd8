"""Reads which packages a project says it needs: requirements.txt, pyproject.toml, and a file's inline metadata."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from rivers_core.pythons.finding import folders_of

REQUIREMENTS, PYPROJECT = "requirements.txt", "pyproject.toml"

# The block of PEP 723, by the regular expression that its specification gives.
_SCRIPT = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_NESTED = re.compile(r"^(?:-r|--requirement)(?:\s+|=|(?=\S))(.+)$")
# Where pip is to look for packages; the second of each pair says whether the value is a path or an address.
_OPTIONS = {
    "-i": "--index-url",
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "-f": "--find-links",
    "--find-links": "--find-links",
    "--trusted-host": "--trusted-host",
}
_FLAGS = ("--no-index", "--pre")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a project's files ask for.

    `lines` are requirements as pip takes them, `options` where it is to look for them, `places` the files that say
    so, `requires_python` a version specifier or "", `unread` a sentence for each line that was not understood.
    """

    lines: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    places: tuple[Path, ...] = ()
    requires_python: str = ""
    unread: tuple[str, ...] = ()


def declared(folder: Path, code: Path) -> Declared:
    """What the project in `folder` needs; raises nothing: what cannot be read is told in `unread`.

    A code file with inline metadata stands for itself. Otherwise the nearest folder up to the root of the repository
    that has a requirements.txt, or a pyproject.toml with dependencies, says it.
    """
    if code.is_file() and (inline := _inline(code)) is not None:
        return inline
    for level in folders_of(folder):
        found = _Reading()
        if (level / PYPROJECT).is_file():
            found.read_pyproject(level / PYPROJECT)
        if (level / REQUIREMENTS).is_file():
            found.read_requirements(level / REQUIREMENTS)
        if found.places:
            return found.declared()
    return Declared()


class _Reading:
    """Collects from several files."""

    def __init__(self) -> None:
        self.places: list[Path] = []
        self._lines: list[str] = []
        self._options: list[str] = []
        self._unread: list[str] = []
        self._requires_python = ""

    def declared(self) -> Declared:
        lines = tuple(dict.fromkeys(self._lines))
        options, places, unread = tuple(self._options), tuple(self.places), tuple(self._unread)
        return Declared(lines, options, places, self._requires_python, unread)

    def read_pyproject(self, file: Path) -> None:
        try:
            project = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("project")
        except (OSError, ValueError) as error:
            self._unread.append(f"{file} cannot be read: {error}.")
            return
        if isinstance(project, dict):
            self.take_table(file, project)

    def take_table(self, file: Path, table: dict[str, Any]) -> None:
        """The keys that PEP 621 and PEP 723 have in common."""
        wanted, python = table.get("dependencies", []), table.get("requires-python", "")
        if isinstance(wanted, list):
            self._add_all(file, [str(line) for line in wanted])
        if isinstance(python, str) and python:
            self._requires_python = python
        if wanted or python:
            self.places.append(file)

    def read_requirements(self, file: Path) -> None:
        if file in self.places:
            return
        self.places.append(file)
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            self._unread.append(f"{file} cannot be read: {error}.")
            return
        for line in _logical_lines(text):
            if (nested := _NESTED.match(line)) is not None:
                self.read_requirements(file.parent / nested[1].strip())
            elif line.startswith("-"):
                self._take_option(file, line)
            else:
                self._add_all(file, [_without_hashes(line)])

    def _take_option(self, file: Path, line: str) -> None:
        name, _, value = line.replace("=", " ", 1).partition(" ")
        value = value.strip()
        if name in _OPTIONS and value:
            is_folder = _OPTIONS[name] == "--find-links" and "://" not in value
            self._options += [_OPTIONS[name], str(file.parent / value) if is_folder else value]
        elif name in _FLAGS:
            self._options.append(name)
        else:
            self._unread.append(f"{file.name}: the line {line!r} is not looked at.")

    def _add_all(self, file: Path, lines: list[str]) -> None:
        for line in lines:
            try:
                self._lines.append(str(Requirement(line)))
            except InvalidRequirement:
                self._unread.append(f"{file.name}: the line {line!r} is not looked at.")


def _inline(code: Path) -> Declared | None:
    """What a file says of itself in a comment of the form of PEP 723; None if it has none."""
    text = code.read_text(encoding="utf-8", errors="replace")
    blocks = [match for match in _SCRIPT.finditer(text) if match["type"] == "script"]
    if len(blocks) != 1:
        return None
    lines = blocks[0]["content"].splitlines()
    content = "\n".join(line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#") for line in lines)
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        return Declared(places=(code,), unread=(f"{code.name}: its script metadata is not valid TOML: {error}.",))
    reading = _Reading()
    reading.take_table(code, table)
    return reading.declared()


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, those that end with a backslash joined with the next."""
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    for line in joined.splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if bare:
            yield bare


def _without_hashes(line: str) -> str:
    return re.split(r"\s--", line, maxsplit=1)[0].strip()
