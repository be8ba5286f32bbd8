"""Carries engine events from the threads that tell them to the GUI thread, at most 30 batches a second."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from rivers_app.bridge.batches import coalesced

if TYPE_CHECKING:
    from rivers_app.bridge.batches import Batch
    from rivers_core.events import Event

BATCH_MILLISECONDS: Final = 34
AT_ONCE: Final = 200
"""Events of one batch: a backfill of a thousand assets changes them all in one commit."""


class EventPump(QObject):
    """`listen` is called on any thread; the signals are emitted on the thread the pump lives on.

    The first event after a pause goes out at once, those that follow within a batch's time go out together.
    """

    backfills_changed = Signal(list)
    backfill_ended = Signal(object)
    backfills_deleted = Signal(list)
    backfill_warned = Signal(str, str)
    partitions_changed = Signal(object)
    runs_changed = Signal(object, list)
    logs_arrived = Signal(list)
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = Lock()
        self._waiting: list[Event] = []
        self._is_stopped = False
        self._since_batch = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._deliver)
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def listen(self, events: list[Event]) -> None:
        """Take events in; returns at once."""
        with self._lock:
            is_first = not self._waiting
            self._waiting.extend(events)
        if is_first and not self._is_stopped:
            self._arrived.emit()

    def stop(self) -> None:
        """Emit nothing from now on; call it on the pump's thread."""
        self._is_stopped = True
        self._timer.stop()

    def _on_arrived(self) -> None:
        if self._is_stopped or self._timer.isActive():
            return
        passed = self._since_batch.elapsed() if self._since_batch.isValid() else BATCH_MILLISECONDS
        if passed >= BATCH_MILLISECONDS:
            self._deliver()
        else:
            self._timer.start(BATCH_MILLISECONDS - passed)

    def _deliver(self) -> None:
        with self._lock:
            events, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            is_more = bool(self._waiting)
        if events:
            self._since_batch.start()
            self._emit(coalesced(events))
        if is_more and not self._is_stopped:
            self._timer.start(BATCH_MILLISECONDS)

    def _emit(self, batch: Batch) -> None:
        for change in batch.partitions:
            self.partitions_changed.emit(change)
        for backfill_id, runs in batch.runs.items():
            self.runs_changed.emit(backfill_id, list(runs.values()))
        if batch.logs:
            self.logs_arrived.emit(batch.logs)
        if batch.backfills:
            self.backfills_changed.emit(list(batch.backfills.values()))
        for warning in batch.warned:
            self.backfill_warned.emit(warning.backfill_id, warning.message)
        for record in batch.ended:
            self.backfill_ended.emit(record)
        if batch.deleted:
            self.backfills_deleted.emit(batch.deleted)
