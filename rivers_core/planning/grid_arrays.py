"""The arithmetic of time grids for arrays: ordinals to window starts and moments to ordinals."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.cron_grid import CronGrid
from rivers_core.partitions.time_grid import MonthGrid, StepGrid, TimeGrid

Ordinals = NDArray[np.int64]
Microseconds = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_SECOND = 1_000_000


def microseconds(moment: datetime) -> int:
    """A wall-clock moment as microseconds after the start of 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def starts_of(grid: TimeGrid, ordinals: Ordinals) -> Microseconds:
    """Where the windows start, in microseconds after the start of 1970."""
    match grid:
        case StepGrid(first, step):
            return microseconds(first) + ordinals * np.int64(step // _MICROSECOND)
        case MonthGrid():
            months = (ordinals + _first_month(grid)).astype("datetime64[M]")
            return months.astype("datetime64[us]").astype(np.int64)
        case CronGrid():
            return _cron_starts(grid, ordinals)
    raise TypeError(f"{type(grid).__name__} is no known grid")


def ordinals_containing(grid: TimeGrid, moments: Microseconds) -> Ordinals:
    """The windows that hold the moments, given in microseconds after the start of 1970."""
    match grid:
        case StepGrid(first, step):
            return (moments - microseconds(first)) // np.int64(step // _MICROSECOND)
        case MonthGrid():
            months = moments.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
            return months - _first_month(grid)
        case CronGrid():
            return _cron_ordinals(grid, moments)
    raise TypeError(f"{type(grid).__name__} is no known grid")


def ordinals_from(grid: TimeGrid, moments: Microseconds) -> Ordinals:
    """The first windows that start at the moments or later."""
    return ordinals_containing(grid, moments - 1) + 1


def _first_month(grid: MonthGrid) -> int:
    return (grid.first.year - 1970) * 12 + grid.first.month - 1


def _cron_starts(grid: CronGrid, ordinals: Ordinals) -> Microseconds:
    if not len(ordinals):
        return np.empty(0, np.int64)
    days, ticks, offset = grid.ticks_between(int(ordinals.min()), int(ordinals.max()))
    day, tick = np.divmod(ordinals + offset, len(ticks))
    starts: Microseconds = (np.asarray(days, np.int64)[day] - _EPOCH_DAY) * _DAY
    return starts + np.asarray(ticks, np.int64)[tick] * _SECOND


def _cron_ordinals(grid: CronGrid, moments: Microseconds) -> Ordinals:
    if not len(moments):
        return np.empty(0, np.int64)
    reached = [
        grid.ordinal_containing(_EPOCH + timedelta(microseconds=int(moment)))
        for moment in (moments.min(), moments.max())
    ]
    days, ticks, offset = grid.ticks_between(*reached)
    day, within = np.divmod(moments, _DAY)
    known = np.asarray(days, np.int64)
    at = np.searchsorted(known, day + _EPOCH_DAY)
    ticked = known[np.minimum(at, len(known) - 1)] == day + _EPOCH_DAY
    tick = np.searchsorted(np.asarray(ticks, np.int64) * _SECOND, within, side="right")
    return (at * len(ticks) + np.where(ticked, tick, 0) - 1 - offset).astype(np.int64)
