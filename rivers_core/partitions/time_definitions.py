"""Partitions that are windows of a wall-clock grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition, TimeWindow
from rivers_core.partitions.key_format import KeyFormat, nearest_moment
from rivers_core.partitions.keys import fault_in_value
from rivers_core.partitions.time_grid import (
    StepGrid,
    TimeGrid,
    daily_grid,
    hourly_grid,
    monthly_grid,
    weekly_grid,
)

DEFAULT_FORMATS = {
    "hourly": "%Y-%m-%dT%H:00",
    "daily": "%Y-%m-%d",
    "weekly": "%Y-%m-%d",
    "monthly": "%Y-%m",
    "cron": "%Y-%m-%dT%H:%M:%S",
    "interval": "%Y-%m-%dT%H:%M:%S",
}
_GRIDS = {"hourly": hourly_grid, "daily": daily_grid, "weekly": weekly_grid, "monthly": monthly_grid}

# A format is tried on this many windows from the first, then on ever rarer ones up to the horizon.
_TRIED_WINDOWS = 128
_HORIZON = timedelta(days=366 * 40)


def wall_clock(moment: date, name: str) -> datetime:
    """A date or datetime as a plain naive datetime; raises PartitionDefinitionError if it has a time zone."""
    if not isinstance(moment, date):
        raise PartitionDefinitionError(f"{name} must be a date or a datetime, not {moment!r}.")
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        raise PartitionDefinitionError(
            f"{name} has a time zone ({moment.isoformat()}), but partitions follow the clock on the wall; "
            "leave the time zone out."
        )
    return datetime(*moment.timetuple()[:6], moment.microsecond)


@dataclass(frozen=True)
class TimePartitions(LoneDefinition):
    """Windows of a grid: those that start before `end`, or up to the current one when `end` is None.

    `start` is the start of the first window. `interval_seconds` belongs to the cadence "interval",
    `cron_schedule` to "cron".
    """

    cadence: str
    start: datetime
    end: datetime | None
    fmt: str
    interval_seconds: float | None = None
    cron_schedule: str | None = None

    is_time = True

    @classmethod
    def of(
        cls,
        cadence: str,
        start: date,
        end: date | None = None,
        fmt: str | None = None,
        *,
        interval_seconds: float | None = None,
        cron_schedule: str | None = None,
    ) -> TimePartitions:
        """The definition once it is known to be possible; raises PartitionDefinitionError."""
        begin = wall_clock(start, "start")
        limit = None if end is None else wall_clock(end, "end")
        if limit is not None and limit <= begin:
            raise PartitionDefinitionError(f"end ({limit}) must come after start ({begin}).")
        grid = _grid(cadence, begin, interval_seconds, cron_schedule)
        made = cls(
            cadence,
            grid.first,
            limit,
            DEFAULT_FORMATS[cadence] if fmt is None else fmt,
            interval_seconds,
            " ".join(cron_schedule.split()) if cron_schedule else None,
        )
        _check_format(made)
        return made

    @cached_property
    def grid(self) -> TimeGrid:
        return _grid(self.cadence, self.start, self.interval_seconds, self.cron_schedule)

    @cached_property
    def _format(self) -> KeyFormat:
        return KeyFormat(self.fmt, self.start.isoweekday())

    @cached_property
    def _closed_size(self) -> int:
        assert self.end is not None
        return max(0, self.grid.ordinal_from(self.end))

    @property
    def is_pinned(self) -> bool:
        return self.end is not None

    @property
    def rhythm(self) -> tuple[str, float | None, str | None]:
        """What spaces the windows, without their phase and ends."""
        return (self.cadence, self.interval_seconds, self.cron_schedule)

    def size(self, now: datetime | None = None) -> int:
        if self.end is not None:
            return self._closed_size
        return max(0, self.grid.ordinal_containing(now or datetime.now()) + 1)

    def label_at(self, ordinal: int) -> str:
        return self._format.label(self.grid.start_of(ordinal))

    def index_of(self, value: str, now: datetime | None = None) -> int:
        try:
            ordinal = self.grid.ordinal_at(self._format.moment(value))
        except (ValueError, OverflowError):
            ordinal = None
        if ordinal is None or not 0 <= ordinal < self.size(now) or self.label_at(ordinal) != value:
            raise PartitionValidationError(f"{value!r} is not a partition key; {self._nearest(value, now)}.")
        return ordinal

    def _nearest(self, value: str, now: datetime | None) -> str:
        size = self.size(now)
        if not size:
            return f"there is none before {self.label_at(0)}"
        first, last = self.label_at(0), self.label_at(size - 1)
        span = f"the keys go from {first} to {last}" if size > 1 else f"the only key is {first}"
        meant = self._meant_by(value)
        if meant is None or size == 1:
            return span
        below = self.grid.ordinal_containing(meant)
        near = sorted({min(max(ordinal, 0), size - 1) for ordinal in (below, below + 1)})
        if len(near) == 1:
            return f"the nearest key is {self.label_at(near[0])}, and {span}"
        if self.grid.start_of(below) == meant:
            return f"the nearest key is {self.label_at(below)}"
        return "the nearest keys are " + " and ".join(self.label_at(ordinal) for ordinal in near)

    def _meant_by(self, value: str) -> datetime | None:
        for read in (self._format.lenient_moment, datetime.fromisoformat, nearest_moment):
            try:
                meant = read(value).replace(tzinfo=None)
                self.grid.start_of(self.grid.ordinal_containing(meant) + 1)
            except (ValueError, OverflowError):
                continue
            return meant
        return None

    def window_at(self, ordinal: int) -> TimeWindow:
        return TimeWindow(self.grid.start_of(ordinal), self.grid.start_of(ordinal + 1))

    def open_ordinal(self, now: datetime | None = None) -> int | None:
        moment = now or datetime.now()
        ordinal = self.grid.ordinal_containing(moment)
        return ordinal if 0 <= ordinal < self.size(moment) else None

    def pinned(
        self, now: datetime | None = None, dynamic_keys: Mapping[str, Sequence[str]] | None = None
    ) -> TimePartitions:
        if self.end is not None:
            return self
        return replace(self, end=self.grid.start_of(self.size(now)))

    def to_spec(self) -> dict[str, Any]:
        return {
            "kind": "time",
            "cadence": self.cadence,
            "start": self.start.isoformat(),
            "end": self.end.isoformat() if self.end else None,
            "fmt": self.fmt,
            "interval_seconds": self.interval_seconds,
            "cron_schedule": self.cron_schedule,
        }

    def numbering(self, *, leading: bool) -> dict[str, Any]:
        spec = self.to_spec()
        if leading:
            del spec["end"]
        return spec


def _grid(cadence: str, start: datetime, interval_seconds: float | None, cron_schedule: str | None) -> TimeGrid:
    if cron_schedule is not None:
        from rivers_core.partitions.cron_grid import CronGrid

        return CronGrid(cron_schedule, start)
    if interval_seconds is not None:
        return StepGrid(start, _interval(interval_seconds))
    return _GRIDS[cadence](start)


def _interval(seconds: float) -> timedelta:
    try:
        step = timedelta(seconds=seconds)
    except (TypeError, ValueError, OverflowError) as error:
        raise PartitionDefinitionError(f"interval_seconds must be a number of seconds, not {seconds!r}.") from error
    if step <= timedelta(0):
        raise PartitionDefinitionError(f"interval_seconds must be a microsecond at least, not {seconds!r}.")
    return step


def _check_format(definition: TimePartitions) -> None:
    """Refuse a format whose labels do not lead back to their windows."""
    keys = definition._format
    for ordinal in _tried_ordinals(definition):
        start = definition.grid.start_of(ordinal)
        label = keys.label(start)
        if fault := fault_in_value(label):
            raise PartitionDefinitionError(f"The format {definition.fmt!r} writes the key {label!r}, which {fault}.")
        try:
            back = keys.moment(label)
        except ValueError:
            back = None
        if back != start:
            read = "cannot be read back" if back is None else f"reads back as {back}"
            raise PartitionDefinitionError(
                f"The format {definition.fmt!r} cannot tell these windows apart: "
                f"the one from {start} is written {label!r}, which {read}."
            )


def _tried_ordinals(definition: TimePartitions) -> Iterator[int]:
    """The first windows, rarer ones further on, and the last; those without an end up to a horizon."""
    last = definition.size() - 1 if definition.end else _horizon(definition)
    yield from range(min(_TRIED_WINDOWS, last + 1))
    ordinal = _TRIED_WINDOWS
    while ordinal < last:
        yield ordinal
        ordinal += ordinal // 8 + 1
    if last >= _TRIED_WINDOWS:
        yield last


def _horizon(definition: TimePartitions) -> int:
    try:
        return definition.grid.ordinal_containing(definition.start + _HORIZON)
    except OverflowError:
        return 0
