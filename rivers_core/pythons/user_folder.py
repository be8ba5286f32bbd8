"""Where the user's data about a project is kept that is no part of the project itself."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs


def user_folder_of(project_folder: Path) -> Path:
    """One folder for each project folder, told apart by where the projects are. Makes nothing."""
    place = project_folder.resolve()
    digest = hashlib.sha256(str(place).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return platformdirs.user_data_path("rivers-desktop", appauthor=False) / "projects" / f"{place.name}-{digest}"


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that it holds either what it held before or all of `text`. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
