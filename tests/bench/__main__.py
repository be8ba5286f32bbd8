"""Measures the engine and the app, and prints a table and JSON: `python -m tests.bench [--only NAME] [--json FILE]`.

Every module of this folder with a `measure()` is measured in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tests.bench.rows import Row, is_met

_FOLDER: Final = Path(__file__).parent
_PROJECT: Final = _FOLDER.parents[1]
_WIDTH: Final = 132
_NOTE: Final = """\
A stall is by how much a tick of the window's event loop came too late. "Longest stall" is by the clock, whatever else
the machine did; "less waiting for a core" leaves out what the thread waited for a core that other programs had (not
what it waited for Python's lock while its holder waited for a core); "most work" is the most processor time of the
window's thread between two ticks, which depends least on the load: the truth for an idle machine lies between the two.
The load is how many processes wanted a core of late: with more than there are cores, every time is too long."""


def main(arguments: Sequence[str] | None = None) -> int:
    names = measurements()
    asked = _asked(arguments, names)
    machine = _machine()
    console = Console(stderr=True)
    found: dict[str, list[Row]] = {}
    for name in asked.only or names:
        console.print(f"measuring {name} …")
        begin = perf_counter()
        found[name] = _measured(name)
        console.print(f"measured {name} in {perf_counter() - begin:.0f} s, load {_load()}")
    machine["load at the end"] = _load()
    results = {"machine": machine, "measured": found}
    wide = Console()
    _show(results, wide if wide.is_terminal else Console(width=_WIDTH))
    text = json.dumps(results, indent=2, ensure_ascii=False)
    if asked.json is None:
        print(text)
    else:
        Path(asked.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measurements() -> list[str]:
    """The modules of this folder that measure something, by name."""
    files = (file for file in _FOLDER.glob("*.py") if "\ndef measure(" in file.read_text(encoding="utf-8"))
    return sorted(file.stem for file in files)


def _asked(arguments: Sequence[str] | None, names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=names, help="measure only this (may be given repeatedly)")
    parser.add_argument("--json", metavar="FILE", help="write the JSON to a file and print only the table")
    return parser.parse_args(arguments)


def _measured(name: str) -> list[Row]:
    """What a module measured; a row that says so if it failed, so that the others are measured all the same."""
    command = [sys.executable, "-m", f"tests.bench.{name}"]
    done = subprocess.run(command, cwd=_PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return [{"name": f"{name} failed with exit code {done.returncode}", "value": None, "unit": "", "target": None}]
    rows: list[Row] = json.loads(done.stdout[done.stdout.index("[") :])
    return rows


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load at the start": _load(),
    }


def _load() -> str:
    """How many processes wanted a core, of late: much more than there are cores means that figures are too bad."""
    return ", ".join(f"{average:.1f}" for average in os.getloadavg())


def _show(results: dict[str, Any], console: Console) -> None:
    table = Table(title="Rivers Desktop, measured")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("unit")
    table.add_column("to reach", justify="right")
    table.add_column("")
    for rows in results["measured"].values():
        for one in rows:
            value = "" if one["value"] is None else f"{one['value']:,}"
            table.add_row(one["name"], value, one["unit"], _target(one), _verdict(one))
        table.add_section()
    console.print(table)
    console.print(", ".join(f"{name}: {value}" for name, value in results["machine"].items()))
    if any("stall" in one["name"] for rows in results["measured"].values() for one in rows):
        console.print(_NOTE, highlight=False)


def _target(measured: Row) -> str:
    target = measured["target"]
    return "" if target is None else f"{target:,}" if isinstance(target, int | float) else str(target)


def _verdict(measured: Row) -> str:
    if measured["value"] is None:
        return "[red]failed[/red]"
    met = is_met(measured)
    return "" if met is None else "[green]reached[/green]" if met else "[red]missed[/red]"


if __name__ == "__main__":
    sys.exit(main())
