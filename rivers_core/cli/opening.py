"""Opens a project for one command and says where its state is kept when that is not the project itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rivers_core.cli.refusal import refusals
from rivers_core.engine import Engine


@contextmanager
def opened(
    project: str, storage: Path | None, *, as_json: bool, details: bool = False, slots: int | None = None
) -> Iterator[Engine]:
    """The engine of a project for the time of a command; what goes wrong meanwhile is refused in a sentence.

    Backfills of processes that are gone are taken back first.
    """
    with (
        refusals(as_json=as_json, details=details),
        Engine.open(project, slots=slots, launched_by="cli", storage=storage) as engine,
    ):
        if engine.place_reason:
            print(f"{engine.place_reason} Database and outputs are kept in {engine.place}.", file=sys.stderr)
        engine.recover()
        yield engine
