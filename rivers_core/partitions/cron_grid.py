"""The grid of a cron schedule: its days come from croniter, the ticks within a day are arithmetic."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.time_grid import TimeGrid

_FIRST_YEAR, _LAST_YEAR = date.min.year, date.max.year
# A given weekday on February 29 can be this far away, across a century without a leap day.
_LONGEST_GAP_YEARS = 41
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _KnownDays:
    """The matching days from the start of one year to that of another; ordinal 0 is the tick at `origin`."""

    from_year: int
    until_year: int
    days: list[int]
    origin: int


class CronGrid(TimeGrid):
    """Windows between the ticks of a cron schedule of five fields, or six with the seconds first.

    The matching days are found some years at a time, when they are first asked for, so a schedule of a tick a
    second costs no more than one of a tick a day. What is known is replaced as a whole: threads may share a grid.
    """

    def __init__(self, schedule: str, start: datetime) -> None:
        """Round `start` up to the first tick; PartitionDefinitionError for an unusable schedule."""
        self.schedule = " ".join(schedule.split())
        self._ticks, self._chosen = _read(self.schedule)
        self._known = known = self._with_a_day(_KnownDays(start.year, start.year, [], 0))
        first_tick = self.ordinal_from(start)
        self._known = replace(known, origin=first_tick)
        self.first = self.start_of(0)

    def start_of(self, ordinal: int) -> datetime:
        known = self._holding(ordinal)
        day, tick = divmod(ordinal + known.origin, len(self._ticks))
        return datetime.fromordinal(known.days[day]) + timedelta(seconds=self._ticks[tick])

    def ordinal_containing(self, moment: datetime) -> int:
        known = self._reaching(moment.year)
        day = moment.toordinal()
        at = bisect_left(known.days, day)
        position = at * len(self._ticks) - 1 - known.origin
        if at == len(known.days) or known.days[at] != day:
            return position
        midnight = datetime(moment.year, moment.month, moment.day)
        return position + bisect_right(self._ticks, (moment - midnight) / _SECOND)

    def ticks_between(self, first: int, last: int) -> tuple[list[int], list[int], int]:
        """What places every window from `first` to `last`: days, seconds after midnight, and an offset.

        Window n starts at position n + offset of the days (proleptic Gregorian ordinals) times the seconds.
        """
        self._holding(first)
        known = self._holding(last)
        return known.days, self._ticks, known.origin

    def _with_a_day(self, known: _KnownDays) -> _KnownDays:
        for _ in range(_LONGEST_GAP_YEARS):
            known = self._later(known)
            if known.days:
                return known
        raise PartitionDefinitionError(f"The cron schedule {self.schedule!r} names a day that never comes.")

    def _holding(self, ordinal: int) -> _KnownDays:
        known = self._known
        while (ordinal + known.origin) // len(self._ticks) >= len(known.days):
            known = self._later(known)
        while ordinal + known.origin < 0:
            known = self._earlier(known)
        self._known = known
        return known

    def _reaching(self, year: int) -> _KnownDays:
        known = self._known
        while year >= known.until_year:
            known = self._later(known)
        while year < known.from_year:
            known = self._earlier(known)
        self._known = known
        return known

    def _later(self, known: _KnownDays) -> _KnownDays:
        if known.until_year > _LAST_YEAR:
            raise OverflowError(f"the schedule {self.schedule!r} has no tick after the year {_LAST_YEAR}")
        until = min(known.until_year + _years_at_once(known), _LAST_YEAR + 1)
        later = self._days_of(range(known.until_year, until))
        return replace(known, until_year=until, days=known.days + later)

    def _earlier(self, known: _KnownDays) -> _KnownDays:
        if known.from_year <= _FIRST_YEAR:
            raise OverflowError(f"the schedule {self.schedule!r} has no tick before the year {_FIRST_YEAR}")
        begin = max(known.from_year - _years_at_once(known), _FIRST_YEAR)
        earlier = self._days_of(range(begin, known.from_year))
        origin = known.origin + len(earlier) * len(self._ticks)
        return _KnownDays(begin, known.until_year, earlier + known.days, origin)

    def _days_of(self, years: range) -> list[int]:
        return [day for year in years for day in self._chosen.of_year(year)]


def _years_at_once(known: _KnownDays) -> int:
    """Few at first, more when much was asked for already: what is known is copied each time."""
    return min(1 + (known.until_year - known.from_year) // 2, 64)


def _read(schedule: str) -> tuple[list[int], CronDays]:
    """The ticks of a day in seconds after midnight, and what chooses the days."""
    fields = schedule.split(" ")
    if len(fields) not in (5, 6):
        raise PartitionDefinitionError(
            f"The cron schedule {schedule!r} has {len(fields)} fields; write five "
            "(minute hour day month weekday), or six with the seconds first."
        )
    if any(field[:1] in "rRhH" for field in fields):
        raise PartitionDefinitionError(
            f"The cron schedule {schedule!r} leaves a field to chance; partitions need the same ticks every time."
        )
    second, minute, hour, *days = fields if len(fields) == 6 else ["0", *fields]
    try:
        expanded, weekday_of_month = _croniter().expand(" ".join((minute, hour, *days, second)))
    except (ValueError, KeyError) as error:
        raise PartitionDefinitionError(f"The cron schedule {schedule!r} cannot be read: {error}.") from error
    minutes, hours, seconds = _every(expanded[0], 60), _every(expanded[1], 24), _every(expanded[5], 60)
    ticks = [h * 3600 + m * 60 + s for h in hours for m in minutes for s in seconds]
    return ticks, CronDays(" ".join(days), expanded[2:5], special=bool(weekday_of_month))


def _every(values: list[Any], count: int) -> list[int]:
    return list(range(count)) if values == ["*"] else sorted(int(value) for value in values)


def _croniter() -> Any:  # croniter has no types
    from croniter import croniter

    return croniter


class CronDays:
    """The days that the last three fields of a schedule choose."""

    def __init__(self, fields: str, expanded: list[list[Any]], *, special: bool) -> None:
        """`expanded` is croniter's reading of the fields; `special` ones it alone can follow."""
        self._fields = fields
        self._days, self._months, self._weekdays = expanded
        self._special = special or any(isinstance(value, str) and value != "*" for value in chain(*expanded))

    def of_year(self, year: int) -> list[int]:
        """The days of a year as proleptic Gregorian ordinals, ascending."""
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        if self._special:
            return self._asked_of_croniter(year, first, last)
        if self._days == self._months == self._weekdays == ["*"]:
            return list(range(first, last + 1))
        return [day for day in range(first, last + 1) if self._chooses(date.fromordinal(day))]

    def _chooses(self, day: date) -> bool:
        if self._months != ["*"] and day.month not in self._months:
            return False
        by_day = self._days == ["*"] or day.day in self._days
        by_weekday = self._weekdays == ["*"] or day.isoweekday() % 7 in self._weekdays
        # Cron's oldest rule: a day and a weekday that are both limited are alternatives.
        if self._days != ["*"] and self._weekdays != ["*"]:
            return by_day or by_weekday
        return by_day and by_weekday

    def _asked_of_croniter(self, year: int, first: int, last: int) -> list[int]:
        # The calendar repeats every 400 years, and timestamps do not reach everywhere.
        stand_in = 2000 + (year - 2000) % 400
        shift = first - date(stand_in, 1, 1).toordinal()
        ticks = _croniter()(f"0 0 {self._fields}", datetime(stand_in, 1, 1) - timedelta(seconds=1))
        found: list[int] = []
        while True:
            try:
                day = ticks.get_next(datetime).toordinal() + shift
            except ValueError:  # croniter looks ahead some years and found no further day
                return found
            if day > last:
                return found
            found.append(day)
