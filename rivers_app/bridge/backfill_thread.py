"""Runs backfills, each in a QThread of its own: as many at once as the settings allow, the rest in order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal
from typing_extensions import override

from rivers_core.exceptions import RiversError

log = logging.getLogger(__name__)


class BackfillThread(QThread):
    """Drives one backfill to its end."""

    failed = Signal(object)
    """The exception that driving it raised; failed partitions are no exception."""

    def __init__(self, run: Callable[[str], object], backfill_id: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self.backfill_id = backfill_id
        self.setObjectName(f"backfill {backfill_id}")

    @override
    def run(self) -> None:
        try:
            self._run(self.backfill_id)
        except Exception as error:
            if not isinstance(error, RiversError):
                log.exception("Driving backfill %s failed", self.backfill_id)
            self.failed.emit(error)


class BackfillThreads(QObject):
    """Starts, queues and owns the threads; `run(backfill_id)` blocks until that backfill has ended."""

    started = Signal(str)
    ended = Signal(str)
    """The thread of this backfill is gone; whether the backfill ended well is in its record."""
    failed = Signal(str, object)
    waiting_changed = Signal()
    all_ended = Signal()

    def __init__(self, run: Callable[[str], object], at_once: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._at_once = at_once
        self._running: dict[str, BackfillThread] = {}
        self._waiting: deque[str] = deque()

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(self._running)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Backfills that wait for a thread, the next one first."""
        return tuple(self._waiting)

    def set_at_once(self, at_once: int) -> None:
        self._at_once = at_once
        self._fill()

    def start(self, backfill_id: str) -> None:
        """Run a backfill as soon as there is room; one that runs or waits already is left as it is."""
        if backfill_id not in self._running and backfill_id not in self._waiting:
            self._waiting.append(backfill_id)
            self._fill()
            self.waiting_changed.emit()

    def drop(self, backfill_id: str) -> None:
        """Forget a backfill that waits, because it was canceled before its turn."""
        if backfill_id in self._waiting:
            self._waiting.remove(backfill_id)
            self.waiting_changed.emit()

    def drop_waiting(self) -> None:
        self._waiting.clear()
        self.waiting_changed.emit()

    def wait_all(self) -> None:
        """Block until every thread has ended; for the very end, when their backfills were told to stop."""
        for thread in self._running.values():
            thread.wait()

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            self._begin(self._waiting.popleft())

    def _begin(self, backfill_id: str) -> None:
        thread = BackfillThread(self._run, backfill_id, self)
        thread.failed.connect(lambda error: self.failed.emit(backfill_id, error))
        thread.finished.connect(lambda: self._on_thread_finished(backfill_id))
        self._running[backfill_id] = thread
        thread.start()
        self.started.emit(backfill_id)

    def _on_thread_finished(self, backfill_id: str) -> None:
        thread = self._running.pop(backfill_id)
        thread.wait()  # finished is emitted a moment before the thread is gone
        thread.deleteLater()
        self.ended.emit(backfill_id)
        self._fill()
        self.waiting_changed.emit()
        if not self._running and not self._waiting:
            self.all_ended.emit()
