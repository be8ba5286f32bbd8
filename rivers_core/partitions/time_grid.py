"""Grids of naive wall-clock moments, and the arithmetic between a window's ordinal and its start."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class TimeGrid(ABC):
    """Windows numbered from `first`, which is 0; window n ends where window n + 1 starts.

    The moments before `first` have negative ordinals, so that a mapping may look beyond the beginning.
    Moments are wall-clock readings without a time zone: no clock change moves, adds or drops one.
    """

    __slots__ = ()

    first: datetime

    @abstractmethod
    def start_of(self, ordinal: int) -> datetime:
        """The start of a window; raises OverflowError beyond the years 1 to 9999."""

    @abstractmethod
    def ordinal_containing(self, moment: datetime) -> int:
        """The ordinal of the window that holds this moment."""

    def ordinal_at(self, moment: datetime) -> int | None:
        """The ordinal of the window that starts at exactly this moment, if one does."""
        ordinal = self.ordinal_containing(moment)
        return ordinal if self.start_of(ordinal) == moment else None

    def ordinal_from(self, moment: datetime) -> int:
        """The ordinal of the first window that starts at this moment or later."""
        ordinal = self.ordinal_containing(moment)
        return ordinal if self.start_of(ordinal) == moment else ordinal + 1


@dataclass(frozen=True, slots=True)
class StepGrid(TimeGrid):
    """Windows of one length: hours, days, weeks, or an interval."""

    first: datetime
    step: timedelta

    def start_of(self, ordinal: int) -> datetime:
        return self.first + ordinal * self.step

    def ordinal_containing(self, moment: datetime) -> int:
        return (moment - self.first) // self.step


@dataclass(frozen=True, slots=True)
class MonthGrid(TimeGrid):
    """Calendar months; `first` is midnight of a month's first day."""

    first: datetime

    def start_of(self, ordinal: int) -> datetime:
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + ordinal, 12)
        if not 1 <= year <= 9999:
            raise OverflowError(f"month {ordinal} from {self.first:%Y-%m} is beyond the calendar")
        return datetime(year, month + 1, 1)

    def ordinal_containing(self, moment: datetime) -> int:
        return (moment.year - self.first.year) * 12 + moment.month - self.first.month


def hourly_grid(start: datetime) -> StepGrid:
    """Hours on the clock from the first full hour at or after `start`."""
    return StepGrid(_rounded_up(start, start.replace(minute=0, second=0, microsecond=0), HOUR), HOUR)


def daily_grid(start: datetime) -> StepGrid:
    """Days from the first midnight at or after `start`."""
    return StepGrid(_rounded_up(start, _midnight(start), DAY), DAY)


def weekly_grid(start: datetime) -> StepGrid:
    """Spans of seven days from the first midnight at or after `start`: weeks begin on that weekday."""
    return StepGrid(_rounded_up(start, _midnight(start), DAY), WEEK)


def monthly_grid(start: datetime) -> MonthGrid:
    """Calendar months from the first one that begins at or after `start`."""
    month = MonthGrid(_midnight(start).replace(day=1))
    return month if month.first == start else MonthGrid(month.start_of(1))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _rounded_up(moment: datetime, floor: datetime, step: timedelta) -> datetime:
    return floor if floor == moment else floor + step
