"""Gathers what workers report of a backfill and hands it to the writer in groups."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from rivers_core.read_marks import ReadMarks
from rivers_core.states import BackfillState
from rivers_core.steps.task import LogLine, RunOutcome, RunStarted
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.log_store import AppendLogs
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores

GROUP_SECONDS = 0.02
_GROUP_RUNS = 512
# So many runs may wait to be written; then whoever records them waits for the disk.
_UNWRITTEN_RUNS = 8_192
_WARNINGS = 20


class Recorder:
    """The reports of one launched backfill on their way to the database; used by the thread that drives it."""

    def __init__(self, stores: Stores, launched: LaunchedBackfill, clock: Callable[[], float] = time.monotonic) -> None:
        self._stores = stores
        self._launched = launched
        self._clock = clock
        self._started: list[RunStarted] = []
        self._outcomes: list[RunOutcome] = []
        self._marks = ReadMarks(lambda: stores.database.sequence)
        self._reads: dict[int, int] = {}
        self._lines: list[LogLine] = []
        self._since = 0.0
        self._unwritten = 0
        self._warned: set[str] = set()

    @property
    def has_waiting(self) -> bool:
        return bool(self._started or self._outcomes or self._lines)

    def hand_out(self, run_numbers: Iterable[int]) -> None:
        """These runs may begin from now on, and read what is stored."""
        self._marks.hand_out(run_numbers)

    def look(self) -> None:
        """See what runs that begin from now on can read; to be called while some wait to begin."""
        self._marks.look()

    def start(self, report: RunStarted) -> None:
        self._begin_group()
        self._marks.begin(report.run_number, report.time)
        self._started.append(report)

    def line(self, report: LogLine) -> None:
        self._begin_group()
        self._lines.append(report)

    def end(self, outcome: RunOutcome) -> None:
        self._begin_group()
        self._outcomes.append(outcome)
        mark = self._marks.take(outcome.run_number)
        if mark is not None:
            self._reads[outcome.run_number] = mark
        for message in outcome.warnings:
            self.warn(message)

    def warn(self, message: str) -> None:
        """Keep a warning with the backfill, once however many runs gave it; after some that differ, no more."""
        if message in self._warned or self._launched.backfill_id is None or len(self._warned) > _WARNINGS:
            return
        self._warned.add(message)
        more = "There are more warnings like these; each is in the log of its run."
        self._stores.backfills.warn(self._launched.backfill_id, message if len(self._warned) <= _WARNINGS else more)

    def put_if_due(self) -> None:
        """Hand over what waits, once there is enough of it or it has waited long enough."""
        if not self.has_waiting:
            return
        if len(self._outcomes) >= _GROUP_RUNS or self._clock() - self._since >= GROUP_SECONDS:
            self.put()

    def put(self) -> None:
        """Hand over what waits."""
        if self._lines:  # first, so that whoever sees a run ended finds its whole log
            self._stores.writer.put(AppendLogs(self._lines))
            self._lines = []
        if self._started or self._outcomes:
            self._unwritten += len(self._outcomes)
            self._stores.writer.put(RecordRuns(self._launched, self._started, self._outcomes, self._reads))
            self._started, self._outcomes, self._reads = [], [], {}
        if self._unwritten >= _UNWRITTEN_RUNS:
            self._stores.writer.flush()
            self._unwritten = 0

    def flush(self) -> None:
        """Hand over what waits and wait until it is in the database."""
        self.put()
        self._stores.writer.flush()
        self._unwritten = 0
        self._marks.look(afresh=True)

    def change_state(self, state: BackfillState, error: str | None = None) -> None:
        """Say in the database where the backfill is, after everything that was reported before."""
        if self._launched.backfill_id is not None:
            self.put()
            self._stores.backfills.change_state(self._launched.backfill_id, state, error=error)

    def _begin_group(self) -> None:
        if not self.has_waiting:
            self._since = self._clock()
