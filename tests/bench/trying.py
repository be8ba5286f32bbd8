"""Runs the trivial work of `trivial.py` in a process of its own and reads what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_SCRIPT: Final = Path(__file__).with_name("trivial.py")
_PROJECT: Final = Path(__file__).parents[2]
_AT_MOST_SECONDS: Final = 900


class Measured(dict[str, float]):
    """What a script printed: seconds, count and peak_mb."""

    @property
    def rate(self) -> float:
        """How many a second."""
        return self["count"] / self["seconds"]


def tried(
    work: str, count: int, *, library: str = "rivers_core", python: str = sys.executable, script: Path = _SCRIPT
) -> Measured:
    """One measurement; CalledProcessError, with what it printed shown, if the script fails."""
    environment = {**os.environ, "RUST_LOG": "error", "NO_COLOR": "1"}
    if library == "rivers_core":
        environment["PYTHONPATH"] = str(_PROJECT)
    done = subprocess.run(
        [python, str(script), library, work, str(count)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_AT_MOST_SECONDS,
        check=True,
    )
    return Measured(json.loads(done.stdout.splitlines()[-1]))


def fastest(measured: Sequence[Measured]) -> Measured:
    """The one that was disturbed least by whatever else the machine does."""
    return max(measured, key=lambda one: one.rate)
