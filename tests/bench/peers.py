"""With PEERS=1: the same trivial work in rivers and Dagster from PyPI, and how many times as fast it is here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.bench.plan_million import HOURS
from tests.bench.rows import Row, print_rows, row
from tests.bench.trying import Measured, fastest, tried

_VENV: Final = Path(__file__).parents[2] / "build" / "peers-venv"
_PYTHON: Final = _VENV / "bin" / "python"
_PEERS: Final = ("rivers==0.6.2", "dagster==1.13.29")
_DAGSTER: Final = Path(__file__).with_name("dagster_trivial.py")
# Work, what it is called, how much of it here and in each peer, and how many times as fast as rivers it is to be.
_WORKS: Final = (
    ("multi_run", "MultiRun in process", "runs/s", 20_000, 500, 10, 50),
    ("workers", "MultiRun in 2 worker processes", "runs/s", 20_000, 300, None, 40),
    ("single_run", "SingleRun", "keys/s", 100_000, 5_000, 100, 200),
    ("dry_run", "dry run of 11 partitions an hour", "hours/s", HOURS, HOURS, None, None),
)


def measure() -> list[Row]:
    """Rows of name, value, unit and target; none unless the environment says PEERS=1.

    Ours is measured before and after the peers, so that what else the machine does meets both.
    """
    if os.environ.get("PEERS") != "1":
        return []
    _install()
    return [one for work in _WORKS for one in _compared(*work)]


def _compared(
    work: str, name: str, unit: str, here: int, rivers: int, dagster: int | None, wanted: int | None
) -> list[Row]:
    before = tried(work, here)
    theirs = tried(work, rivers, library="rivers", python=str(_PYTHON))
    dagsters = None if dagster is None else _dagster(work, dagster)
    ours = fastest([before, tried(work, here)])
    rows = [
        row(f"{name}: here", ours.rate, unit),
        row(f"{name}: rivers", theirs.rate, unit),
        row(
            f"{name}: times as fast as rivers",
            ours.rate / theirs.rate,
            "times",
            None if wanted is None else f"≥ {wanted}",
        ),
    ]
    if dagsters is not None:
        rows.append(row(f"{name}: Dagster", dagsters.rate, unit))
        rows.append(row(f"{name}: times as fast as Dagster", ours.rate / dagsters.rate, "times"))
    return rows


def _dagster(work: str, count: int) -> Measured:
    return tried(work, count, library="dagster", python=str(_PYTHON), script=_DAGSTER)


def _install() -> None:
    """The peers in a virtual environment of their own; what is there already is left as it is."""
    if not _PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True)
    subprocess.run([str(_PYTHON), "-m", "pip", "install", "--quiet", *_PEERS], check=True)


if __name__ == "__main__":
    print_rows(measure())
