"""What stands along the edges of the grid: labels for time and for categories, as dense as there is room."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from rivers_core.partitions.time_grid import TimeGrid

Room = Callable[[str], float]
"""The pixels along the axis that a label like this one needs."""

_LONGEST_AMONG: Final = 12  # periods, of which one has a day or month of two digits
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at the start of a cell; a `major` one begins a larger period, named by `context`."""

    index: int
    text: str
    major: bool = False
    context: str = ""


class Axis(ABC):
    """The labels of rows or columns; `title` names the dimension."""

    title: str

    @property
    def context_samples(self) -> Sequence[str]:
        """Names of larger periods, among them one about as long as the longest; none where there are no periods."""
        return ()

    @property
    def has_context(self) -> bool:
        return bool(self.context_samples)

    @abstractmethod
    def name_at(self, index: int) -> str:
        """The full name of a row or column."""

    def samples(self, count: int) -> list[str]:
        """Labels of some of `count` rows, among them one about as long as the longest."""
        return [self.name_at(index) for index in (*_sampled(range(count), most=100), count - 1)]

    @abstractmethod
    def ticks(self, shown: range, pixels: float, room: Room) -> list[Tick]:
        """Labels for the cells `shown`, each `pixels` long, so far apart that each has the room it needs."""


@dataclass(frozen=True)
class ListedAxis(Axis):
    """Categories: every label, or every second, fifth, tenth … where there is less room."""

    title: str
    label_at: Callable[[int], str]

    def name_at(self, index: int) -> str:
        return self.label_at(index)

    def ticks(self, shown: range, pixels: float, room: Room) -> list[Tick]:
        if not shown:
            return []
        needed = max(room(self.label_at(index)) for index in _sampled(shown))
        step = next(step for step in _round_steps() if step * pixels >= needed)
        first = -(-shown.start // step) * step
        return [Tick(index, self.label_at(index)) for index in range(first, shown.stop, step)]


class BlankAxis(Axis):
    """No labels: where the place in a row means nothing by itself."""

    title = ""

    def name_at(self, index: int) -> str:
        return ""

    def ticks(self, shown: range, pixels: float, room: Room) -> list[Tick]:
        return []


@dataclass(frozen=True)
class BandAxis(Axis):
    """Rows in `bands` of one for each of `keys`: a band is named by its period, a row in it by its key."""

    title: str
    bands: int
    keys: int
    key_at: Callable[[int], str]
    period_at: Callable[[int], str]

    @property
    def context_samples(self) -> Sequence[str]:
        return [self.period_at(band) for band in range(min(self.bands, _LONGEST_AMONG))]

    def name_at(self, index: int) -> str:
        return self.key_at(index % self.keys)

    def samples(self, count: int) -> list[str]:
        return super().samples(min(count, self.keys))

    def ticks(self, shown: range, pixels: float, room: Room) -> list[Tick]:
        """Each key where rows have the room; else the periods alone, or every second, fifth, tenth …"""
        if not shown:
            return []
        needed = room("")
        if pixels >= needed:
            return [self._tick(index, self.name_at(index)) for index in shown]
        step = next(step for step in _round_steps() if step * self.keys * pixels >= needed)
        bands = range(-(-shown.start // self.keys), -(-shown.stop // self.keys))
        return [self._tick(band * self.keys, "") for band in bands if band % step == 0]

    def _tick(self, index: int, text: str) -> Tick:
        band, key = divmod(index, self.keys)
        return Tick(index, text, key == 0, self.period_at(band))


class _Unit(IntEnum):
    SECOND = 0
    MINUTE = 1
    HOUR = 2
    DAY = 3
    MONTH = 4
    YEAR = 5


_SECONDS: Final = {
    _Unit.SECOND: 1.0,
    _Unit.MINUTE: 60.0,
    _Unit.HOUR: 3600.0,
    _Unit.DAY: 86400.0,
    _Unit.MONTH: 2629746.0,
    _Unit.YEAR: 31556952.0,
}
_EXAMPLES: Final = {
    _Unit.SECOND: "00",
    _Unit.MINUTE: "00:00",
    _Unit.HOUR: "00:00",
    _Unit.DAY: "30",
    _Unit.MONTH: "May",
    _Unit.YEAR: "2000",
}
_STEPS: Final = (
    *((_Unit.SECOND, step) for step in (1, 5, 15, 30)),
    *((_Unit.MINUTE, step) for step in (1, 5, 15, 30)),
    *((_Unit.HOUR, step) for step in (1, 3, 6, 12)),
    *((_Unit.DAY, step) for step in (1, 7)),
    *((_Unit.MONTH, step) for step in (1, 3)),
    *((_Unit.YEAR, step) for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)


@dataclass(frozen=True)
class TimeAxis(Axis):
    """Windows of a time grid, labeled at the starts of hours, days, months or years, whichever fit."""

    title: str
    grid: TimeGrid
    label_at: Callable[[int], str]

    @property
    def context_samples(self) -> Sequence[str]:
        return ("May 2000",)

    def name_at(self, index: int) -> str:
        return self.label_at(index)

    def samples(self, count: int) -> list[str]:
        return ["May"]

    def ticks(self, shown: range, pixels: float, room: Room) -> list[Tick]:
        if not shown:
            return []
        begin, end = self.grid.start_of(shown.start), self.grid.start_of(shown.stop)
        seconds = max((end - begin).total_seconds(), 1e-6) / len(shown)
        unit, step = _step_for(seconds, pixels, room)
        found: dict[int, Tick] = {}
        for moment in _boundaries(begin, end, unit, step):
            index = self.grid.ordinal_from(moment)
            if index in shown and index not in found:
                found[index] = _tick(index, self.grid.start_of(index), unit)
        return list(found.values())


@dataclass(frozen=True)
class ClockAxis(TimeAxis):
    """The time of day; the grid's date means nothing."""

    @property
    def context_samples(self) -> Sequence[str]:
        return ()


def _step_for(cell: float, pixels: float, room: Room) -> tuple[_Unit, int]:
    """The finest step whose labels have room, for cells of `cell` seconds and `pixels`."""
    for unit, step in _STEPS:
        seconds = _SECONDS[unit] * step
        # A little leniency lets months of 28 days and cells of a day pass for their unit.
        if seconds >= cell * 0.9 and seconds / cell * pixels * 1.03 >= room(_EXAMPLES[unit]):
            return unit, step
    return _STEPS[-1]


def _boundaries(begin: datetime, end: datetime, unit: _Unit, step: int) -> Iterator[datetime]:
    moment = _floor(begin, unit, step)
    while moment < end:
        yield moment
        try:
            moment = _next(moment, unit, step)
        except (OverflowError, ValueError):  # the calendar ends with the year 9999
            return


def _floor(moment: datetime, unit: _Unit, step: int) -> datetime:
    match unit:
        case _Unit.YEAR:
            return datetime(max(1, moment.year // step * step), 1, 1)
        case _Unit.MONTH:
            return datetime(moment.year, (moment.month - 1) // step * step + 1, 1)
        case _Unit.DAY:
            day = moment.day if step == 1 else min((moment.day - 1) // step * step, 21) + 1
            return datetime(moment.year, moment.month, day)
        case _Unit.HOUR:
            return moment.replace(hour=moment.hour // step * step, minute=0, second=0, microsecond=0)
        case _Unit.MINUTE:
            return moment.replace(minute=moment.minute // step * step, second=0, microsecond=0)
        case _Unit.SECOND:
            return moment.replace(second=moment.second // step * step, microsecond=0)


def _next(moment: datetime, unit: _Unit, step: int) -> datetime:
    match unit:
        case _Unit.YEAR:
            return datetime(moment.year // step * step + step, 1, 1)
        case _Unit.MONTH:
            month = moment.month - 1 + step
            return datetime(moment.year + month // 12, month % 12 + 1, 1)
        case _Unit.DAY if step > 1 and moment.day + step > 22:  # the 29th is too near to the 1st
            return _next(moment.replace(day=1), _Unit.MONTH, 1)
        case _:
            return moment + timedelta(seconds=_SECONDS[unit] * step)


def _tick(index: int, moment: datetime, unit: _Unit) -> Tick:
    month = MONTHS[moment.month - 1]
    match unit:
        case _Unit.YEAR:
            return Tick(index, str(moment.year))
        case _Unit.MONTH:
            return Tick(index, month, moment.month == 1, str(moment.year))
        case _Unit.DAY:
            return Tick(index, str(moment.day), moment.day == 1, f"{month} {moment.year}")
        case _Unit.HOUR | _Unit.MINUTE:
            begins = moment.hour == 0 and moment.minute == 0
            return Tick(index, f"{moment:%H:%M}", begins, f"{month} {moment.day}, {moment.year}")
        case _Unit.SECOND:
            begins = moment.second == 0
            return Tick(index, f"{moment:%S}", begins, f"{month} {moment.day}, {moment.year} {moment:%H:%M}")


def _sampled(shown: range, most: int = 32) -> range:
    return range(shown.start, shown.stop, max(1, len(shown) // most))


def _round_steps() -> Iterator[int]:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
