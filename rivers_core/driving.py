"""The backfills that this process drives, each in a thread: begun, driven to an end, or left to be resumed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from rivers_core.board import Board
from rivers_core.charting import chart
from rivers_core.claims import Claims
from rivers_core.clashes import Clashes, named
from rivers_core.control import Control
from rivers_core.exceptions import ExecutionError, RiversError, StorageError, UnknownBackfillError
from rivers_core.executors.protocol import Executor
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.plan import Stage
from rivers_core.recorder import Recorder
from rivers_core.records import BackfillRecord
from rivers_core.runner import Ending, Runner
from rivers_core.states import BackfillState
from rivers_core.storage.control_store import ControlKind
from rivers_core.storage.lease import Holder, is_alive
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores
from rivers_core.storage.writer import WriteFailure
from rivers_core.workplace import Workplace

_log = logging.getLogger(__name__)

_TURN_SECONDS = 0.25
CODE_CHANGED = (
    "The project's code changed since this backfill was planned. Resume it to go on with the new code, or cancel it."
)

Config = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Driven:
    """A backfill under way here; `fingerprint` is that of the code it may run with, "" for any."""

    control: Control
    fingerprint: str


class Driving:
    """Drives backfills, each in the thread that calls `run`; every other call may come from any thread."""

    def __init__(
        self,
        stores: Stores,
        workplace: Workplace,
        board: Board,
        repository: Callable[[], PinnedRepository],
    ) -> None:
        self.holder = Holder.current()
        self._stores = stores
        self._workplace = workplace
        self._board = board
        self._repository = repository
        self.claims = Claims()
        self._driven: dict[str, Driven] = {}
        self._waiting: set[str] = set()
        self._config: dict[str, Config] = {}
        self._accepted: dict[str, str] = {}
        self._unsettled: dict[str, str | None] = {}
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._closing = False

    # What is driven

    def driven(self, backfill_id: str) -> Driven | None:
        """The backfill if this process drives it."""
        with self._changed:
            return self._driven.get(backfill_id)

    def driven_ids(self) -> tuple[str, ...]:
        with self._changed:
            return tuple(self._driven)

    def launched(self, backfill_id: str, config: Config) -> None:
        """A backfill that this process will drive, with its config as given: secrets in it are stored nowhere."""
        with self._changed:
            self._waiting.add(backfill_id)
            self._config[backfill_id] = config

    def knows_config(self, backfill_id: str) -> bool:
        """Whether the config is known as it was given, with what is secret in it."""
        with self._changed:
            return backfill_id in self._config

    def accept_code(self, backfill_id: str, fingerprint: str) -> bool:
        """From now on the backfill may run with this code; whether it is driven here and was to run with other."""
        with self._changed:
            self._accepted[backfill_id] = fingerprint
            driven = self._driven.get(backfill_id)
            if driven is None or driven.fingerprint == fingerprint:
                return False
            driven.fingerprint = fingerprint
            return True

    def accepted_code(self, record: BackfillRecord) -> str:
        """The fingerprint of the code that the backfill may run with."""
        with self._changed:
            return self._accepted.get(record.backfill_id, record.code_fingerprint)

    # Driving

    def run(self, backfill_id: str) -> BackfillRecord:
        """Drive a backfill until it ends or is left to be resumed; how it stands then.

        Waits inside while it is paused, and while another process drives it. ExecutionError if this process
        drives it already.
        """
        driven = self._enter(backfill_id)
        try:
            ended = self._take_turn(backfill_id, driven.control)
            return self._drive(backfill_id, driven) if ended is None else ended
        finally:
            driven.control.ended()
            self._leave(backfill_id)

    def start(self, backfill_id: str) -> None:
        """Drive a backfill in a thread of its own."""
        thread = threading.Thread(target=self._run_apart, args=(backfill_id,), name=f"rivers-{backfill_id}")
        with self._changed:
            self._threads = [other for other in self._threads if other.is_alive()]
            self._threads.append(thread)
            self._waiting.add(backfill_id)
        thread.start()

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until this process drives nothing, and nothing that was started is still to be driven."""
        with self._changed:
            threads = list(self._threads)
        end = None if timeout is None else time.monotonic() + timeout
        for thread in threads:
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
        with self._changed:
            left = None if end is None else max(0.0, end - time.monotonic())
            return self._changed.wait_for(lambda: not self._driven, left) and not any(t.is_alive() for t in threads)

    def close(self, wait: float) -> None:
        """Leave every backfill to be resumed; what runs is stopped."""
        with self._changed:
            self._closing = True
            controls = [driven.control for driven in self._driven.values()]
        for control in controls:
            control.interrupt()
        self.drain(wait)
        with self._changed:
            waiting = tuple(self._waiting - self._driven.keys())
        for backfill_id in waiting:
            self._leave_waiting(backfill_id)

    def on_write_failure(self, failure: WriteFailure) -> None:
        """Results were lost: whoever drives what they belong to must stop, to repeat it another time."""
        lost = {operation.launched.backfill_id for operation in failure.operations if isinstance(operation, RecordRuns)}
        with self._changed:
            hit = [driven for backfill_id, driven in self._driven.items() if not lost or backfill_id in lost]
        for driven in hit:
            driven.control.fail(failure.error)

    def mend(self) -> None:
        """Leave those backfills to be resumed of which that could not be written when they stopped."""
        with self._changed:
            unsettled = dict(self._unsettled)
        for backfill_id, error in unsettled.items():
            self._stores.backfills.interrupt(backfill_id, error)
            with self._changed:
                del self._unsettled[backfill_id]

    # Inside

    def _enter(self, backfill_id: str) -> Driven:
        record = self._stores.backfills.record(backfill_id)
        control = Control(record.max_concurrency, paused=record.state is BackfillState.PAUSED)
        driven = Driven(control, self.accepted_code(record))
        with self._changed:
            if self._closing:
                raise ExecutionError("The project was closed, so no backfill can be run any more.")
            if backfill_id in self._driven:
                raise ExecutionError(f"The backfill {backfill_id} is being run already.")
            self._driven[backfill_id] = driven
            self._waiting.discard(backfill_id)
        return driven

    def _leave(self, backfill_id: str) -> None:
        try:
            if backfill_id not in self._unsettled:
                self._stores.control.release(backfill_id, self.holder)
        finally:
            with self._changed:
                self._driven.pop(backfill_id, None)
                self._changed.notify_all()

    def _leave_waiting(self, backfill_id: str) -> None:
        try:
            record = self._stores.backfills.record(backfill_id)
        except UnknownBackfillError:
            return  # canceled before its turn came, and deleted
        if record.state is BackfillState.REQUESTED:
            self._stores.backfills.interrupt(backfill_id, _CLOSED)

    def _take_turn(self, backfill_id: str, control: Control) -> BackfillRecord | None:
        """Wait until this process may drive the backfill: None then, else how the waiting ended."""
        asked = told = False
        stages = partial(self._stages_of, backfill_id)
        clashes = Clashes(self._stores, self.holder, stages, backfill_id)
        while True:
            orders = control.orders
            record = self._stores.backfills.record(backfill_id)
            if record.state.is_final or orders.interrupted:
                return record
            clashes.look()
            if self._stores.control.acquire(backfill_id, self.holder, is_alive, clashes=clashes):
                return None
            if clashes.with_id is not None and not told:
                self._stores.backfills.warn(backfill_id, _waits_for(clashes.with_id))
                told = True
            if orders.canceled and not asked:
                self._stores.control.request(backfill_id, ControlKind.CANCEL)
                asked = True
            control.obeyed(orders)
            control.wait_for_orders(orders, _TURN_SECONDS)

    def _stages_of(self, backfill_id: str) -> tuple[Stage, ...]:
        return self._stores.backfills.launched(backfill_id).stages

    def _drive(self, backfill_id: str, driven: Driven) -> BackfillRecord:
        launched = self._stores.backfills.launched(backfill_id)
        record = self._stores.backfills.record(backfill_id)
        repository = self._repository()
        remaining = self._stores.backfills.remaining_runs(backfill_id)
        if not self._board.follows(backfill_id):
            self._board.follow(launched, remaining)
        changed_code = _differs(driven.fingerprint, repository.spec.code_fingerprint)
        self.claims.enter(backfill_id, {name for stage in launched.stages for name in stage.assets})
        try:
            ending = Runner(
                chart(launched, remaining, repository, self._stores, self._config.get(backfill_id)),
                make_executor=lambda: self._executor(driven),
                recorder=Recorder(self._stores, launched),
                control=driven.control,
                claims=self.claims,
                state=record.state,
                lost_code=CODE_CHANGED if changed_code else None,
            ).run()
        except BaseException as error:  # also Ctrl-C, in a script that drives its backfill itself
            if not isinstance(error, RiversError | KeyboardInterrupt):
                _log.exception("Driving the backfill %s failed.", backfill_id)
            self._interrupt(backfill_id, _broken_off(error))
            raise
        finally:
            self.claims.leave(backfill_id)
        return self._finish(backfill_id, ending, driven.control)

    def _executor(self, driven: Driven) -> Executor:
        return self._workplace.make_executor(driven.fingerprint)

    def _finish(self, backfill_id: str, ending: Ending, control: Control) -> BackfillRecord:
        """Write down how the driving ended, once every result is written, or known to be lost."""
        self._stores.writer.flush()
        backfills = self._stores.backfills
        record = backfills.record(backfill_id)
        failure = control.orders.failure
        match ending.state:
            case BackfillState.PAUSED:
                return record
            case BackfillState.INTERRUPTED:
                return self._interrupt(backfill_id, ending.error)
            case None if failure is not None or record.pending:
                return self._interrupt(backfill_id, str(failure or "Results of runs were lost; resume to repeat them."))
        state = _outcome(record) if ending.state is None else ending.state
        return self._settle(backfill_id, ending.error, lambda: backfills.finish(backfill_id, state, error=ending.error))

    def _interrupt(self, backfill_id: str, error: str | None) -> BackfillRecord:
        return self._settle(backfill_id, error, lambda: self._stores.backfills.interrupt(backfill_id, error))

    def _settle(self, backfill_id: str, error: str | None, write: Callable[[], BackfillRecord]) -> BackfillRecord:
        """Write the end; where the disk is full, the backfill is interrupted as soon as there is room again."""
        try:
            return write()
        except StorageError:
            with self._changed:
                self._unsettled[backfill_id] = error
            raise

    def _run_apart(self, backfill_id: str) -> None:
        try:
            self.run(backfill_id)
        except RiversError as error:
            # Whoever asks for the backfill reads the sentence there; nobody waits for this thread.
            _log.warning("The backfill %s stopped: %s", backfill_id, error)


def _waits_for(other: str) -> str:
    return f"Waits for {named(other)}, which another program runs over some of the same partitions."


_CLOSED = "The program was closed. Resume the backfill to run what is left."


def _broken_off(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "It was stopped by Ctrl-C. Resume the backfill to run what is left."
    return f"It could not go on: {error or type(error).__name__}. Resume it to run what is left."


def _outcome(record: BackfillRecord) -> BackfillState:
    """How a backfill ended of which every run had its end."""
    if record.failed:
        return BackfillState.FAILED
    return BackfillState.CANCELED if record.canceled else BackfillState.COMPLETED


def _differs(planned: str, present: str) -> bool:
    """Whether two fingerprints of code are known and not the same."""
    return bool(planned and present) and planned != present
