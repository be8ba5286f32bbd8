"""Starts worker processes: which program, in which environment, with which share of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rivers_core.location.project import Project
from rivers_core.pythons.packages_folder import PackagesFolder
from rivers_core.pythons.processes import activated, environment_for, group_options
from rivers_core.pythons.programs import bundled_worker

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")


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
        return [str(self.project.interpreter or sys.executable), str(BOOTSTRAP), *_bytecode_folder()]

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What a worker's environment is, given this process's."""
        cleaned = environment_for(environ, is_foreign=self.project.interpreter is not None)
        if self.project.python.environment is not None:
            cleaned = activated(cleaned, self.project.python.environment)
        # Only what is printed below Python takes this way, and the engine reads it as UTF-8.
        cleaned["PYTHONIOENCODING"] = "utf-8:backslashreplace"
        return cleaned

    def settings(self, slots: int) -> dict[str, Any]:
        """What a new worker is told first; `slots` of its kind share the machine."""
        packages = PackagesFolder.of(self.project.user_folder).current() if self.project.interpreter is None else None
        return {
            "folder": str(self.project.folder),
            "code": str(self.project.code),
            "toml": None if self.project.toml is None else str(self.project.toml),
            "outputs": self.outputs,
            "packages": None if packages is None else str(packages),
            "threads": max(1, (os.cpu_count() or 1) // slots),
            "memory": total_memory() * 8 // 10 // slots,
            "engine": os.getpid(),
        }

    def start(self, errors: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """A new process with pipes on both sides; raises OSError where it cannot be started.

        What it writes to standard error before it is a worker goes to `errors`.
        """
        return subprocess.Popen(
            self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=self.project.folder,
            env=self.environment(os.environ),
            bufsize=0,
            **group_options(below_normal=True),  # one signal ends it with its subprocesses
        )


def total_memory() -> int:
    """Bytes of memory of this machine."""
    import psutil

    return int(psutil.virtual_memory().total)


def _bytecode_folder() -> list[str]:
    """Where a Python keeps the engine's bytecode that cannot keep it beside the engine's own files."""
    if os.access(BOOTSTRAP.parent, os.W_OK):
        return []
    import platformdirs

    return [str(platformdirs.user_cache_path("rivers-desktop", appauthor=False) / "bytecode")]
