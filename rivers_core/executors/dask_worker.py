"""What runs in the workers of a Dask cluster: loads the project's code once a process and carries out runs of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from rivers_core.executors.local_runs import LocalRuns
from rivers_core.location import messages
from rivers_core.location.alias import install_alias
from rivers_core.location.framing import Message
from rivers_core.location.loading import CodePlace, LoadedCode, load_code
from rivers_core.steps.task import LogLine, Report, RunOutcome, RunStarted
from rivers_core.steps.watch import Unwatched

ENDED = "ended"  # outcome, number of messages sent before it
CODE_CHANGED = "code_changed"
WITHDRAWN = "withdrawn"


@dataclass
class _Process:
    """What a Dask worker process keeps between runs: Dask calls plain functions, so there is nowhere else for it."""

    lock: Lock = field(default_factory=Lock)
    code: dict[str, LoadedCode] = field(default_factory=dict)
    sessions: dict[str, LocalRuns] = field(default_factory=dict)
    running: dict[tuple[str, int], _AskedRun] = field(default_factory=dict)
    withdrawn: set[tuple[str, int]] = field(default_factory=set)


class _AskedRun(Unwatched):
    def __init__(self) -> None:
        self._asked = Event()

    def ask(self) -> None:
        self._asked.set()

    def is_canceled(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        self._asked.wait(seconds)


_process = _Process()


def is_ready() -> bool:
    """Whether this worker can import the engine: it could, or this would not have been called."""
    return True


def carry_out(
    shared: Mapping[str, Any], template: Mapping[str, Any], number: int, ranges: list[list[int]], ticket: int
) -> Message:
    """One run, by the ticket that it was sent with: ENDED with its outcome, WITHDRAWN or CODE_CHANGED.

    WITHDRAWN says that it did not begin: it was taken back, or has to stop at a failure. Raises CodeLocationError
    when the code does not load here.
    """
    session = shared["session"]
    failure = _failure_of(shared)
    if failure is not None and failure.is_set():
        return [WITHDRAWN]
    with _process.lock:
        if (session, ticket) in _process.withdrawn:
            return [WITHDRAWN]
        runs = _runs_of(shared)
        if runs is None:
            return [CODE_CHANGED]
        _process.running[session, ticket] = watch = _AskedRun()
    try:
        task = messages.read_task(number, ranges, messages.read_template(template))
        telling = _Telling(session)
        outcome = runs.carry_out(task, watch, telling.tell)
        if failure is not None and outcome.has_failure:
            failure.set()
        return [ENDED, messages.write_outcome(outcome), telling.sent]
    finally:
        with _process.lock:
            del _process.running[session, ticket]


def withdraw(session: str, tickets: Collection[int], *, ask: bool) -> list[int]:
    """See to it that the runs of these tickets do not begin here; those that have, asked to stop if `ask`."""
    with _process.lock:
        begun = [ticket for ticket in tickets if (session, ticket) in _process.running]
        _process.withdrawn.update((session, ticket) for ticket in tickets if ticket not in begun)
        for ticket in begun if ask else ():
            _process.running[session, ticket].ask()
    return begun


def leave(session: str) -> None:
    """Forget a session whose runs have all ended."""
    with _process.lock:
        runs = _process.sessions.pop(session, None)
        _process.withdrawn = {key for key in _process.withdrawn if key[0] != session}
    if runs is not None:
        runs.close()


def _failure_of(shared: Mapping[str, Any]) -> Any:
    """What every worker of the cluster sees set once a run of the session failed; None where it need not stop then."""
    if not shared["stops_at_failure"]:
        return None
    from distributed import Event as ClusterEvent

    return ClusterEvent(f"{shared['session']}-failure")  # type: ignore[no-untyped-call]


class _Telling:
    """Sends what a run reports while it runs as events of the cluster."""

    def __init__(self, session: str) -> None:
        from distributed import get_worker

        self._log_event: Callable[[str, Any], None] = get_worker().log_event
        self._topic = session
        self.sent = 0

    def tell(self, reports: Sequence[Report]) -> None:
        written = [_written(report) for report in reports if not isinstance(report, RunOutcome)]
        if written:
            self._log_event(self._topic, written)
            self.sent += len(written)


def _written(report: Report) -> Message:
    match report:
        case RunStarted():
            return messages.write_started(report)
        case LogLine():
            return messages.write_log(report.run_number, [report])
        case _:
            raise TypeError(f"a run reports no {type(report).__name__} while it runs")


def _runs_of(shared: Mapping[str, Any]) -> LocalRuns | None:
    """The session's runs, opened when the first of them comes; None if the code is not the one it is meant for."""
    session = shared["session"]
    if session not in _process.sessions:
        code = _code_for(shared)
        if shared["fingerprint"] and code.fingerprint != shared["fingerprint"]:
            return None
        runs = LocalRuns(code.definitions, outputs=shared["outputs"])
        runs.open(messages.read_grids(shared["grids"]))
        _process.sessions[session] = runs
    return _process.sessions[session]


def _code_for(shared: Mapping[str, Any]) -> LoadedCode:
    """The project's code; loaded anew if what was loaded before is another version."""
    path = shared["code"]
    known = _process.code.get(path)
    if known is None or (shared["fingerprint"] and known.fingerprint != shared["fingerprint"]):
        install_alias()
        _forget_modules_below(shared["folder"])
        toml = shared["toml"]
        known = load_code(CodePlace(Path(shared["folder"]), Path(path), Path(toml) if toml else None))
        _process.code[path] = known
    return known


def _forget_modules_below(folder: str) -> None:
    root = os.path.realpath(folder) + os.sep
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and os.path.realpath(file).startswith(root) and "site-packages" not in file:
            del sys.modules[name]
