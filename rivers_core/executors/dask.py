"""Carries out runs on a dask.distributed cluster, which must see the project's folder and have the engine installed."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from rivers_core.exceptions import CodeLocationError, ConfigurationError, ExecutionError
from rivers_core.executors import dask_worker
from rivers_core.location import messages
from rivers_core.location.assignment import PoolRules
from rivers_core.location.project import Project
from rivers_core.location.spec import RepositorySpec
from rivers_core.records import ErrorReport
from rivers_core.states import RunState
from rivers_core.steps.errors import message_of
from rivers_core.steps.task import (
    Grids,
    LogLine,
    Report,
    ReturnReason,
    RunOutcome,
    RunStarted,
    RunTask,
    TasksReturned,
)

CONNECT_SECONDS = 10.0
LATE_SECONDS = 5.0  # how long an outcome waits for log lines that were sent before it
LEAVE_SECONDS = 30.0
SHARE_SECONDS = 1.0
LONELY_SECONDS = 60.0  # without any worker
MOST_LOSSES = 3  # of one run that Dask itself no longer repeats
CODE_CHANGED = "The cluster's workers hold other code than this backfill was planned with. Restart them, then resume."

# The client and its futures are the library's, which has no types; events come as it brings them.


def require_library() -> None:
    """Raise ConfigurationError where dask.distributed is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise ConfigurationError(
            "Executor.dask() needs dask.distributed, which is not installed: pip install 'rivers-desktop[dask]'."
        )


def check_cluster(address: str) -> None:
    """Raise ConfigurationError when the cluster cannot be used at this moment."""
    connected(address).close()


def connected(address: str) -> Any:
    """A client of a cluster that has workers with the engine; ConfigurationError says what is missing."""
    require_library()
    from distributed import Client

    client: Any = None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        _check_workers(client, address)
    except BaseException as error:
        if client is not None:
            client.close()
        if not isinstance(error, OSError | TimeoutError | ValueError):
            raise
        raise ConfigurationError(
            f"There is no Dask scheduler at {address}, or it does not answer: {message_of(error)}. "
            "Start one there, or correct the address."
        ) from error
    return client


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)  # those that died are just being started anew
    except TimeoutError as error:
        raise ConfigurationError(f"The Dask cluster at {address} has no workers. Start some first.") from error
    try:
        client.run(dask_worker.is_ready)
    except ImportError as error:
        raise ConfigurationError(
            f"The workers of the Dask cluster at {address} lack this engine ({error}). "
            "Install rivers-desktop in their environment."
        ) from error


class DaskExecutor:
    """An Executor over the cluster at `address`; `stop` asks what runs, by `context.canceled`."""

    def __init__(
        self,
        address: str,
        project: Project,
        spec: RepositorySpec,
        *,
        outputs: str | Path | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self._address = address
        self._project = project
        self._rules = PoolRules.of(spec)
        self._outputs = str(outputs if outputs is not None else project.storage_folder / "outputs")
        self._fingerprint = fingerprint or ""
        self._session = f"rivers-{uuid.uuid4().hex}"
        self._client: Any = None
        self._futures: dict[int, Any] = {}
        self._tasks: dict[int, RunTask] = {}
        self._waiting: list[RunTask] = []
        self._arrived: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._seen: dict[int, int] = {}
        self._late: dict[int, tuple[float, int, RunOutcome]] = {}
        self._asked_back: dict[int, bool] = {}  # whether it is to be canceled
        self._new_tickets = itertools.count(1)
        self._tickets: dict[int, int] = {}  # of each run as it was sent last: one taken back may be sent again
        self._shared: Any = None  # what all runs of the session have in common, where the workers keep it
        self._losses: Counter[int] = Counter()
        self._lonely_since: float | None = None
        self._halted = False

    def open(self, grids: Grids, *, stops_at_failure: bool = False) -> None:
        """Connect; raises ConfigurationError when the cluster cannot be used."""
        self._client = connected(self._address)
        self._client.subscribe_topic(self._session, lambda event: self._arrived.put(("event", event)))
        self._written = self._written_session(grids, stops_at_failure)

    def capacity(self, wanted: int) -> int:
        return 0 if self._halted else max(0, wanted - len(self._tasks))

    def submit(self, tasks: Sequence[RunTask]) -> None:
        self._tasks.update((task.run_number, task) for task in tasks)
        self._waiting += tasks
        self._send_waiting()

    def collect(self, timeout: float) -> list[Report]:
        """ExecutionError when the cluster is gone: what is out is to be run again another time."""
        reports: list[Report] = []
        try:
            reports += self._read(*self._arrived.get(timeout=timeout))
            while True:
                reports += self._read(*self._arrived.get_nowait())
        except Empty:
            reports += self._overdue()
        if not reports and self._tasks:
            self._check_connection()
        self._send_waiting()
        return reports

    def stop(self, run_numbers: Collection[int]) -> None:
        now = time.time()
        for task in self._withdraw(run_numbers, ask=True):
            self._arrived.put(("report", RunOutcome(task.run_number, RunState.CANCELED, now, now)))

    def recall(self) -> None:
        tasks = self._withdraw(list(self._tasks), ask=False)
        if tasks:
            numbers = tuple(task.run_number for task in tasks)
            self._arrived.put(("report", TasksReturned(numbers, ReturnReason.RECALLED)))

    def wake(self) -> None:
        self._arrived.put(("wake", None))

    def close(self) -> None:
        """Ask what runs to stop, and wait until it has, but not for ever: a cluster may be gone."""
        if self._client is None:
            return
        with suppress(OSError, TimeoutError, ExecutionError):
            self._withdraw(list(self._tasks), ask=True)
            deadline = time.monotonic() + LEAVE_SECONDS
            while self._tasks and time.monotonic() < deadline:
                self.collect(0.1)
            self._client.run(dask_worker.leave, self._session, on_error="ignore")
            self._client.unsubscribe_topic(self._session)
        self._close_client()

    # On the way out.

    def _written_session(self, grids: Grids, stops_at_failure: bool) -> dict[str, Any]:
        project = self._project
        return {
            "session": self._session,
            "fingerprint": self._fingerprint,
            "folder": str(project.folder),
            "code": str(project.code),
            "toml": None if project.toml is None else str(project.toml),
            "outputs": self._outputs,
            "grids": messages.write_grids(grids),
            "stops_at_failure": stops_at_failure,
        }

    def _send_waiting(self) -> None:
        """Send what its pools let in, once a worker is there."""
        if not self._waiting or not self._is_shared():
            return
        staying = []
        for task in self._waiting:
            if self._pools_are_free(task):
                self._send(task)
            else:
                staying.append(task)
        self._waiting = staying

    def _is_shared(self) -> bool:
        """Give the workers what all runs have in common, unless they hold it; False while there is no worker."""
        if self._shared is None:
            self._check_connection()
            try:
                # In a list, for of a dict the cluster would keep every value under its own key, for all sessions alike.
                (self._shared,) = self._client.scatter(
                    [self._written], broadcast=True, hash=False, timeout=SHARE_SECONDS
                )
                self._lonely_since = None
            except TimeoutError:
                self._wait_for_workers()
            except OSError as error:
                raise self._gone() from error
        return self._shared is not None

    def _wait_for_workers(self) -> None:
        """Workers that died are most often started anew; one day that is given up."""
        now = time.monotonic()
        self._lonely_since = self._lonely_since or now
        if now - self._lonely_since > LONELY_SECONDS:
            raise ExecutionError(
                f"The Dask cluster at {self._address} has no workers any more. Start some, then resume the backfill."
            )

    def _check_connection(self) -> None:
        if self._client.status not in ("running", "connecting"):
            raise self._gone()

    def _gone(self) -> ExecutionError:
        return ExecutionError(
            f"The connection to the Dask cluster at {self._address} was lost. "
            "Resume the backfill when the cluster is there again."
        )

    def _pools_are_free(self, task: RunTask) -> bool:
        pools = self._rules.pools_of(task)
        if not pools:
            return True
        held = [pool for number in self._futures for pool in self._rules.pools_of(self._tasks[number])]
        return all(held.count(pool) < self._rules.limits[pool] for pool in pools)

    def _send(self, task: RunTask) -> None:
        number = task.run_number
        self._tickets[number] = ticket = next(self._new_tickets)
        self._asked_back.pop(number, None)
        future = self._client.submit(
            dask_worker.carry_out,
            self._shared,
            messages.write_template(task),
            number,
            task.subset.as_json(),
            ticket,
            key=f"{self._session}-{ticket}",
            pure=False,
            retries=0,
        )
        self._futures[number] = future
        future.add_done_callback(lambda done: self._arrived.put(("done", (number, done))))

    def _withdraw(self, numbers: Collection[int], *, ask: bool) -> list[RunTask]:
        """Take back what has not begun anywhere."""
        wanted = [number for number in numbers if number in self._tasks]
        self._asked_back.update(dict.fromkeys(wanted, ask))
        try:
            tickets = {self._tickets[number]: number for number in wanted if number in self._tickets}
            found = self._client.run(dask_worker.withdraw, self._session, list(tickets), ask=ask, on_error="ignore")
        except OSError as error:
            raise self._gone() from error
        begun = {tickets[ticket] for here in found.values() for ticket in here}
        # What has ended is on its way here with its outcome.
        left = [number for number in wanted if number not in begun and not self._has_ended(number)]
        self._client.cancel([self._futures.pop(number) for number in left if number in self._futures])
        self._waiting = [task for task in self._waiting if task.run_number not in left]
        return [self._tasks.pop(number) for number in left]

    def _has_ended(self, number: int) -> bool:
        return number in self._futures and self._futures[number].done()

    # On the way in.

    def _read(self, kind: str, arrived: Any) -> Iterable[Report]:
        match kind:
            case "report":
                return [arrived]
            case "event":
                return self._on_event(arrived)
            case "done":
                return self._on_done(*arrived)
        return []

    def _on_event(self, event: tuple[float, Any]) -> list[Report]:
        reports: list[Report] = []
        for message in event[1]:
            read: list[RunStarted] | list[LogLine]
            read = [messages.read_started(message)] if message[0] == messages.STARTED else messages.read_log(message)
            for report in read:
                number = report.run_number
                self._seen[number] = self._seen.get(number, 0) + 1
                reports.append(report)
                if number in self._late and self._seen[number] >= self._late[number][1]:
                    reports.append(self._end(self._late.pop(number)[2]))
        return reports

    def _on_done(self, number: int, future: Any) -> list[Report]:
        if number not in self._futures or self._futures[number] is not future:  # it was withdrawn
            return []
        result = _result_of(future)
        if result is None:
            return self._on_lost(number, future)
        if result[0] == dask_worker.CODE_CHANGED:
            return self._return_all(ReturnReason.CODE_CHANGED, CODE_CHANGED, [number])
        if result[0] == dask_worker.WITHDRAWN:
            return [self._taken_back(number)]
        outcome, sent = messages.read_outcome(result[1]), result[2]
        if self._seen.get(number, 0) >= sent:
            return [self._end(outcome)]
        self._late[number] = (time.monotonic() + LATE_SECONDS, sent, outcome)
        return []

    def _on_lost(self, number: int, future: Any) -> list[Report]:
        # Dask blames all runs of a worker that died, also those that only waited there.
        is_to_blame = future.status == "error" and (number in self._seen or not _is_killed(future))
        if is_to_blame or self._losses[number] >= MOST_LOSSES:
            return [self._end(self._lost(number, future))]
        return self._send_again(number)

    def _send_again(self, number: int) -> list[Report]:
        """The worker died that had what the run gave, or the last one that had what it needs."""
        self._client.cancel([self._futures.pop(number)])
        self._losses[number] += 1
        self._shared = None
        if self._asked_back.get(number):
            now = time.time()
            return [self._end(RunOutcome(number, RunState.CANCELED, now, now))]
        self._waiting.append(self._tasks[number])
        return []

    def _taken_back(self, number: int) -> Report:
        """What to report of a run that a worker took up and did not begin: it was withdrawn, or another has failed."""
        now = time.time()
        canceled = RunOutcome(number, RunState.CANCELED, now, now)
        self._end(canceled)
        return canceled if self._asked_back.get(number) else TasksReturned((number,), ReturnReason.RECALLED)

    def _lost(self, number: int, future: Any) -> RunOutcome:
        now = time.time()
        error = future.exception() if future.status == "error" else None
        if isinstance(error, CodeLocationError):
            report = ErrorReport("CodeLocationError", str(error), error.details)
        else:
            told = f": {message_of(error)}" if error is not None else ""
            names = ", ".join(self._tasks[number].assets)
            report = ErrorReport("WorkerDied", f"The cluster lost the run of {names}{told}.")
        return RunOutcome(number, RunState.FAILED, now, now, error=report)

    def _return_all(self, reason: ReturnReason, message: str, begun: list[int]) -> list[Report]:
        self._halted = True
        tasks = self._withdraw([number for number in self._tasks if number not in begun], ask=False)
        numbers = [*begun, *(task.run_number for task in tasks)]
        for number in begun:
            self._tasks.pop(number, None)
            self._futures.pop(number, None)
        return [TasksReturned(tuple(numbers), reason, message)]

    def _overdue(self) -> list[Report]:
        now = time.monotonic()
        due = [number for number, (moment, _, _) in self._late.items() if moment <= now]
        return [self._end(self._late.pop(number)[2]) for number in due]

    def _end(self, outcome: RunOutcome) -> RunOutcome:
        self._tasks.pop(outcome.run_number, None)
        self._futures.pop(outcome.run_number, None)
        self._seen.pop(outcome.run_number, None)
        self._tickets.pop(outcome.run_number, None)
        return outcome

    def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _result_of(future: Any) -> Any:
    """What a run gave; None where it raised, or was lost, if only with the worker that had it."""
    if future.status != "finished":
        return None
    try:
        return future.result()
    except (asyncio.CancelledError, CancelledError):
        return None


def _is_killed(future: Any) -> bool:
    from distributed import KilledWorker

    return isinstance(future.exception(), KilledWorker)
