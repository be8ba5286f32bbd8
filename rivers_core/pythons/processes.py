"""Starts and ends the processes of other programs: what they inherit, and how their ends are told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rivers_core.pythons.finding import IS_WINDOWS

# What a frozen app or a virtual environment leaves in the environment for itself alone.
_OURS_ALONE = (
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "PYTHONEXECUTABLE",
    "_MEIPASS2",
    "QT_PLUGIN_PATH",
    "QML2_IMPORT_PATH",
)
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")


def environment_for(environ: Mapping[str, str], *, is_foreign: bool) -> dict[str, str]:
    """What a Python is to inherit of this process's environment; `is_foreign` if it is not the app's own."""
    cleaned = dict(environ)
    if getattr(sys, "frozen", False) or is_foreign:
        cleaned = {name: value for name, value in cleaned.items() if not _is_ours_alone(name)}
    if getattr(sys, "frozen", False):
        _restore_library_paths(cleaned)
        if "PATH" in cleaned:
            cleaned["PATH"] = _without_folders_in(Path(sys.executable).parent, cleaned["PATH"])
    return cleaned


def activated(environ: Mapping[str, str], environment: Path, *, is_windows: bool = IS_WINDOWS) -> dict[str, str]:
    """The environment variables in which the programs and libraries of a Python's environment come first.

    It is what activating it in a terminal does: code finds the tools installed there, conda's packages their libraries.
    """
    is_conda = (environment / "conda-meta").is_dir()
    if not is_windows:
        folders = [environment / "bin"]
    elif is_conda:
        folders = [environment, *(environment / "Library" / name for name in ("mingw-w64/bin", "usr/bin", "bin"))]
        folders.append(environment / "Scripts")
    else:
        folders = [environment / "Scripts"]
    path = [*(str(folder) for folder in folders), *([environ["PATH"]] if environ.get("PATH") else [])]
    changed = {name: value for name, value in environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    name = "CONDA_PREFIX" if is_conda else "VIRTUAL_ENV"
    return {**changed, "PATH": (";" if is_windows else ":").join(path), name: str(environment)}


def group_options(*, below_normal: bool = False) -> dict[str, Any]:
    """Options of Popen with which `kill` reaches a process and all it starts, and no console window opens."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | (subprocess.BELOW_NORMAL_PRIORITY_CLASS if below_normal else 0)}
    else:  # noqa: RET505 - the type checker sees one branch on each system
        return {"start_new_session": True}


def kill(process: subprocess.Popen[Any]) -> None:
    """End a process and everything it started, at once."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        _kill_tree(process.pid)
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it is just starting, or has just ended
            process.kill()


def end_of(code: int) -> str:
    """How a process ended, as the end of a sentence."""
    if code >= 0:
        return f"ended by itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"was ended by signal {-code}, {name}{hint}"


def _kill_tree(pid: int) -> None:
    import psutil

    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def _without_folders_in(place: Path, search_path: str) -> str:
    """A search path without what lies inside `place`: on Windows Qt puts itself there, and other programs find it."""
    kept = (folder for folder in search_path.split(os.pathsep) if place not in Path(folder).parents)
    return os.pathsep.join(kept)


def _is_ours_alone(name: str) -> bool:
    return name in _OURS_ALONE or name.startswith("_PYI_")


def _restore_library_paths(environment: dict[str, str]) -> None:
    for name in _LIBRARY_PATHS:
        before = environment.pop(f"{name}_ORIG", None)
        if before is not None:
            environment[name] = before
        elif "_PYI_APPLICATION_HOME_DIR" in os.environ:
            environment.pop(name, None)
