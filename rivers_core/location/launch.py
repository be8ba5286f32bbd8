"""Starts worker processes: which program, in which environment, with which share of the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rivers_core.location.project import Project

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

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


@dataclass(frozen=True, slots=True)
class Launch:
    """How the workers of one project are started.

    `outputs` is the folder or URL of the default IO handlers. `worker_executable` is the program to use instead of
    a frozen app's own second one, or of this Python.
    """

    project: Project
    outputs: str
    worker_executable: Path | None = None

    def command(self) -> list[str]:
        """The program and its arguments; a project's own interpreter wins over the app's worker program."""
        bundled = self.worker_executable or bundled_worker()
        if self.project.interpreter is None and bundled is not None:
            return [str(bundled)]
        return [str(self.project.interpreter or sys.executable), str(BOOTSTRAP)]

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What a worker's environment is, given this process's."""
        cleaned = dict(environ)
        if getattr(sys, "frozen", False) or self.project.interpreter is not None:
            cleaned = {name: value for name, value in cleaned.items() if not _is_ours_alone(name)}
        if getattr(sys, "frozen", False):
            _restore_library_paths(cleaned)
        # Only what is printed below Python takes this way, and the engine reads it as UTF-8.
        cleaned["PYTHONIOENCODING"] = "utf-8:backslashreplace"
        return cleaned

    def settings(self, slots: int) -> dict[str, Any]:
        """What a new worker is told first; `slots` of its kind share the machine."""
        return {
            "folder": str(self.project.folder),
            "code": str(self.project.code),
            "toml": None if self.project.toml is None else str(self.project.toml),
            "outputs": self.outputs,
            "threads": max(1, (os.cpu_count() or 1) // slots),
            "memory": total_memory() * 8 // 10 // slots,
            "engine": os.getpid(),
        }

    def start(self) -> subprocess.Popen[bytes]:
        """A new process with pipes on both sides; raises OSError where it cannot be started."""
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = (
                subprocess.CREATE_NO_WINDOW
                | subprocess.CREATE_NEW_PROCESS_GROUP
                | subprocess.BELOW_NORMAL_PRIORITY_CLASS
            )
        else:
            options["start_new_session"] = True  # so that one signal ends it with its subprocesses
        return subprocess.Popen(
            self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.project.folder,
            env=self.environment(os.environ),
            bufsize=0,
            **options,
        )


def bundled_worker() -> Path | None:
    """The worker program beside a frozen app's own; None where this process is an ordinary Python."""
    if not getattr(sys, "frozen", False):
        return None
    return Path(sys.executable).with_name("rivers-worker").with_suffix(Path(sys.executable).suffix)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker and everything it started, at once."""
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


def total_memory() -> int:
    """Bytes of memory of this machine."""
    import psutil

    return int(psutil.virtual_memory().total)


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


def _is_ours_alone(name: str) -> bool:
    return name in _OURS_ALONE or name.startswith("_PYI_")


def _restore_library_paths(environment: dict[str, str]) -> None:
    for name in _LIBRARY_PATHS:
        before = environment.pop(f"{name}_ORIG", None)
        if before is not None:
            environment[name] = before
        elif "_PYI_APPLICATION_HOME_DIR" in os.environ:
            environment.pop(name, None)
