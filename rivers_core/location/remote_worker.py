"""What the engine knows of one worker process: its state, its tasks, and what they are waiting for."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Sequence
from enum import Enum, auto
from time import monotonic
from typing import IO

from rivers_core.location import messages
from rivers_core.location.framing import Message, Unpacker, pack
from rivers_core.location.request import Request
from rivers_core.location.session import Session
from rivers_core.location.switchboard import Line
from rivers_core.pythons.processes import kill
from rivers_core.steps.task import RunTask

MOST_EARLY_ERRORS = 20_000  # bytes
LONG_RUN = 0.05  # seconds after which what waits behind a run goes elsewhere
HALT_SECONDS = 0.25  # how long a worker may take to hand over its log before it is killed


class WorkerState(Enum):
    LOADING = auto()
    READY = auto()
    ENDING = auto()


class Purpose(Enum):
    """Why tasks are taken back out of a worker's queue."""

    CANCEL = auto()
    RECALL = auto()
    REBALANCE = auto()


class RemoteWorker:
    """Used by the dispatcher's thread only.

    Its tasks all belong to `session`; `running` is the number of the one that it works on.
    """

    def __init__(self, process: subprocess.Popen[bytes], line: Line, errors: IO[bytes] | None = None) -> None:
        """`errors` is the file for what it says before it is awake; it is closed when it has been read."""
        self.process = process
        self.line = line
        self.unpacker = Unpacker()
        self.state = WorkerState.LOADING
        self.fingerprint = ""
        self.is_awake = False
        self.early_errors = ""
        self._errors = errors
        self.has_loaded = False
        self.failure_told = False
        self.retired = False
        self.session: Session | None = None
        self.tasks: dict[int, RunTask] = {}
        self.pools: frozenset[str] = frozenset()
        self.running: int | None = None
        self.running_since = 0.0
        self.progress: Message | None = None
        self.step = ""
        self.step_deadline: float | None = None
        self.timeout: float | None = None
        self.timed_out = False
        self.stopping: set[int] = set()
        self.taking_back: dict[int, Purpose] = {}
        self.request: Request | None = None
        self.kill_at: float | None = None
        self.fault = ""
        self.closed = False
        self.dead_since: float | None = None
        self.idle_since = monotonic()
        self._known: dict[int, int] = {}  # session number -> templates it has been sent

    @property
    def is_idle(self) -> bool:
        return self.state is WorkerState.READY and not (self.closed or self.tasks or self.request)

    @property
    def is_open(self) -> bool:
        """Whether new work may be given to it, now or once it has loaded."""
        return self.state is not WorkerState.ENDING and not self.retired and not self.closed

    def is_at_long_run(self, now: float) -> bool:
        """Whether it works on a run that has turned out long, so that nothing should wait behind it."""
        return self.running is not None and now >= self.running_since + LONG_RUN

    def send(self, message: Message) -> None:
        self.line.send(pack(message))

    def assign(self, session: Session, tasks: Sequence[RunTask], pools: frozenset[str]) -> None:
        """Queue tasks at the worker, together with what it has to know for them."""
        self.session = session
        self.pools = pools
        written = [messages.write_task(task, session.template_of(task)) for task in tasks]
        self.tasks.update((task.run_number, task) for task in tasks)
        packed = [] if session.number in self._known else [session.grids_message]
        packed += session.template_messages[self._known.get(session.number, 0) :]
        self._known[session.number] = len(session.template_messages)
        packed.append(pack([messages.RUN, session.number, written]))
        self.line.send(b"".join(packed))

    def forget(self, session: Session) -> None:
        if self._known.pop(session.number, None) is not None:
            self.send([messages.FORGET, session.number])

    def begin(self, number: int) -> None:
        self.running = number
        self.running_since = monotonic()

    def begin_step(self, step: str, timeout_seconds: float | None) -> None:
        self.step = step
        self.timeout = timeout_seconds
        self.step_deadline = None if timeout_seconds is None else monotonic() + timeout_seconds

    def end_step(self, progress: Message) -> None:
        self.progress = progress
        self.step = ""
        self.step_deadline = None

    def end_run(self, number: int) -> RunTask | None:
        """Clear what was kept of a run that ended, and give its task back."""
        task = self.tasks.pop(number, None)
        self.stopping.discard(number)
        self.running = None
        self.progress = None
        self.step = ""
        self.step_deadline = None
        self._rest_if_done()
        return task

    def take_back(self, ticket: int, numbers: Collection[int], purpose: Purpose) -> None:
        """Ask for tasks that have not started; the answer says which those were."""
        self.taking_back[ticket] = purpose
        self.send([messages.UNQUEUE, ticket, list(numbers)])

    def taken_back(self, numbers: Collection[int]) -> list[RunTask]:
        """Let go of tasks that the worker gave back."""
        tasks = [self.tasks.pop(number) for number in numbers if number in self.tasks]
        self.stopping.difference_update(numbers)
        self._rest_if_done()
        return tasks

    def queued(self) -> list[int]:
        """Numbers of its tasks that have not started, as far as is known."""
        return [number for number in self.tasks if number != self.running]

    def halt(self) -> None:
        """Have it hand over its log, then end it, in any case soon."""
        if self.kill_at is None and self.state is not WorkerState.ENDING:
            self.kill_at = monotonic() + HALT_SECONDS
            self.send([messages.HALT])

    def kill(self) -> None:
        self.state = WorkerState.ENDING
        self.kill_at = None
        kill(self.process)

    def dismiss(self) -> None:
        """End it politely: it has nothing to do."""
        self.state = WorkerState.ENDING
        self.kill_at = monotonic() + 2.0
        self.send([messages.BYE])

    def read_early_errors(self) -> None:
        """Take in what it wrote to standard error before it was awake."""
        if self._errors is not None:
            self._errors.seek(0)
            self.early_errors = self._errors.read(MOST_EARLY_ERRORS).decode(errors="replace")
            self._errors.close()
            self._errors = None

    def is_gone(self, now: float) -> bool:
        """Whether it has ended and all it said has been read; one that only closed its end of the line is killed."""
        if self.process.poll() is None:
            if self.closed and self.kill_at is None:
                self.kill_at = now + HALT_SECONDS  # most often it is just about to end by itself
            return False
        if self.dead_since is None:
            self.dead_since = now
        # A subprocess that user code left behind may hold the pipe open.
        return self.closed or now - self.dead_since > 0.2

    def _rest_if_done(self) -> None:
        if not self.tasks:
            self.session = None
            self.pools = frozenset()
            self.idle_since = monotonic()
