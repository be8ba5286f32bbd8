"""Environments and packages for tests, made without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pydantic

from rivers_core.pythons.finding import python_in


def make_venv(folder: Path, *, with_pydantic: bool = True) -> Path:
    """A virtual environment without pip, and its Python; its pydantic is this process's own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    if with_pydantic:
        packages = next(folder.rglob("site-packages"))
        (packages / "borrowed.pth").write_text(str(Path(pydantic.__file__).parents[1]), encoding="utf-8")
    return python_in(folder)


def write_wheel(folder: Path, name: str, version: str = "1.0", *, needs: str = "", tag: str = "py3-none-any") -> Path:
    """A package that holds one module of its name with a `VERSION`."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    about = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{about}/METADATA", metadata)
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


def write_requirements(project: Path, wheels: Path, *lines: str) -> Path:
    """A requirements.txt whose packages come from a folder and never from the network."""
    file = project / "requirements.txt"
    wheels.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["--no-index", f"--find-links {wheels}", *lines, ""]), encoding="utf-8")
    return file


def write_program(file: Path, text: str) -> Path:
    """A script that can be started, in place of a Python."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)
    return file


def is_root() -> bool:
    """Whether nothing is read-only for this process."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
