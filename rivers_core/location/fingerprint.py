"""Tells whether a project's code is still what it was: one hash over the files of its own that were loaded."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

# Folders below a project that hold other people's code.
FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules"})


def code_fingerprint(folder: Path, toml: Path | None = None) -> str:
    """SHA-256 (hex) over the loaded modules below `folder`, and `toml`: names and contents, in order of the names."""
    digest = hashlib.sha256()
    for name, path in sorted(_own_files(folder, toml).items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _own_files(folder: Path, toml: Path | None) -> dict[str, Path]:
    root = os.path.realpath(folder) + os.sep
    found = {} if toml is None else {toml.name: toml}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        real = os.path.realpath(file)
        if real.startswith(root) and not FOREIGN.intersection(Path(real).parts) and Path(real).is_file():
            found[Path(real[len(root) :]).as_posix()] = Path(real)
    return found
