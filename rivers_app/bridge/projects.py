"""Projects on the disk before they are opened: recognizing one, making one from a template, copying the demo."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from rivers_core.exceptions import ProjectError
from rivers_core.location.project import Project
from rivers_core.paths import expanded
from rivers_core.resources import demo_copy, resources_folder

__all__ = ["Project", "Template", "demo_copy", "expanded", "folder_of", "make_project", "recognized", "templates"]


@dataclass(frozen=True, slots=True)
class Template:
    """A small complete project to begin with."""

    name: str
    title: str
    text: str


_TEMPLATES = (
    Template("days", "Days", "One table a day, and a monthly one made from its days."),
    Template("days_by_region", "Days by region", "Two dimensions: a table for each day and region."),
    Template("files", "Files of a list", "One partition for each name of a fixed list."),
)


def templates() -> tuple[Template, ...]:
    return _TEMPLATES


def recognized(path: Path) -> Project:
    """The project at a path, whose code is not run; raises ProjectError saying what to do."""
    return Project.open(path)


def folder_of(name: str, place: str) -> Path:
    """The folder of a new project in the folder `place`; raises ProjectError where they are not that."""
    if "/" in name or "\\" in name:
        raise ProjectError("A name has no slash in it. Write the folder that the project comes into below the name.")
    folder = expanded(place)
    if not folder.is_absolute():  # it would be made wherever the app was started
        raise ProjectError(f"{place} is not the whole path of a folder. Write it from its beginning, or choose Browse.")
    return folder / name


def make_project(template: str, folder: Path) -> Path:
    """Make a new project in `folder`, which must not exist or be empty, and give its path back.

    Raises ProjectError when the folder is in use or cannot be written; a half-made project is taken away.
    """
    source = resources_folder() / "templates" / template
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ProjectError(f"{folder} exists already and is not empty. Choose another name or place.")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, unfinished, ignore=shutil.ignore_patterns("__pycache__", ".rivers"))
        (unfinished / "rivers.toml").write_text(_settings(folder.name), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ProjectError(f"{folder} could not be made: {error.strerror or error}. Choose another place.") from error
    return folder


def _settings(name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'[project]\nname = "{quoted}"\ncode = "assets.py"\n'
