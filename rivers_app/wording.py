"""How the app says numbers, times and states: one way for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from rivers_core.states import BackfillState, PartitionState, RunState

_MOST_NAMES, _LONGEST_NAME = 4, 48
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_AGES: Final = ((_MINUTE, 1, "s"), (_HOUR, _MINUTE, "min"), (_DAY, _HOUR, "h"), (30 * _DAY, _DAY, "d"))

BACKFILL_STATE_TEXT: Final[Mapping[BackfillState, str]] = MappingProxyType(
    {
        BackfillState.REQUESTED: "requested",
        BackfillState.IN_PROGRESS: "running",
        BackfillState.PAUSED: "paused",
        BackfillState.INTERRUPTED: "interrupted",
        BackfillState.CANCELING: "canceling",
        BackfillState.COMPLETED: "completed",
        BackfillState.FAILED: "failed",
        BackfillState.CANCELED: "canceled",
        BackfillState.DRY_RUN: "dry run",
    }
)
RUN_STATE_TEXT: Final[Mapping[RunState, str]] = MappingProxyType({state: state.value for state in RunState})
PARTITION_STATE_TEXT: Final[Mapping[PartitionState, str]] = MappingProxyType(
    {state: state.name.lower() for state in PartitionState}
)


def count(number: int) -> str:
    """`1,095`."""
    return f"{number:,}"


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 partition`, `1,095 partitions`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def names(assets: Sequence[str]) -> str:
    """`daily_flights, daily_delays`, `a, b, c and 2 others`; a name of absurd length is shortened in its middle."""
    shown = [_shortened(name) for name in (assets if len(assets) <= _MOST_NAMES else assets[: _MOST_NAMES - 1])]
    rest = len(assets) - len(shown)
    return f"{', '.join(shown)} and {plural(rest, 'other')}" if rest else ", ".join(shown)


def _shortened(name: str) -> str:
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def duration(seconds: float | None) -> str:
    """A measured length of time: `<1 ms`, `12 ms`, `0.45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`; empty for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < _MINUTE:
        return _short(max(seconds, 0))
    if whole < _HOUR:
        return _two_units(whole, _MINUTE, "min", 1, "s")
    if whole < _DAY:
        return _two_units(whole, _HOUR, "h", _MINUTE, "min")
    return _two_units(whole, _DAY, "d", _HOUR, "h")


def _short(seconds: float) -> str:
    if seconds < 0.0005:
        return "<1 ms"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    digits = 2 if seconds < 0.995 else 1 if seconds < 9.95 else 0
    return f"{seconds:.{digits}f} s"


def _two_units(seconds: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    rest = seconds % large // small
    head = f"{seconds // large} {large_unit}"
    return f"{head} {rest} {small_unit}" if rest else head


def ago(time: float | None, now: float) -> str:
    """How long ago: `just now`, `2 min ago`, `3 h ago`, `5 d ago`, then the date; empty for None."""
    if time is None:
        return ""
    passed = now - time
    if passed < 10:
        return "just now"
    for limit, unit, name in _AGES:
        if passed < limit:
            return f"{int(passed // unit)} {name} ago"
    return f"{datetime.fromtimestamp(time):%Y-%m-%d}"


def when(time: float | None) -> str:
    """A moment in the computer's own time zone: `2026-03-01 14:05:09`; empty for None."""
    return "" if time is None else f"{datetime.fromtimestamp(time):%Y-%m-%d %H:%M:%S}"


def shortly(time: float | None, now: float) -> str:
    """A moment for narrow columns: `14:05:09` today, `Mar 1, 14:05` this year, else the date; empty for None."""
    if time is None:
        return ""
    moment, today = datetime.fromtimestamp(time), datetime.fromtimestamp(now)
    if moment.date() == today.date():
        return f"{moment:%H:%M:%S}"
    return f"{moment:%b} {moment.day}, {moment:%H:%M}" if moment.year == today.year else f"{moment:%Y-%m-%d}"


def time_left(seconds: float | None) -> str:
    """An estimate, so rounded: `about 3 minutes left`; empty for None."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    return f"about {roughly(seconds)} left"


def roughly(seconds: float) -> str:
    """A rounded length of time in one unit: `20 seconds`, `3 minutes`, `2 hours`, `4 days`."""
    if seconds < 55:
        return f"{max(10, round(seconds / 10) * 10)} seconds"
    if seconds < 55 * _MINUTE:
        return plural(max(1, round(seconds / _MINUTE)), "minute")
    if seconds < 36 * _HOUR:
        return plural(max(1, round(seconds / _HOUR)), "hour")
    return plural(round(seconds / _DAY), "day")


def pace(per_second: float | None, noun: str = "") -> str:
    """How many in the unit of time that suits: `3.2/s`, `45/min`, or `45 partitions a minute`; empty for none."""
    if not per_second:
        return ""
    units = (("/s", "a second", 1), ("/min", "a minute", _MINUTE), ("/h", "an hour", _HOUR))
    short, spelled, seconds = next((unit for unit in units if per_second * unit[2] >= 1), units[-1])
    number = per_second * seconds
    written = f"{number:,.1f}" if number < 9.95 else f"{number:,.0f}"
    return f"{written} {noun} {spelled}" if noun else written + short


@dataclass(slots=True)
class Pace:
    """How fast a backfill goes, learned from how many of its partitions had ended at which moment.

    The rate is a mean whose weights halve with every `half_life` seconds, so it follows a change of pace and
    does not jump with each run. Partitions per second.
    """

    half_life: float = 20.0
    rate: float | None = None
    _ended: int = -1
    _time: float = 0.0

    def observe(self, ended: int, now: float) -> None:
        """Take in that `ended` partitions had ended at `now` (seconds, any steady clock)."""
        if not 0 <= self._ended <= ended:
            self._ended, self._time = ended, now
            return
        passed = now - self._time
        if passed < 0.5 or (ended == self._ended and self.rate is None):
            return
        latest = (ended - self._ended) / passed
        kept = 0.5 ** (passed / self.half_life)
        self.rate = latest if self.rate is None else kept * self.rate + (1 - kept) * latest
        self._ended, self._time = ended, now

    def pause(self) -> None:
        """Forget the moment, so that time spent waiting does not count as slowness."""
        self._ended = -1

    def seconds_left(self, pending: int) -> float | None:
        """The estimate for `pending` partitions; None while the pace is unknown."""
        return pending / self.rate if self.rate else None
