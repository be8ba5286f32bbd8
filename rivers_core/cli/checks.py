"""What `rivers-core doctor` looks at, each check with a sentence of what it found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rivers_core.engine import Engine
from rivers_core.exceptions import CodeLocationError, RiversError


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
        code = _asked("code", lambda: _code(engine))
        yield code
        if code.ok:
            yield _asked("states", lambda: _states(engine))


def _asked(name: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name, True, question())
    except CodeLocationError as error:
        return Check(name, False, f"{error}\n{error.details}".rstrip())
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
