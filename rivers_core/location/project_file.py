"""Reads `rivers.toml`: what a project is called, which file holds its code, which Python runs it."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rivers_core.exceptions import ProjectError

FILE_NAME = "rivers.toml"

# Every key the file may hold, by table; each is text.
KEYS = {"project": ("name", "code"), "python": ("interpreter",)}


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The settings of a `rivers.toml`; None where it leaves one out."""

    name: str | None = None
    code: str | None = None
    interpreter: str | None = None


def read_project_file(path: Path) -> ProjectFile:
    """The settings in `path`; raises ProjectError naming the line or key at fault."""
    tables = _parse(path)
    for table, content in tables.items():
        if table not in KEYS:
            raise ProjectError(_unknown_table(path, table, content))
        if not isinstance(content, dict):
            raise ProjectError(f"{path}: {table} must be a table, written [{table}] on a line of its own.")
        for key, value in content.items():
            _check_entry(path, table, key, value)
    project, python = tables.get("project", {}), tables.get("python", {})
    return ProjectFile(project.get("name"), project.get("code"), python.get("interpreter"))


def _parse(path: Path) -> dict[str, Any]:  # values have whatever type the user wrote
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}. Correct that line.") from None
    except UnicodeDecodeError:
        raise ProjectError(f"{path} is not text in UTF-8. Save it in that encoding.") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from None


def _check_entry(path: Path, table: str, key: str, value: object) -> None:
    if key not in KEYS[table]:
        near = difflib.get_close_matches(key, KEYS[table], n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It knows {_listed(KEYS[table])}."
        raise ProjectError(f"{path}: there is no setting {key!r} in [{table}]. {hint}")
    if not isinstance(value, str) or not value.strip():
        raise ProjectError(f"{path}: {key} in [{table}] must be a text in quotes, and not empty.")


def _unknown_table(path: Path, table: str, content: object) -> str:
    for known, keys in KEYS.items():
        if table in keys and not isinstance(content, dict):
            return f"{path}: {table} stands alone; write it below a line [{known}]."
    near = difflib.get_close_matches(table, KEYS, n=1)
    hint = f"Did you mean [{near[0]}]?" if near else f"It knows {_listed([f'[{name}]' for name in KEYS])}."
    what = f"table [{table}]" if isinstance(content, dict) else f"setting {table!r}"
    return f"{path}: there is no {what}. {hint}"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(names)
