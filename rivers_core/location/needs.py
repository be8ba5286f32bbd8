"""What a project needs of its Python: whether that can run assets, which packages are missing, how they get there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rivers_core.exceptions import PythonProblemError
from rivers_core.location.project import Project
from rivers_core.pythons.choosing import ProjectPython, Source, remembered
from rivers_core.pythons.finding import environment_of, find_pythons, is_kept_by_uv
from rivers_core.pythons.inspecting import NEEDED_PYDANTIC, PythonFacts, look_at_python, problem_of_python
from rivers_core.pythons.installing import Installation
from rivers_core.pythons.missing import applying, listed, missing, package_for, refuses_python
from rivers_core.pythons.packages_folder import PackagesFolder
from rivers_core.pythons.requirements import Declared, declared


@dataclass(frozen=True, slots=True)
class Needs:
    """What was found when a project's Python was asked.

    `problem` is why it cannot run assets, "" if it can; `facts` is None where it could not even be asked. `missing`
    are the requirements it does not meet, pydantic first; `python_remarks` are sentences about its version.
    """

    python: ProjectPython
    facts: PythonFacts | None
    problem: str
    details: str
    declared: Declared
    missing: tuple[str, ...]
    python_remarks: tuple[str, ...] = ()

    @property
    def caution(self) -> str:
        """What to know before packages are installed; "" if there is nothing."""
        environment = self.python.environment
        if environment is None or not is_kept_by_uv(environment):
            return ""
        return "uv keeps this environment: add them to its project as well (uv add), or its next sync removes them."

    @property
    def can_install(self) -> bool:
        """Whether pip can put packages where this Python finds them."""
        return self.facts is not None and self.facts.version[:2] >= (3, 9) and not self.facts.is_managed

    @property
    def lines_that_apply(self) -> tuple[str, ...]:
        """What the project's files ask for on this system, but for the engine itself."""
        return () if self.facts is None else applying(self.declared.lines, self.facts)

    @property
    def sentence(self) -> str:
        """`This project needs polars and pandas, which are not installed.`; empty where nothing is missing."""
        if not self.missing:
            return ""
        assert self.facts is not None
        verb = "is" if len(self.missing) == 1 else "are"
        return f"This project needs {listed(self.missing, self.facts)}, which {verb} not installed."


def needs_of(project: Project) -> Needs:
    """Ask the project's Python what it is and has. Blocks for the time a Python takes to start; raises nothing."""
    wanted = declared(project.folder, project.code)
    try:
        facts = look_at_python(project.interpreter, _packages(project))
    except PythonProblemError as error:
        return Needs(project.python, None, str(error), error.details, wanted, ())
    problem = problem_of_python(facts) or ""
    lacks_pydantic = bool(problem) and bool(missing([NEEDED_PYDANTIC], facts))
    lacking = (NEEDED_PYDANTIC,) if lacks_pydantic else ()
    return Needs(
        project.python,
        facts,
        problem,
        "",
        wanted,
        (*lacking, *missing(wanted.lines, facts)),
        _python_remarks(wanted, facts),
    )


def installation(project: Project, needs: Needs, lines: tuple[str, ...]) -> Installation:
    """What installs requirements where the project's Python finds them; raises ConfigurationError without pip."""
    assert needs.facts is not None
    folder = None if project.interpreter is not None else PackagesFolder.of(project.user_folder)
    return Installation(needs.facts, lines, needs.declared.options, folder, needs.lines_that_apply)


def to_install(needs: Needs, module: str = "") -> tuple[str, ...]:
    """Everything that is missing, with the package of a `module` that code imports and that is not there."""
    if not module:
        return needs.missing
    package = package_for(module, needs.declared.lines)
    return needs.missing if package in needs.missing else (*needs.missing, package)


def remove_packages(project: Project) -> None:
    """Take away what was installed for the project beside the app's own Python. Blocks; raises StorageError."""
    PackagesFolder.of(project.user_folder).remove()


def pythons_for(project: Project) -> tuple[ProjectPython, ...]:
    """The Pythons a person can choose among: what is used now, what was chosen, what was found, the app's own."""
    options = {project.interpreter: project.python}
    choice = remembered(project.user_folder)
    if choice is not None and choice.program is not None:
        chosen = ProjectPython(choice.program, Source.CHOSEN, environment_of(choice.program))
        options.setdefault(choice.program, chosen)
    for found in find_pythons(project.folder):
        options.setdefault(found.program, ProjectPython(found.program, Source.FOUND, found.environment))
    options.setdefault(None, ProjectPython())
    return tuple(options.values())


def _packages(project: Project) -> Path | None:
    return PackagesFolder.of(project.user_folder).current() if project.interpreter is None else None


def _python_remarks(wanted: Declared, facts: PythonFacts) -> tuple[str, ...]:
    if not refuses_python(wanted.requires_python, facts):
        return ()
    where = wanted.places[0].name if wanted.places else "the project"
    asked = wanted.requires_python
    return (f"{where} asks for Python {asked}, and this is {facts.version_text}. Choose another Python.",)
