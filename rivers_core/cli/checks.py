"""What `rivers-core doctor` looks at, each check with a sentence of what it found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rivers_core.cli.pythons import ORIGINS
from rivers_core.cli.refusal import how_to_mend
from rivers_core.engine import Engine
from rivers_core.exceptions import CodeLocationError, RiversError
from rivers_core.location.needs import Needs, needs_of
from rivers_core.location.project import Project
from rivers_core.pythons.programs import shown


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


def diagnose(project: str, storage: Path | None) -> list[Check]:
    """Look at the project from the outside in; what stands behind a fault is not looked at."""
    return list(_checks(project, storage))


def _checks(project: str, storage: Path | None) -> Iterator[Check]:
    yield Check("program", True, f"Rivers {version('rivers-desktop')}, Python {sys.version.split()[0]}")
    try:
        engine = Engine.open(project, launched_by="doctor", storage=storage)
    except RiversError as error:
        yield Check("project", False, str(error))
        return
    with engine:
        yield Check("project", True, f"{engine.project.name}, code in {engine.project.code}")
        yield Check("storage", True, f"the database and outputs are in {engine.place}")
        yield _asked("database", lambda: f"{engine.count_backfills():,} backfills recorded")
        needs = needs_of(engine.project)
        yield from _python(engine.project, needs)
        if needs.problem:
            return
        code = _asked("code", lambda: _code(engine))
        yield code
        if code.ok:
            yield _asked("states", lambda: _states(engine))


def _python(project: Project, needs: Needs) -> Iterator[Check]:
    """Which Python runs the code, and whether it has what the project's files ask for."""
    program, origin = project.interpreter or "the one of this program", ORIGINS[needs.python.source]
    if needs.problem:
        yield Check("python", False, f"{needs.problem}\n{_how_to_install(project, needs)}".rstrip())
        return
    version = "" if needs.facts is None else f"{needs.facts.version_text}, "
    yield Check("python", True, f"{version}{program} ({origin})")
    yield from (Check("python", False, remark) for remark in needs.python_remarks)
    yield from (Check("packages", True, remark) for remark in needs.declared.unread)
    if needs.missing:
        yield Check("packages", False, f"{needs.sentence} {_how_to_install(project, needs)}")
    elif needs.lines_that_apply:
        yield Check("packages", True, f"all {len(needs.lines_that_apply)} that are asked for are installed")


def _how_to_install(project: Project, needs: Needs) -> str:
    return f"Install with: {shown(['rivers-core', 'install', str(project.path)])}" if needs.missing else ""


def _asked(name: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name, True, question())
    except CodeLocationError as error:
        return Check(name, False, "\n".join(part for part in (str(error), how_to_mend(error), error.details) if part))
    except RiversError as error:
        return Check(name, False, str(error))


def _code(engine: Engine) -> str:
    spec = engine.spec()
    ignored = f"; not run here: {', '.join(spec.not_run_here)}" if spec.not_run_here else ""
    return f"{len(spec.assets):,} assets, loaded by a worker with Python {spec.python_version}{ignored}"


def _states(engine: Engine) -> str:
    partitions = sum(sum(counts.values()) for counts in engine.asset_counts().values())
    left = {asset.name: engine.unfitting(asset.name) for asset in engine.spec().assets}
    lost = "".join(
        f"; {name} keeps {len(keys):,} keys its definition no longer has" for name, keys in left.items() if keys
    )
    return f"{partitions:,} partitions{lost}"
