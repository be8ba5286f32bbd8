"""Finds the Python environments that belong to a project, by their files alone: nothing of them is started."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rivers_core.paths import expanded

Kind = Literal["venv", "uv", "conda", "pixi"]

IS_WINDOWS = sys.platform == "win32"
_REPOSITORY_MARKS = (".git", ".hg", ".jj", ".svn")
_VENV_NAMES = (".venv", "venv", "env")
_CONDA_FILES = ("environment.yml", "environment.yaml")
_CONDA_NAME = re.compile(r"^name:\s*[\"']?([^\"'#\s]+)", re.MULTILINE)
_CONDA_PREFIX = re.compile(r"^prefix:\s*[\"']?([^\"'#\n]+?)[\"']?\s*$", re.MULTILINE)
_CONDA_ROOTS = ("miniforge3", "mambaforge", "miniconda3", "anaconda3", "micromamba", ".local/share/mamba")


@dataclass(frozen=True, slots=True)
class FoundPython:
    """An environment; `program` is where its Python is, or would have to be if the environment is broken."""

    program: Path
    environment: Path
    kind: Kind


def find_pythons(
    folder: Path, environ: Mapping[str, str] = os.environ, *, is_windows: bool = IS_WINDOWS
) -> tuple[FoundPython, ...]:
    """The environments of the project in `folder`, the one to use first.

    Looked for in the folder itself, then in those above it up to the root of its repository; a folder that is in no
    repository has no others. In each: uv and venv, pixi, conda prefixes, and what an environment.yml names.
    """
    found: dict[Path, FoundPython] = {}
    for level in folders_of(folder):
        for environment, kind in _environments(level, environ, is_windows):
            program = python_in(environment, is_windows=is_windows)
            found.setdefault(environment, FoundPython(program, environment, kind))
    return tuple(found.values())


def folders_of(folder: Path) -> tuple[Path, ...]:
    """The project's folder and those above it up to the root of its repository, nearest first."""
    above = (folder, *folder.parents)
    for at, level in enumerate(above):
        if any((level / mark).exists() for mark in _REPOSITORY_MARKS):
            return above[: at + 1]
    return (folder,)


def python_in(environment: Path, *, is_windows: bool = IS_WINDOWS) -> Path:
    """Where the Python of an environment is; where it would be, if it has none."""
    names = ("Scripts/python.exe", "python.exe", "bin/python.exe") if is_windows else ("bin/python", "bin/python3")
    # A link that leads nowhere is a broken environment, which is told, not one that is none.
    there = (environment / name for name in names if os.path.lexists(environment / name))
    return next(there, environment / names[0])


def environment_of(program: Path) -> Path | None:
    """The environment that a Python belongs to; None for one that is installed by itself."""
    for folder in (program.parent.parent, program.parent):
        if is_environment(folder):
            return folder
    return None


def is_kept_by_uv(environment: Path) -> bool:
    """Whether uv made a virtual environment: its next sync takes away what its lock does not name."""
    file = environment / "pyvenv.cfg"
    return file.is_file() and any(line.startswith("uv ") for line in file.read_text(errors="replace").splitlines())


def is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()


def _environments(level: Path, environ: Mapping[str, str], is_windows: bool) -> Iterator[tuple[Path, Kind]]:
    is_uv = (level / "uv.lock").is_file()
    named = environ.get("UV_PROJECT_ENVIRONMENT")
    if is_uv and named and is_environment(level / named):
        yield level / named, "uv"
    for name in _VENV_NAMES:
        if is_environment(level / name) or os.path.lexists(python_in(level / name, is_windows=is_windows)):
            yield level / name, "conda" if (level / name / "conda-meta").is_dir() else "uv" if is_uv else "venv"
    if is_environment(level / ".pixi" / "envs" / "default"):
        yield level / ".pixi" / "envs" / "default", "pixi"
    for meta in _prefixes_in(level):
        yield meta.parent, "conda"
    for file in _CONDA_FILES:
        if (level / file).is_file():
            yield from ((prefix, "conda") for prefix in _named_prefixes(level / file, environ))


def _prefixes_in(level: Path) -> list[Path]:
    try:
        return sorted(level.glob("*/conda-meta"))
    except OSError:  # a folder that may not be listed has nothing to offer
        return []


def _named_prefixes(file: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The prefixes that conda has made of an environment.yml, which tells them by a path or by a name."""
    text = file.read_text(encoding="utf-8", errors="replace")
    told = _CONDA_PREFIX.search(text)
    if told and is_environment(expanded(told[1])):
        yield expanded(told[1])
    name = _CONDA_NAME.search(text)
    if name:
        yield from (prefix for prefix in _known_prefixes(environ, name[1]) if is_environment(prefix))


def _known_prefixes(environ: Mapping[str, str], name: str) -> Iterator[Path]:
    active = environ.get("CONDA_PREFIX")
    if active and Path(active).name == name:
        yield Path(active)
    home = Path(environ.get("USERPROFILE") or environ.get("HOME") or Path.home())
    known = home / ".conda" / "environments.txt"  # conda lists every prefix it made there
    if known.is_file():
        lines = known.read_text(encoding="utf-8", errors="replace").splitlines()
        yield from (Path(line) for line in lines if Path(line).name == name)
    folders = [Path(folder) for folder in environ.get("CONDA_ENVS_PATH", "").split(os.pathsep) if folder]
    roots = [Path(environ[variable]) for variable in ("MAMBA_ROOT_PREFIX",) if environ.get(variable)]
    roots += [home / root for root in _CONDA_ROOTS]
    yield from (folder / name for folder in [*folders, *(root / "envs" for root in roots)])
