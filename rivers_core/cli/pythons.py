"""The commands about a project's Python: which one is used, and installing the packages it lacks."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from rivers_core.cli import options
from rivers_core.cli.refusal import print_json, refusals
from rivers_core.exceptions import ConfigurationError, PythonProblemError
from rivers_core.location.needs import Needs, installation, needs_of, pythons_for, remove_packages, to_install
from rivers_core.location.project import Project
from rivers_core.paths import expanded
from rivers_core.pythons.choosing import Choice, ProjectPython, Source, remember
from rivers_core.pythons.inspecting import look_at_python, problem_of_python
from rivers_core.pythons.installing import Installation
from rivers_core.pythons.pip_report import Progress as Step

ORIGINS = {
    Source.SETTINGS: "named in rivers.toml",
    Source.CHOSEN: "chosen for this project",
    Source.FOUND: "found in the project",
    Source.APP: "Rivers' own",
}


def register(app: typer.Typer) -> None:
    app.command()(install)
    app.command()(python)


def install(
    project: options.Project,
    packages: list[str] | None = typer.Argument(None, help="Requirements, such as 'polars>=1.30'."),  # noqa: B008 - typer's way
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would be installed, and by which command."),
    remove: bool = typer.Option(False, "--remove", help="Take away what was installed beside Rivers' own Python."),
    as_json: options.AsJson = False,
    details: options.Details = False,
) -> None:
    """Install the packages a project lacks: into its own Python, or beside Rivers' own for this project only.

    What is missing is told by its requirements.txt, pyproject.toml or script metadata; name further ones after it.
    """
    with refusals(as_json=as_json, details=details):
        opened = Project.open(project)
        if remove:
            remove_packages(opened)
            _tell(as_json, {"removed": True}, "What was installed for this project beside Rivers' own Python is gone.")
            return
        needs = needs_of(opened)
        lines = _asked_for(needs, packages or [])
        if not lines:
            _tell(as_json, {"installed": []}, "Nothing is missing.")
            return
        made = installation(opened, needs, lines)
        if dry_run:
            _tell(
                as_json, {"missing": list(lines), "command": made.command}, f"{needs.sentence}\n{made.command}".strip()
            )
            return
        print(f"{needs.caution}\n{made.command}".strip(), file=sys.stderr)
        _run(made)
        _tell(as_json, {"installed": list(lines), "command": made.command}, f"Installed: {', '.join(lines)}")


def _asked_for(needs: Needs, packages: list[str]) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    if needs.facts is None or not needs.can_install:
        raise PythonProblemError(needs.problem or "The system forbids to install packages into its own Python.")
    for text in packages:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            raise ConfigurationError(f"{text!r} names no package: write for example polars>=1.30.") from error
    return (*to_install(needs), *(text for text in packages if text not in needs.missing))


def _run(made: Installation) -> None:
    console = Console(stderr=True)
    with (
        Progress(TextColumn("{task.description}"), console=console, disable=not sys.stderr.isatty()) as bar,
        _canceled_by_interrupt(made),
    ):
        task = bar.add_task("Starting pip")

        def tell(step: Step) -> None:
            share = "" if step.fraction is None else f" {step.fraction:.0%}"
            bar.update(task, description=f"{step.text}{share}")

        made.run(tell)


@contextmanager
def _canceled_by_interrupt(made: Installation) -> Iterator[None]:
    """Ctrl+C ends pip, which leads to a sentence."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: made.cancel())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def python(
    project: options.Project,
    use: Path | None = typer.Option(None, "--use", help="Run the project's code with this Python from now on."),  # noqa: B008
    use_own: bool = typer.Option(False, "--own", help="Run it with the Python that Rivers came with."),
    forget: bool = typer.Option(False, "--forget", help="Forget what was chosen, and use what is found."),
    as_json: options.AsJson = False,
) -> None:
    """Show which Python runs a project's code, and which others there are; or choose one.

    A choice is kept with your own data, not in the project. An interpreter in rivers.toml always wins.
    """
    with refusals(as_json=as_json):
        if (use is not None) + use_own + forget > 1:
            raise ConfigurationError("Choose one of --use, --own and --forget.")
        opened = Project.open(project)
        if use is not None:
            remember(opened.user_folder, Choice(_usable(use)))
        elif use_own:
            remember(opened.user_folder, Choice(None))
        elif forget:
            remember(opened.user_folder, None)
        opened = Project.open(project)
        shown = [_described(option, opened.python) for option in pythons_for(opened)]
        if as_json:
            print_json(shown)
            return
        for described in shown:
            mark = "*" if described["is_used"] else " "
            print(f"{mark} {described['version'] or '?':8} {described['program']}  ({described['origin']})")
            if described["problem"]:
                print(f"    {described['problem']}")


def _usable(program: Path) -> Path:
    """The Python itself, asked whether it is one; raises PythonProblemError."""
    absolute = expanded(program).absolute()
    look_at_python(absolute)
    return absolute


def _described(option: ProjectPython, used: ProjectPython) -> dict[str, Any]:
    try:
        facts = look_at_python(option.program)
        version, problem = facts.version_text, problem_of_python(facts) or ""
    except PythonProblemError as error:
        version, problem = "", str(error)
    return {
        "program": str(option.program or sys.executable),
        "origin": ORIGINS[option.source],
        "version": version,
        "is_used": option.program == used.program,
        "problem": problem,
    }


def _tell(as_json: bool, value: object, text: str) -> None:
    print_json(value) if as_json else print(text)
