"""A project: the folder or file a user opens, and what its settings say about it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rivers_core.exceptions import ProjectError
from rivers_core.location.project_file import FILE_NAME, ProjectFile, read_project_file
from rivers_core.paths import expanded
from rivers_core.pythons.choosing import APPS_OWN, ProjectPython, python_of
from rivers_core.pythons.user_folder import user_folder_of

STORAGE_FOLDER = ".rivers"
REPOSITORY = "CodeRepository"

# A call outside of comments and texts; the file itself is not run before its project is opened.
_CALL = re.compile(rf"^[^#\"'\n]*\b{REPOSITORY}\s*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a code location in it; all paths are absolute.

    `code` is a Python file or a package's folder. `python` is what its code runs with. `storage_folder` is where its
    database and outputs belong, `user_folder` where the user's own data about it is kept.
    """

    path: Path
    folder: Path
    name: str
    code: Path
    toml: Path | None
    storage_folder: Path
    user_folder: Path
    python: ProjectPython = APPS_OWN

    @property
    def interpreter(self) -> Path | None:
        """The project's own Python; None for the app's."""
        return self.python.program

    @classmethod
    def open(cls, path: Path | str) -> Project:
        """The project at `path`: a folder, a `rivers.toml`, or a Python file. Raises ProjectError."""
        given = Path(os.path.abspath(expanded(path)))  # noqa: PTH100 - resolve() would follow links
        try:
            return _open(given)
        except OSError as error:
            reason = error.strerror or error
            raise ProjectError(f"{given} cannot be opened: {reason}. Check it, or choose another project.") from error


def _open(given: Path) -> Project:
    if not given.exists():
        raise ProjectError(f"{given} does not exist. Check the path, or choose another project.")
    if given.is_dir():
        return _open_folder(given)
    if given.name == FILE_NAME:  # the same project as its folder: it is remembered and listed once
        return _open_folder(given.parent)
    if given.suffix == ".py":
        return _open_file(given)
    raise ProjectError(f"{given} is no project: open a folder with a {FILE_NAME} in it, or a Python file.")


def _open_folder(folder: Path) -> Project:
    toml = folder / FILE_NAME
    settings = read_project_file(toml) if toml.is_file() else ProjectFile()
    code = _named_code(toml, settings.code) if settings.code else _only_candidate(folder)
    user_folder = user_folder_of(folder)
    named = _interpreter(toml, settings.interpreter) if settings.interpreter else None
    return Project(
        path=folder,
        folder=folder,
        name=settings.name or folder.name,
        code=code,
        toml=toml if toml.is_file() else None,
        storage_folder=folder / STORAGE_FOLDER,
        user_folder=user_folder,
        python=python_of(folder, user_folder, named),
    )


def _open_file(path: Path) -> Project:
    folder = path.parent
    toml = folder / FILE_NAME
    if toml.is_file():
        settings = read_project_file(toml)
        if settings.code and (folder / settings.code).resolve() == path.resolve():
            return _open_folder(folder)
    neighbors = [candidate for candidate in _candidates(folder) if candidate != path]
    storage, user_folder = folder / STORAGE_FOLDER, user_folder_of(folder)
    if neighbors:
        storage, user_folder = storage / path.stem, user_folder / path.stem
    return Project(
        path=path,
        folder=folder,
        name=path.stem,
        code=path,
        toml=None,
        storage_folder=storage,
        user_folder=user_folder,
        python=python_of(folder, user_folder, None),
    )


def _named_code(toml: Path, code: str) -> Path:
    path = Path(os.path.abspath(toml.parent / expanded(code)))  # noqa: PTH100
    if path.is_file() and path.suffix == ".py":
        return path
    if path.is_dir() and (path / "__init__.py").is_file():
        return path
    if path.is_dir():
        raise ProjectError(f"{toml}: code names the folder {code!r}, which has no __init__.py. Name a Python file.")
    if path.exists():
        raise ProjectError(f"{toml}: code names {code!r}, which is no Python file.")
    raise ProjectError(f"{toml}: code names {code!r}, but there is no such file. Correct the name or add the file.")


def _interpreter(toml: Path, interpreter: str) -> Path:
    path = Path(os.path.abspath(toml.parent / expanded(interpreter)))  # noqa: PTH100 - a venv's python is a link
    if path.is_dir():
        raise ProjectError(f"{toml}: interpreter names the folder {interpreter!r}. Name the Python program in it.")
    if not path.is_file():
        raise ProjectError(
            f"{toml}: interpreter names {interpreter!r}, but there is no such file. "
            f"Make that environment, or leave the setting out to use the app's own Python."
        )
    if not os.access(path, os.X_OK):
        raise ProjectError(f"{toml}: interpreter names {interpreter!r}, which is no program that can be started.")
    return path


def _only_candidate(folder: Path) -> Path:
    found = _candidates(folder)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise ProjectError(
            f"{folder} holds several Python files with a {REPOSITORY}: {names}. "
            f"Open one of them, or name one as code in a {FILE_NAME}."
        )
    raise ProjectError(_nothing_found(folder))


def _nothing_found(folder: Path) -> str:
    if not any(folder.iterdir()):
        return f"{folder} is empty. Open a folder that holds a Python file with a {REPOSITORY}."
    if any(folder.glob("*.py")):
        return f"No Python file in {folder} makes a {REPOSITORY}. Add: repo = rivers.{REPOSITORY}(assets=[...])"
    return f"{folder} holds no Python file. Open the folder or the file in which your assets are defined."


def _candidates(folder: Path) -> list[Path]:
    """The Python files directly in `folder` that seem to make a code repository."""
    try:
        return [path for path in sorted(folder.glob("*.py")) if path.is_file() and _makes_repository(path)]
    except OSError as error:
        raise ProjectError(f"{folder} cannot be read: {error.strerror or error}.") from None


def _makes_repository(path: Path) -> bool:
    return _CALL.search(path.read_text(encoding="utf-8", errors="replace")) is not None
