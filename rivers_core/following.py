"""Follows what other processes do to the database, and passes on what they ask of backfills driven here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from rivers_core.board import Board
from rivers_core.driving import Driving
from rivers_core.events import BackfillChanged, BackfillDeleted, BackfillEnded, Event, LogsArrived, RunsChanged
from rivers_core.exceptions import RiversError, UnknownBackfillError
from rivers_core.log_following import LogFollowing
from rivers_core.records import BackfillRecord, RunRecord
from rivers_core.states import UNDER_WAY, RunState
from rivers_core.steering import Steering
from rivers_core.storage.stores import Stores

_log = logging.getLogger(__name__)

_TICK_SECONDS = 0.25
_BEAT_SECONDS = 10.0
_RECOVER_SECONDS = 2.0
# Looking costs at most this share of a core, however large the project.
_SHARE = 0.2
_LATEST = 50
_RUNS_SHOWN = 200


class Following:
    """One thread, from `start` to `close`, that looks four times a second, or less often where that is costly."""

    def __init__(
        self,
        stores: Stores,
        board: Board,
        driving: Driving,
        steering: Steering,
        dynamic_keys_changed: Callable[[], None],
    ) -> None:
        self._stores = stores
        self._board = board
        self._driving = driving
        self._steering = steering
        self._dynamic_keys_changed = dynamic_keys_changed
        self._dynamic = stores.dynamic.all()
        self._position = stores.database.position
        self._by_others = self._position - stores.writer.commits
        self._elsewhere: dict[str, BackfillRecord] = {}
        self._running: dict[str | None, dict[str, RunRecord]] = {}  # None: runs outside of any backfill
        self._logs = LogFollowing(stores.logs)
        self._beaten = self._recovered = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rivers-following", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread; returns once it has."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Take over what was committed since the last look: by others all of it, by this process what turned stale."""
        position = self._stores.database.position
        # A commit of our own that is counted already and not there yet makes this too small, never too great.
        by_others = position - self._stores.writer.commits
        if by_others > self._by_others:
            since, self._position, self._by_others = self._position, position, by_others
            self._take_over(since, position)
        self._board.settle()

    def look_at_everything(self) -> None:
        """The first look: what is queued or running elsewhere, or waits to be driven."""
        for record in self._stores.backfills.list(states=UNDER_WAY, limit=1_000).records:
            self._follow(record)
            if record.backfill_id in self._elsewhere:
                self._running[record.backfill_id] = self._running_of(record.backfill_id)
        self._running[None] = self._direct_runs()
        self._logs.begin(self._running_ids())

    def _work(self) -> None:
        self._safely(self.look_at_everything)
        pause = _TICK_SECONDS
        while not self._ended.wait(pause):
            began = time.monotonic()
            self._safely(self.look)
            self._safely(self._beat)
            self._safely(self._recover)
            self._safely(self._driving.mend)
            pause = max(_TICK_SECONDS, (time.monotonic() - began) / _SHARE)

    def _safely(self, step: Callable[[], None]) -> None:
        """A database that cannot be read now may be readable at the next look."""
        try:
            step()
        except RiversError as error:
            _log.warning("Following the database was put off: %s", error)
        except Exception:  # noqa: BLE001 - following goes on; the next look may succeed
            _log.exception("Following the database failed.")

    def _beat(self) -> None:
        is_busy = self._driving.driven_ids() or self._driving.claims.are_held
        if is_busy and time.monotonic() - self._beaten > _BEAT_SECONDS:
            self._beaten = time.monotonic()
            self._stores.control.beat(self._driving.holder)

    def _recover(self) -> None:
        """Notice processes that died while this one looks on."""
        if time.monotonic() - self._recovered > _RECOVER_SECONDS:
            self._recovered = time.monotonic()
            self._stores.recover()

    def _take_over(self, since: int, position: int) -> None:
        if driven := self._driving.driven_ids():
            for backfill_id in driven:
                self._drop(backfill_id)
            self._steering.obey(self._stores.control.pending(driven))
        dynamic = self._stores.dynamic.all()
        if dynamic != self._dynamic:
            self._dynamic = dynamic
            self._dynamic_keys_changed()
        self._board.changed_elsewhere(self._stores.states.changed_assets(since).keys())
        for backfill_id in self._maybe_changed():
            self._look_at(backfill_id, since, position)
        if changed := self._changed(None, self._direct_runs()):
            self._board.take_in([RunsChanged(position, None, changed)])
        if lines := self._logs.look(self._running_ids()):
            self._board.take_in([LogsArrived(position, tuple(lines))])

    def _maybe_changed(self) -> list[str]:
        """The backfills under way and the latest ones, without those that are driven here."""
        backfills = self._stores.backfills
        records = (*backfills.list(states=UNDER_WAY, limit=1_000).records, *backfills.list(limit=_LATEST).records)
        known = dict.fromkeys([*(record.backfill_id for record in records), *self._elsewhere])
        return [backfill_id for backfill_id in known if self._driving.driven(backfill_id) is None]

    def _look_at(self, backfill_id: str, since: int, position: int) -> None:
        try:
            record = self._stores.backfills.record(backfill_id)
        except UnknownBackfillError:
            self._drop(backfill_id)
            self._board.take_in([BackfillDeleted(position, backfill_id)])
            return
        if record.position <= since:
            return
        self._stores.writer.flush()
        if self._board.has_told(record):
            return
        self._follow(record)
        events: list[Event] = [*self._runs_changed(record, position), BackfillChanged(position, record)]
        if record.state.is_final:
            self._drop(backfill_id)
            events.append(BackfillEnded(position, record))
        self._board.take_in(events)

    def _follow(self, record: BackfillRecord) -> None:
        """Show what is left of a backfill that this process does not drive."""
        backfill_id = record.backfill_id
        if record.state not in UNDER_WAY or self._driving.driven(backfill_id) is not None:
            return
        self._elsewhere[backfill_id] = record
        running = self._stores.runs.runs(backfill_id, state=RunState.RUNNING, limit=1_000).records
        remaining = self._stores.backfills.remaining_runs(backfill_id)
        self._board.follow(self._stores.backfills.launched(backfill_id), remaining, running)

    def _runs_changed(self, record: BackfillRecord, position: int) -> list[Event]:
        """The runs that started elsewhere since the last look, and those that ended."""
        backfill_id = record.backfill_id
        changed = self._changed(backfill_id, {} if record.state.is_final else self._running_of(backfill_id))
        return [RunsChanged(position, backfill_id, changed)] if changed else []

    def _running_of(self, backfill_id: str) -> dict[str, RunRecord]:
        page = self._stores.runs.runs(backfill_id, state=RunState.RUNNING, limit=_RUNS_SHOWN)
        return {run.run_id: run for run in page.records if run.state is RunState.RUNNING}

    def _direct_runs(self) -> dict[str, RunRecord]:
        return {run.run_id: run for run in self._stores.runs.direct_elsewhere(self._driving.holder)}

    def _changed(self, backfill_id: str | None, running: dict[str, RunRecord]) -> tuple[RunRecord, ...]:
        """The runs that are running now, and those that have ended since the last look."""
        before = self._running.get(backfill_id, {})
        self._running[backfill_id] = running
        return (*running.values(), *(self._stores.runs.record(run_id) for run_id in before.keys() - running.keys()))

    def _running_ids(self) -> list[str]:
        return [run_id for runs in self._running.values() for run_id in runs]

    def _drop(self, backfill_id: str) -> None:
        self._elsewhere.pop(backfill_id, None)
        self._running.pop(backfill_id, None)
