"""Installs packages for a project with pip: into a folder beside the app's Python, or into the project's own Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from rivers_core.exceptions import InstallationCanceledError, InstallationError
from rivers_core.pythons.inspecting import PythonFacts
from rivers_core.pythons.missing import is_there_in_another_version
from rivers_core.pythons.packages_folder import PackagesFolder
from rivers_core.pythons.pip_report import PipReport, Progress
from rivers_core.pythons.processes import environment_for, group_options, kill
from rivers_core.pythons.programs import bundled_worker, pip_command, shown

Tell = Callable[[Progress], object]

# What workers have loaded before any code of a project: packages of a project cannot replace it.
_LOADED_FIRST = ("annotated-types", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection")
_RAW_PROGRESS = Version("24.1")  # the first pip that counts bytes in lines of their own
# pip reads each option from such a variable as well; the command stays one that a person would type.
_ENVIRONMENT = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COLOR": "1",
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "PIP_VERBOSE": "2",  # it tells why packages do not fit
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "PYTHONUNBUFFERED": "1",
}


class Installation:
    """One installation, run once, on any thread; `cancel` may be called from another.

    `lines` are requirements, of which the last one for a package counts; `options` say where pip is to look for them.
    Packages for the app's own Python go to `folder`, and everything that was asked for earlier is installed anew with
    them, so that versions fit each other.
    """

    def __init__(
        self,
        facts: PythonFacts,
        lines: tuple[str, ...],
        options: tuple[str, ...] = (),
        folder: PackagesFolder | None = None,
        declared: tuple[str, ...] = (),
    ) -> None:
        assert facts.program is not None or folder is not None
        self._facts = facts
        self._options = options
        self._folder = folder if facts.program is None else None
        kept = self._folder.lines() if self._folder is not None else ()
        self._lines = tuple({canonicalize_name(Requirement(line).name): line for line in (*kept, *lines)}.values())
        self._declared = declared
        self._canceled = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    @property
    def command(self) -> str:
        """The command that is run, as it can be typed."""
        target = None if self._folder is None else self._folder.root
        return shown(self._command(self._lines, target, None))

    def run(self, tell: Tell) -> None:
        """Install; raises InstallationError with a sentence and pip's words in `details`. Nothing half-done stays.

        `tell` is called on this thread. Raises InstallationCanceledError after `cancel`, and StorageError.
        """
        if self._folder is None:
            report = self._pip(self._command(self._lines, None, None), tell)
            if report is not None:
                raise InstallationError(report.sentence(), report.text)
            return
        unfinished = self._folder.begin()
        try:
            self._fill(unfinished, tell)
            (unfinished / "constraints.txt").unlink()
            self._folder.finish(unfinished, self._lines)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def cancel(self) -> None:
        """End it soon, with whatever it has started."""
        self._canceled.set()
        with self._lock:
            if self._process is not None:
                kill(self._process)

    def _fill(self, unfinished: Path, tell: Tell) -> None:
        """Beside the versions the app has, where that is possible; else everything the project asks for."""
        everything = tuple(dict.fromkeys((*self._lines, *self._declared)))
        needs_others = any(is_there_in_another_version(line, self._facts) for line in self._lines)
        tries: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(everything, _LOADED_FIRST)]
        if not needs_others:
            tries.insert(0, (self._lines, tuple(self._facts.distributions)))
        report: PipReport | None = None
        for lines, kept in tries:
            constraints = _write_constraints(unfinished, self._facts, kept)
            report = self._pip(self._command(lines, unfinished, constraints), tell)
            if report is None or not report.is_conflict:
                break
        if report is not None:
            raise InstallationError(report.sentence(), report.text)

    def _command(self, lines: tuple[str, ...], target: Path | None, constraints: Path | None) -> list[str]:
        arguments = ["install", *self._options]
        if target is not None:
            arguments += ["--target", str(target)]
            if bundled_worker() is not None:  # a frozen program cannot build packages
                arguments += ["--only-binary", ":all:"]
        if constraints is not None:
            arguments += ["--constraint", str(constraints)]
        return pip_command(self._facts.program, [*arguments, *lines], has_pip=self._facts.has_pip)

    def _pip(self, command: list[str], tell: Tell) -> PipReport | None:
        """Run pip; None if it did its work, else what it said."""
        report = PipReport(self._facts)
        with self._started(command) as process:
            assert process.stdout is not None
            for line in process.stdout:
                progress = report.take(line)
                if progress is not None:
                    tell(progress)
        with self._lock:
            self._process = None
        if self._canceled.is_set():
            raise self._broken_off()
        return report if process.returncode else None

    def _broken_off(self) -> InstallationCanceledError:
        kept = "." if self._folder is None else "; nothing was changed."
        return InstallationCanceledError(f"The installation was canceled{kept}")

    def _started(self, command: list[str]) -> subprocess.Popen[str]:
        environment = environment_for(os.environ, is_foreign=self._facts.program is not None) | _ENVIRONMENT
        environment["PIP_PROGRESS_BAR"] = "raw" if self._counts_bytes() else "off"
        with self._lock:
            if self._canceled.is_set():
                raise self._broken_off()
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    encoding="utf-8",
                    errors="replace",
                    **group_options(),
                )
            except OSError as error:
                raise InstallationError(f"{command[0]} could not be started: {error.strerror or error}.") from error
            return self._process

    def _counts_bytes(self) -> bool:
        """Whether the pip that is used has this kind of progress; the app's own does."""
        if self._facts.program is None or not self._facts.has_pip:
            return True
        return Version(self._facts.distributions["pip"]) >= _RAW_PROGRESS


def _write_constraints(folder: Path, facts: PythonFacts, kept: tuple[str, ...]) -> Path:
    """Have pip choose, of packages that the Python has by itself, the very versions it has."""
    file = folder / "constraints.txt"
    pinned = [f"{name}=={facts.distributions[name]}\n" for name in kept if name in facts.distributions]
    file.write_text("".join(pinned), encoding="utf-8")
    return file
