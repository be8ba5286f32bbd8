"""Loads a project's code in this process and finds the one code repository in it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from rivers_core.exceptions import CodeLocationError
from rivers_core.location.alias import rivers_alias
from rivers_core.location.code_errors import refusal_of
from rivers_core.location.fingerprint import code_fingerprint
from rivers_core.location.loading_flag import loading


@dataclass(frozen=True, slots=True)
class LoadedCode:
    """A loaded code location; `repository` is its CodeRepository, `definitions` what that holds, resolved."""

    repository: Any  # its class stands above this module
    definitions: Any
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where a project's code is: what a worker needs of a `Project`."""

    folder: Path
    code: Path
    toml: Path | None = None

    @property
    def shown(self) -> str:
        """The code's path as a user of the project knows it."""
        inside = self.code.is_relative_to(self.folder)
        return (self.code.relative_to(self.folder) if inside else self.code).as_posix()


def load_code(place: CodePlace) -> LoadedCode:
    """Run the project's code and resolve its repository; raises CodeLocationError.

    The code's module keeps its own name, and the project's folder stays on `sys.path`, because functions may
    import when they run.
    """
    with rivers_alias(), loading(place.shown):
        try:
            module = _import(place)
            repository = _only_repository(module, place)
            definitions = repository.definitions
        except CodeLocationError:
            raise
        except BaseException as error:  # user code may raise anything, sys.exit() too
            raise refusal_of(error, place.folder, place.shown) from error
    return LoadedCode(repository, definitions, code_fingerprint(place.folder, place.toml))


def put_on_path(packages: str) -> None:
    """Let packages that were installed for one project be imported, before those of this Python."""
    folders = [at for at, folder in enumerate(sys.path) if Path(folder).name in ("site-packages", "dist-packages")]
    # Behind the standard library. A frozen program has no folder of packages: all its modules are in one place.
    sys.path.insert(folders[0] if folders else 0, packages)


def _import(place: CodePlace) -> ModuleType:
    name, root = module_name(place.code)
    _refuse_taken_name(name, place)
    for folder in (str(place.folder), str(root)):
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    with _without_bytecode_of_a_moment_ago():
        return importlib.import_module(name)


@contextmanager
def _without_bytecode_of_a_moment_ago() -> Iterator[None]:
    """Write no bytecode: it is told apart by whole seconds, and two versions may be saved within one."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def module_name(code: Path) -> tuple[str, Path]:
    """The dotted name under which `code` is imported, and the folder that has to be on `sys.path` for it."""
    parts = [code.stem if code.suffix == ".py" else code.name]
    if parts == ["__init__"]:
        code, parts = code.parent, [code.parent.name]
    root = code.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    return ".".join(parts), root


def _refuse_taken_name(name: str, place: CodePlace) -> None:
    first = name.partition(".")[0]
    if not all(part.isidentifier() for part in name.split(".")):
        raise CodeLocationError(
            f"{place.shown} cannot be imported under its name: use letters, digits and underscores only, "
            "and begin with a letter."
        )
    if first in sys.stdlib_module_names or first in ("rivers", "rivers_core", "pydantic"):
        raise CodeLocationError(f"{place.shown} has the name of a module that it needs itself: {first}. Rename it.")
    loaded = sys.modules.get(name)
    if loaded is not None and not _is_file_of(loaded, place.code):
        raise CodeLocationError(f"{place.shown} has the name of another module that is loaded: {name}. Rename it.")


def _is_file_of(module: ModuleType, code: Path) -> bool:
    file = getattr(module, "__file__", None)
    expected = code if code.suffix == ".py" else code / "__init__.py"
    return file is not None and os.path.realpath(file) == os.path.realpath(expected)


def _only_repository(module: ModuleType, place: CodePlace) -> Any:
    import rivers_core

    repository_class: type = rivers_core.CodeRepository
    found: dict[int, list[str]] = {}
    for variable, value in vars(module).items():
        if isinstance(value, repository_class):
            found.setdefault(id(value), []).append(variable)
    if not found:
        raise CodeLocationError(
            f"{place.shown} makes no CodeRepository. Add one at its end: repo = rivers.CodeRepository(assets=[...])"
        )
    if len(found) > 1:
        names = ", ".join(variables[0] for variables in found.values())
        raise CodeLocationError(f"{place.shown} makes several code repositories: {names}. Keep one of them.")
    ((variables),) = found.values()
    return getattr(module, variables[0])
