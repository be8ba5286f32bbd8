"""How the command line says no: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError

from rivers_core.cli.log_file import log_place
from rivers_core.exceptions import CodeLocationError, InstallationError, PythonProblemError, RiversError
from rivers_core.pythons.programs import shown

ALL_COMPLETED = 0
SOME_FAILED = 1
REFUSED = 2
BUG = 70  # EX_SOFTWARE of sysexits.h
_log = logging.getLogger(__name__)


@contextmanager
def refusals(*, as_json: bool, details: bool = False) -> Iterator[None]:
    """Turn errors inside into a sentence (or a JSON object) and exit code 2; bugs into 70 and a line in the log."""
    try:
        yield
    except ValidationError as error:
        refuse(type(error).__name__, _sentences(error), as_json=as_json)
    except RiversError as error:
        refuse(type(error).__name__, str(error), as_json=as_json, more=_more_of(error, details))
    except (typer.Exit, typer.Abort, SystemExit, KeyboardInterrupt):
        raise
    except Exception:  # noqa: BLE001 - the outermost frame: a bug is logged and told in a sentence
        _report_bug(as_json=as_json)


def refuse(kind: str, message: str, *, as_json: bool, more: str = "", code: int = REFUSED) -> NoReturn:
    if as_json:
        print_json({"error": message, "kind": kind} | ({"details": more} if more else {}))
    else:
        print(message, file=sys.stderr)
        if more:
            print(more, file=sys.stderr)
    raise typer.Exit(code)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _sentences(error: ValidationError) -> str:
    """Every fault of a request in a line of its own, named by its field."""
    return "\n".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'request'}: {fault['msg']}" for fault in error.errors()
    )


def how_to_mend(error: CodeLocationError) -> str:
    """The command that brings a package which code imports; "" where that is not what is missing."""
    if not error.missing:
        return ""
    from rivers_core.pythons.missing import package_for

    return f"Install it with: rivers-core install PROJECT {shown([package_for(error.missing, ())])}"


def _more_of(error: RiversError, wanted: bool) -> str:
    mend = how_to_mend(error) if isinstance(error, CodeLocationError) else ""
    return f"{mend}\n{_details_of(error, wanted)}".strip()


def _details_of(error: RiversError, wanted: bool) -> str:
    if not isinstance(error, CodeLocationError | InstallationError | PythonProblemError) or not error.details:
        return ""
    if wanted:
        return error.details
    what = "where in the code" if isinstance(error, CodeLocationError) else "all that was said"
    return f"Add --details to see {what}."


def _report_bug(*, as_json: bool) -> NoReturn:
    _log.exception("Unexpected error: %s", sys.argv)
    message = (
        "Something went wrong inside Rivers. Nothing that was already recorded is lost; "
        f"what happened is written in {log_place()}."
    )
    refuse("bug", message, as_json=as_json, code=BUG)
