"""Looks at a Python: starts it to have it tell what it is, and says in a sentence why it cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from rivers_core.exceptions import PythonProblemError
from rivers_core.pythons.finding import environment_of
from rivers_core.pythons.processes import end_of, environment_for, group_options, kill
from rivers_core.pythons.programs import probe_command, shown

NEEDED_PYTHON = (3, 11)
NEEDED_PYDANTIC = "pydantic>=2.9"
_PATIENCE = 60.0  # seconds; the first start from a cold or remote disk takes some


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """What a Python told of itself; `program` is None for the app's own.

    `distributions` has canonical names and versions of what it has by itself, `extra` of what was installed for
    one project besides, `markers` the values that requirements' markers ask for.
    """

    program: Path | None
    version: tuple[int, ...]
    distributions: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    markers: Mapping[str, str] = field(default_factory=dict)
    is_managed: bool = False

    @property
    def version_text(self) -> str:
        return ".".join(str(part) for part in self.version)

    @property
    def platform_text(self) -> str:
        """`Linux x86_64`."""
        return f"{self.markers.get('platform_system', '')} {self.markers.get('platform_machine', '')}".strip()

    @property
    def has_pip(self) -> bool:
        return "pip" in self.distributions

    @property
    def installed(self) -> dict[str, str]:
        """Everything that can be imported; what was installed for the project comes first."""
        return {**self.distributions, **self.extra}


def look_at_python(program: Path | None, packages: Path | None = None) -> PythonFacts:
    """Start a Python and ask what it is; raises PythonProblemError if it cannot be used at all. Blocks."""
    if program is not None and (problem := problem_of_files(program)) is not None:
        raise PythonProblemError(problem)
    told = _told(program, _asked(program, probe_command(program, packages)))
    return PythonFacts(
        program=program,
        version=tuple(told["version"]),
        distributions=_canonical(told.get("distributions", {})),
        extra=_canonical(told.get("extra", {})),
        markers=told.get("markers", {}),
        is_managed=told.get("is_managed", False),
    )


def problem_of_files(program: Path) -> str | None:
    """Why a Python cannot be started, as far as its files tell."""
    environment = environment_of(program)
    if program.is_dir():
        return f"{program} is a folder. Choose the Python program in it."
    if not program.exists():
        return _absent(program, environment)
    if not os.access(program, os.X_OK):
        return f"{program} is no program that can be started. Choose another Python."
    base = _base_of(environment)
    if base is not None and not base.is_dir():
        return _broken(environment or program, f"the Python it was made with, in {base}, is not there any more")
    return None


def problem_of_python(facts: PythonFacts) -> str | None:
    """Why a Python that starts can still not run assets."""
    name = facts.program or "The app's own Python"
    if facts.version[:2] < NEEDED_PYTHON:
        return too_old(str(name), facts.version_text)
    version = facts.installed.get("pydantic")
    if version is None:
        return f"{name} lacks pydantic, which assets need. Install it there: {pydantic_command(facts)}"
    if _is_old_pydantic(version):
        return f"{name} has pydantic {version}; assets need 2.9 or newer. Upgrade it there: {pydantic_command(facts)}"
    return None


def too_old(program: str, version: str) -> str:
    needed = ".".join(str(part) for part in NEEDED_PYTHON)
    return (
        f"{program} is Python {version}; assets need {needed} or newer. "
        "Make the environment anew with a newer one, or choose another Python."
    )


def pydantic_command(facts: PythonFacts) -> str:
    return shown([str(facts.program), "-m", "pip", "install", NEEDED_PYDANTIC])


def _is_old_pydantic(version: str) -> bool:
    from packaging.requirements import Requirement

    return not Requirement(NEEDED_PYDANTIC).specifier.contains(version, prereleases=True)


def _absent(program: Path, environment: Path | None) -> str:
    if program.is_symlink():
        target = os.path.realpath(program)
        return _broken(environment or program, f"the Python it was made with, {target}, is not there any more")
    if environment is not None:
        return _broken(environment, f"it holds no {program.name}")
    return f"{program} is not there any more. Install it again, or choose another Python for this project."


def _broken(environment: Path, why: str) -> str:
    again = shown(["python3", "-m", "venv", "--clear", str(environment)])
    return f"The environment {environment} is broken: {why}. Make it anew ({again}), or choose another Python."


def _base_of(environment: Path | None) -> Path | None:
    """The folder of the Python that a virtual environment was made with, as its pyvenv.cfg tells."""
    if environment is None or not (environment / "pyvenv.cfg").is_file():
        return None
    for line in (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home" and value.strip():
            return Path(value.strip())
    return None


def _asked(program: Path | None, command: list[str]) -> str:
    environment = environment_for(os.environ, is_foreign=program is not None)
    environment["PYTHONIOENCODING"] = "utf-8"
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
            errors="replace",
            **group_options(),
        )
    except OSError as error:
        raise PythonProblemError(
            f"{command[0]} could not be started: {error.strerror or error}. Choose another Python."
        ) from error
    try:
        out, err = process.communicate(timeout=_PATIENCE)
        told: str = out
    except subprocess.TimeoutExpired:
        kill(process)
        process.communicate()
        raise PythonProblemError(
            f"{command[0]} said nothing for {_PATIENCE:g} seconds. Choose another Python."
        ) from None
    if process.returncode:
        raise PythonProblemError(crashed(command[0], process.returncode, err), err)
    return told


def crashed(program: str, code: int, printed: str) -> str:
    """What to tell of a Python that ended before it did anything; `printed` is what it wrote to standard error."""
    last = next((line.strip() for line in reversed(printed.splitlines()) if line.strip()), "")
    told = f" It said: {last.rstrip('.')}." if last else ""
    again = "Make its environment anew, or choose another Python."
    return f"{program} {end_of(code)} as soon as it was started.{told} {again}"


def _told(program: Path | None, out: str) -> Any:  # what the probe says
    try:
        told = json.loads(out.strip().rpartition("\n")[2])
    except ValueError:
        told = None
    if not isinstance(told, dict) or "version" not in told:
        raise PythonProblemError(f"{program} does not answer as a Python does. Choose another one.")
    return told


def _canonical(distributions: Mapping[str, str]) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in distributions.items()}
