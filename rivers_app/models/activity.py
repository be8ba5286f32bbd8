"""What goes on in a project, in one line: which backfills are under way, how far they are, how long they still take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rivers_app.wording import Pace, count, plural, time_left
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_core.records import BackfillRecord

_RUNNING: Final = frozenset({BackfillState.REQUESTED, BackfillState.IN_PROGRESS, BackfillState.CANCELING})
_SHOWN: Final = _RUNNING | {BackfillState.PAUSED}


@dataclass(frozen=True, slots=True)
class Activity:
    """One line about backfills; `ended` of `total` partitions are through. Empty while nothing goes on."""

    text: str = ""
    ended: int = 0
    total: int = 0
    backfills: tuple[str, ...] = ()
    pausable: tuple[str, ...] = ()
    resumable: tuple[str, ...] = ()
    cancelable: tuple[str, ...] = ()


@dataclass(slots=True)
class ActivityWatch:
    """Learns the pace of each backfill from the records it is shown."""

    _paces: dict[str, Pace] = field(default_factory=dict)

    def look(self, records: Iterable[BackfillRecord], now: float) -> Activity:
        """The activity of `records` at `now` (seconds of a steady clock); interrupted ones are not going on."""
        shown = [record for record in records if record.state in _SHOWN]
        self._paces = {record.backfill_id: self._paces.get(record.backfill_id, Pace()) for record in shown}
        for record in shown:
            self._observe(record, now)
        return _activity(shown, self._seconds_left(shown))

    def _observe(self, record: BackfillRecord, now: float) -> None:
        pace = self._paces[record.backfill_id]
        if record.state is BackfillState.IN_PROGRESS:
            pace.observe(record.total_partitions - record.pending, now)
        else:
            pace.pause()

    def _seconds_left(self, shown: list[BackfillRecord]) -> float | None:
        """When the last of those that run will be through, as they run beside each other."""
        running = [record for record in shown if record.state is BackfillState.IN_PROGRESS]
        left = [self._paces[record.backfill_id].seconds_left(record.pending) for record in running]
        known = [seconds for seconds in left if seconds is not None]
        return max(known) if known and len(known) == len(left) else None


def _activity(shown: list[BackfillRecord], seconds_left: float | None) -> Activity:
    if not shown:
        return Activity()
    ended = sum(record.total_partitions - record.pending for record in shown)
    total = sum(record.total_partitions for record in shown)
    parts = [_headline(shown), f"{count(ended)} of {count(total)}", time_left(seconds_left)]
    return Activity(
        text=" · ".join(part for part in parts if part),
        ended=ended,
        total=total,
        backfills=tuple(record.backfill_id for record in shown),
        pausable=_those(shown, BackfillState.REQUESTED, BackfillState.IN_PROGRESS),
        resumable=_those(shown, BackfillState.PAUSED),
        cancelable=_those(shown, BackfillState.REQUESTED, BackfillState.IN_PROGRESS, BackfillState.PAUSED),
    )


def _headline(shown: list[BackfillRecord]) -> str:
    running = sum(record.state in _RUNNING for record in shown)
    paused = len(shown) - running
    if not running:
        return f"{plural(paused, 'backfill')} paused"
    headline = f"{plural(running, 'backfill')} running"
    return f"{headline}, {count(paused)} paused" if paused else headline


def _those(shown: list[BackfillRecord], *states: BackfillState) -> tuple[str, ...]:
    return tuple(record.backfill_id for record in shown if record.state in states)
