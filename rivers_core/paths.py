"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path


def expanded(path: Path | str) -> Path:
    """The path with a home folder in place of `~`; as it is where it names the home of nobody known."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
