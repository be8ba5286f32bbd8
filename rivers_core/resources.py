"""Where the files that come with the program are, and the user's own copy of the demo project."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from rivers_core.exceptions import StorageError

DEMO_NAME = "nyc_flights"
_SHIPPED_RECORD = ".rivers-demo.json"


def resources_folder() -> Path:
    """The folder of icons, themes, help and the demo; raises StorageError where an installation lacks it.

    An installed package (and a frozen bundle, which keeps the package's layout) holds it inside rivers_core,
    a checkout beside it.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_resources", package.parent / "resources"):
        if (folder / "demo").is_dir():
            return folder
    raise StorageError(f"This installation lacks its resources beside {package}. Install it again.")


def demo_project() -> Path:
    """The demo project as it was shipped; a copy is what gets run (see `demo_copy`)."""
    return resources_folder() / "demo" / DEMO_NAME


def demo_copy(parent: Path | None = None) -> Path:
    """The user's own copy of the demo project, made on first use and kept, with its outputs, ever after.

    It lies in `parent`, by default in the user's data folder. What a newer version ships replaces what the
    user has not touched; files the user changed stay. Raises StorageError where it cannot be written.
    """
    folder = (parent or _user_data_folder()) / DEMO_NAME
    shipped = _shipped_files(demo_project())
    try:
        before = _read_record(folder)
        changed = [name for name, digest in shipped.items() if before.get(name) != digest]
        for name in changed:
            if _is_untouched(folder / name, before.get(name)):
                _place(demo_project() / name, folder / name)
        if changed:
            _place_text(json.dumps(shipped, indent=1), folder / _SHIPPED_RECORD)
    except OSError as error:
        raise StorageError(
            f"The demo project could not be copied to {folder}: {error.strerror}. "
            "Make room there or make the folder writable, then try again."
        ) from error
    return folder


def _user_data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("rivers-desktop", appauthor=False) / "demo"


def _shipped_files(project: Path) -> dict[str, str]:
    """Each file of the shipped project, by its path in it, with a digest of its content."""
    paths = (path for path in sorted(project.rglob("*")) if path.is_file())
    names = ((path, path.relative_to(project)) for path in paths)
    return {name.as_posix(): _digest(path) for path, name in names if not {".rivers", "__pycache__"} & set(name.parts)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_record(folder: Path) -> dict[str, str]:
    """What was shipped when the copy was last made or refreshed; empty without a readable record."""
    try:
        record = json.loads((folder / _SHIPPED_RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in record.items()} if isinstance(record, dict) else {}


def _is_untouched(path: Path, shipped_digest: str | None) -> bool:
    return not path.exists() or _digest(path) == shipped_digest


def _place(source: Path, target: Path) -> None:
    """Copy a file beside its place and rename it, so that a copy that was broken off leaves no half file."""
    _replace(target, lambda temporary: shutil.copyfile(source, temporary))


def _place_text(text: str, target: Path) -> None:
    _replace(target, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        write(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
