"""A project's Python and its packages, as dialogs need them; what blocks is called through `Background`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from rivers_app.bridge.background import Background, Lane
from rivers_core.exceptions import ConfigurationError, PythonProblemError
from rivers_core.location.needs import Needs, installation, needs_of, pythons_for, remove_packages, to_install
from rivers_core.location.project import Project
from rivers_core.pythons.choosing import Choice, ProjectPython, Source, python_of, remember
from rivers_core.pythons.finding import environment_of
from rivers_core.pythons.inspecting import NEEDED_PYTHON, look_at_python, problem_of_python
from rivers_core.pythons.installing import Installation
from rivers_core.pythons.pip_report import Progress
from rivers_core.pythons.requirements import declared

__all__ = [
    "Installation",
    "Needs",
    "Project",
    "ProjectPython",
    "Source",
    "installation",
    "needs_of",
    "pythons_for",
    "remove_packages",
    "to_install",
]


@dataclass(frozen=True, slots=True)
class KnownPython:
    """A Python that was asked what it is; `problem` says why it cannot run assets, "" if it can.

    One that only lacks pydantic is usable: that can be installed.
    """

    python: ProjectPython
    version: str
    problem: str
    is_usable: bool


def known(python: ProjectPython) -> KnownPython:
    """Ask a Python what it is. Blocks."""
    try:
        facts = look_at_python(python.program)
    except PythonProblemError as error:
        return KnownPython(python, "", str(error), is_usable=False)
    is_usable = facts.version[:2] >= NEEDED_PYTHON
    return KnownPython(python, facts.version_text, problem_of_python(facts) or "", is_usable)


def browsed(program: Path) -> KnownPython:
    """A Python that a person pointed at. Blocks."""
    return known(ProjectPython(program, Source.CHOSEN, environment_of(program)))


def choose(project: Project, program: Path | None) -> None:
    """Run the project's code with this Python from now on, None for the app's own. Blocks; raises StorageError."""
    remember(project.user_folder, None)
    by_itself = python_of(project.folder, project.user_folder, None)
    if by_itself.program != program:
        remember(project.user_folder, Choice(program))


def asks_for_packages(project: Project) -> bool:
    """Whether the project's files name any package. Blocks; starts nothing."""
    return bool(declared(project.folder, project.code).lines)


def checked_lines(text: str) -> tuple[str, ...]:
    """The requirements of a text, one a line; raises ConfigurationError naming the line that is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    for line in lines:
        try:
            Requirement(line)
        except InvalidRequirement as error:
            hint = "Write one on each line, such as polars>=1.30."
            raise ConfigurationError(f"{line!r} names no package. {hint}") from error
    return lines


class PackageInstall(QObject):
    """One installation under way; `progressed` is emitted on the GUI thread."""

    progressed = Signal(str, float)
    """The step, and the share of it that is done; -1 where that is not known."""

    def __init__(self, prepared: Installation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._installation = prepared

    async def run(self, background: Background) -> None:
        """Install; raises InstallationError or StorageError. Canceled together with whoever awaits it."""
        try:
            await background(self._installation.run, self._tell, lane=Lane.INSTALL)
        except asyncio.CancelledError:
            self._installation.cancel()
            raise

    def cancel(self) -> None:
        """End it soon: `run` raises InstallationCanceledError."""
        self._installation.cancel()

    def _tell(self, progress: Progress) -> None:
        self.progressed.emit(progress.text, -1.0 if progress.fraction is None else progress.fraction)
