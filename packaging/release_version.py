"""Checks that a release's tag is `v` and the version of pyproject.toml.

Usage: python packaging/release_version.py v1.2.3
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def refusal(tag: str, version: str) -> str | None:
    """Why a version cannot be released under a tag; None if it can."""
    if tag == f"v{version}":
        return None
    return f"The tag is {tag}, but pyproject.toml says {version}. Tag it v{version}, or change the version first."


def main() -> None:
    version = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    problem = refusal(sys.argv[1], version)
    if problem:
        raise SystemExit(problem)


if __name__ == "__main__":
    main()
