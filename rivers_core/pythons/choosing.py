"""Decides which Python runs a project's code, and remembers what a person chose for it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rivers_core.exceptions import StorageError
from rivers_core.pythons.finding import environment_of, find_pythons
from rivers_core.pythons.user_folder import write_whole

CHOICE = "python.json"


class Source(StrEnum):
    """Why a Python is the one to use; the first of these that there is wins."""

    SETTINGS = "settings"  # rivers.toml names it
    CHOSEN = "chosen"  # a person chose it for this project on this computer
    FOUND = "found"  # it lies in the project or its repository
    APP = "app"  # the one this program came with


@dataclass(frozen=True, slots=True)
class ProjectPython:
    """`program` is None for the app's own Python; `environment` is the folder it belongs to, if it does."""

    program: Path | None = None
    source: Source = Source.APP
    environment: Path | None = None


APPS_OWN = ProjectPython()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: a program, or None for the app's own Python."""

    program: Path | None


def python_of(folder: Path, user_folder: Path, named: Path | None) -> ProjectPython:
    """The Python for the project in `folder`; `named` is what its rivers.toml says. Nothing is started."""
    if named is not None:
        return ProjectPython(named, Source.SETTINGS, environment_of(named))
    choice = remembered(user_folder)
    if choice is not None:
        environment = None if choice.program is None else environment_of(choice.program)
        return ProjectPython(choice.program, Source.CHOSEN, environment)
    found = find_pythons(folder)
    if found:
        return ProjectPython(found[0].program, Source.FOUND, found[0].environment)
    return APPS_OWN


def remembered(user_folder: Path) -> Choice | None:
    """What was chosen for the project whose folder among the user's data this is; unreadable counts as nothing."""
    try:
        written = json.loads((user_folder / CHOICE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(written, dict) or "python" not in written:
        return None
    program = written["python"]
    return Choice(Path(program) if isinstance(program, str) else None)


def remember(user_folder: Path, choice: Choice | None) -> None:
    """Keep a choice for the next time; None forgets it. Raises StorageError."""
    file = user_folder / CHOICE
    try:
        if choice is None:
            file.unlink(missing_ok=True)
            return
        program = None if choice.program is None else os.path.abspath(choice.program)  # noqa: PTH100 - keeps links
        write_whole(file, json.dumps({"python": program}))
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error.strerror or error}.") from error
