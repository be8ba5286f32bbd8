"""How the Python of a project, or the app's own, is called for a purpose: a script of this engine, or pip."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rivers_core.exceptions import ConfigurationError

PROBE = Path(__file__).with_name("probe.py")
# A frozen app's second program does these instead of a worker's work when its first argument says so.
PROBE_WORD, PIP_WORD = "--probe", "--pip"
PIP_ARCHIVE = "pip.zip"

# Old Pythons do not understand the probe itself; what is asked here they all do.
_ASK = """import sys
if sys.version_info < (3, 6):
    sys.stdout.write('{"version": [%d, %d, %d]}' % sys.version_info[:3])
else:
    import runpy
    sys.argv.pop(0)
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


def bundled_worker() -> Path | None:
    """The worker program beside a frozen app's own; None where this process is an ordinary Python."""
    if not getattr(sys, "frozen", False):
        return None
    return Path(sys.executable).with_name("rivers-worker").with_suffix(Path(sys.executable).suffix)


def probe_command(program: Path | None, packages: Path | None = None) -> list[str]:
    """What prints the facts of a Python, None for the app's own with the `packages` installed for a project."""
    extra = [] if packages is None else [str(packages)]
    if program is None and (bundled := bundled_worker()) is not None:
        return [str(bundled), PROBE_WORD, *extra]
    return [str(program or sys.executable), "-c", _ASK, str(PROBE), *extra]


def pip_command(program: Path | None, arguments: Sequence[str], *, has_pip: bool) -> list[str]:
    """What runs pip in a Python; one that has no pip of its own (as uv makes them) borrows the app's."""
    if program is None and (bundled := bundled_worker()) is not None:
        return [str(bundled), PIP_WORD, *arguments]
    if has_pip:
        return [str(program or sys.executable), "-m", "pip", *arguments]
    return [str(program or sys.executable), str(own_pip()), *arguments]


def own_pip() -> Path:
    """The app's pip as something that any Python can be given to run."""
    if getattr(sys, "frozen", False):
        return Path(__file__).with_name(PIP_ARCHIVE) / "pip"
    spec = importlib.util.find_spec("pip")
    if spec is None or spec.origin is None:
        raise ConfigurationError("This program's Python has no pip. Install it there, then try again.")
    return Path(spec.origin).with_name("__pip-runner__.py")


def shown(command: Sequence[str]) -> str:
    """A command as it can be typed in a terminal of this system."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)


def serve(arguments: Sequence[str]) -> bool:
    """Do what a frozen app's second program was called for, if that is not a worker's work; whether it was."""
    match arguments:
        case [word, *rest] if word == PROBE_WORD:
            from rivers_core.pythons import probe

            probe.main(rest)
            return True
        case [word, *rest] if word == PIP_WORD:
            sys.path.insert(0, str(Path(__file__).with_name(PIP_ARCHIVE)))
            main = importlib.import_module("pip._internal.cli.main").main
            sys.exit(main(rest))
        case _:
            return False
