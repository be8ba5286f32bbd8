"""How the words of a command line are refused: as click does it for people, as a JSON object for programs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from rivers_core.cli.refusal import REFUSED, refuse

# What every complaint about options and arguments is; typer may have a click of its own, so it is not imported.
_Complaint: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


class CommandLine(TyperGroup):
    """The commands; with --json a command line that cannot be understood is told as JSON too."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **given: Any) -> Any:  # as click has it
        if "--json" not in (sys.argv[1:] if args is None else args):
            return super().main(args, *rest, **given)
        try:
            code = super().main(args, *rest, **{**given, "standalone_mode": False})
        except typer.Exit as ending:
            sys.exit(ending.exit_code)
        except _Complaint as complaint:
            sys.exit(_told(complaint))
        sys.exit(code or 0)


def _told(complaint: Any) -> int:  # a click.ClickException
    try:
        refuse(type(complaint).__name__, complaint.format_message(), as_json=True)
    except typer.Exit:
        return REFUSED


def end_in_order() -> None:
    """Have a request to end (SIGTERM, or SIGHUP of a terminal that closes) leave what runs to be resumed."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
