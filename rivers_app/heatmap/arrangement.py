"""Choosing how a partitions definition is laid out: calendar, wrapped rows or matrix, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from math import prod
from typing import Final

import numpy as np

from rivers_app.heatmap.axes import MONTHS, Axis, BandAxis, BlankAxis, ClockAxis, ListedAxis, TimeAxis
from rivers_app.heatmap.layouts import GridLayout, Ordinals, banded_layout, matrix_layout, rows_layout
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.time_definitions import TimePartitions
from rivers_core.partitions.time_grid import MonthGrid, StepGrid, TimeGrid, daily_grid, hourly_grid

_MOST_LISTED_COLUMNS: Final = 10_000
_MOST_NAMED_ROWS: Final = 24
_YEAR: Final = "year"
_TICK: Final = timedelta(microseconds=1)
_MOST_BANDED_KEYS: Final = 12
_MOST_BANDED_ROWS: Final = 120
_LONGEST_LINE: Final = 366


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which dimensions lie across and down; `fixed` shows one key (by its position) of another dimension.

    Dimensions that are neither are aggregated: a cell stands for all their keys. Without `down` the dimension
    across is broken into rows. With it, and where time lies across, `banded` breaks time into the lines of a
    calendar, each with a row for every key that lies down.
    """

    across: str
    down: str | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)
    banded: bool = False


def default_arrangement(definition: PartitionsDefinition, now: datetime | None = None) -> Arrangement:
    """Time across and the first other dimension down; a lone dimension in rows.

    Where a calendar with a row for each key is about as high as a window, time is broken into its lines: a year
    of days is too long for one row to show its cells apart.
    """
    names = [name for name, _ in definition.dimensions]
    if len(names) == 1:
        return Arrangement(names[0])
    timed = [name for name, dimension in definition.dimensions if dimension.is_time]
    across = timed[0] if timed else names[0]
    down = next(name for name in names if name != across)
    return Arrangement(across, down, banded=bool(timed) and _suits_bands(definition, across, down, now))


def _suits_bands(definition: PartitionsDefinition, across: str, down: str, now: datetime | None) -> bool:
    parts = _parts(definition, definition.shape(now))
    time, keys = parts[across], parts[down].size
    if not (time.size and keys and isinstance(time.definition, TimePartitions)):
        return False
    if keys > _MOST_BANDED_KEYS or time.size > _MOST_BANDED_ROWS * _LONGEST_LINE:
        return False
    lines = _calendar(time, time.definition)
    return 1 < len(lines.bounds) - 1 <= _MOST_BANDED_ROWS // keys


def arrange(
    definition: PartitionsDefinition, arrangement: Arrangement | None = None, now: datetime | None = None
) -> GridLayout | None:
    """The grid of a pinned definition; None if it has no partitions. Raises `KeyError` for an unknown dimension."""
    chosen = arrangement or default_arrangement(definition, now)
    sizes = definition.shape(now)
    if not prod(sizes):
        return None
    parts = _parts(definition, sizes)
    across = parts[chosen.across]
    depth = _depth(parts, chosen)
    if chosen.down is None:
        return _in_rows(across, prod(sizes), depth, now)
    down = parts[chosen.down]
    if chosen.banded and isinstance(across.definition, TimePartitions):
        return _in_bands(across, down, prod(sizes), depth, now)
    return matrix_layout(
        size=prod(sizes),
        columns=across.size,
        column_step=across.stride,
        rows=down.size,
        row_step=down.stride,
        depth=depth,
        across=_axis(across),
        down=_axis(down),
        open_column=across.definition.open_ordinal(now),
        open_row=down.definition.open_ordinal(now),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One dimension: `stride` is the number of ordinals between two of its keys."""

    name: str
    definition: PartitionsDefinition
    size: int
    stride: int


def _parts(definition: PartitionsDefinition, sizes: tuple[int, ...]) -> dict[str, _Part]:
    return {
        name: _Part(name, dimension, sizes[at], prod(sizes[at + 1 :]))
        for at, (name, dimension) in enumerate(definition.dimensions)
    }


def _depth(parts: Mapping[str, _Part], chosen: Arrangement) -> Ordinals:
    unknown = set(chosen.fixed) - set(parts)
    if unknown:
        raise KeyError(unknown.pop())
    rest = [part for name, part in parts.items() if name not in (chosen.across, chosen.down)]
    offsets = [_offsets(part, chosen.fixed.get(part.name)) for part in rest]
    nothing = np.zeros(1, dtype=np.int64)
    return np.sort(reduce(lambda sums, more: (sums[:, None] + more[None, :]).ravel(), offsets, nothing))


def _offsets(part: _Part, fixed: int | None) -> Ordinals:
    positions = np.arange(part.size, dtype=np.int64) if fixed is None else np.array([fixed], dtype=np.int64)
    return positions * part.stride


def _axis(part: _Part) -> Axis:
    if isinstance(part.definition, TimePartitions):
        return TimeAxis(part.name, part.definition.grid, part.definition.label_at)
    return ListedAxis(part.name, part.definition.label_at)


@dataclass(frozen=True, slots=True)
class _Lines:
    """How a dimension is broken: line `l`, called `period_at(l)`, is positions `bounds[l]` up to `bounds[l + 1]`."""

    bounds: Ordinals
    across: Axis
    down: Axis
    period_at: Callable[[int], str]


def _in_rows(part: _Part, size: int, depth: Ordinals, now: datetime | None) -> GridLayout:
    definition = part.definition
    lines = _calendar(part, definition) if isinstance(definition, TimePartitions) else _wrapped(part)
    return rows_layout(
        size=size,
        length=part.size,
        stride=part.stride,
        depth=depth,
        bounds=lines.bounds,
        across=lines.across,
        down=lines.down,
        open_position=definition.open_ordinal(now),
    )


def _in_bands(time: _Part, down: _Part, size: int, depth: Ordinals, now: datetime | None) -> GridLayout:
    assert isinstance(time.definition, TimePartitions)  # or there would be no calendar
    lines = _calendar(time, time.definition)
    return banded_layout(
        size=size,
        length=time.size,
        stride=time.stride,
        keys=down.size,
        key_step=down.stride,
        depth=depth,
        bounds=lines.bounds,
        across=lines.across,
        down=BandAxis(down.name, len(lines.bounds) - 1, down.size, down.definition.label_at, lines.period_at),
        open_position=time.definition.open_ordinal(now),
    )


def _calendar(part: _Part, definition: TimePartitions) -> _Lines:
    """A line for each hour, day, month or year, as suits the distance of windows."""
    begin, last = definition.grid.start_of(0), definition.grid.start_of(part.size - 1)
    end = definition.grid.start_of(part.size)
    spacing = (end - begin).total_seconds() / part.size
    if spacing >= 5 * 86400:
        years = np.arange(begin.year, last.year + 2)
        starts = np.array([definition.grid.ordinal_from(datetime(year, 1, 1)) for year in years.tolist()])
        named = ListedAxis(part.name, lambda row: str(begin.year + row))
        return _Lines(starts.astype(np.int64), _columns_of(definition, _YEAR), named, named.label_at)
    rows = _row_grid(begin, spacing)
    bounds = _starts(definition.grid, rows, rows.ordinal_containing(last) + 2)
    down = TimeAxis(part.name, rows, lambda row: definition.label_at(max(0, int(bounds[row]))))
    columns = _columns_of(definition, definition.cadence)
    return _Lines(bounds, columns, down, lambda row: _period(rows, row))


def _starts(grid: TimeGrid, rows: TimeGrid, count: int) -> Ordinals:
    """The first window of `grid` in each of the first `count` windows of `rows`, or after it."""
    if isinstance(grid, StepGrid) and isinstance(rows, StepGrid):
        # A century of hours has tens of thousands of rows: all at once, in whole microseconds.
        moments = (rows.first - grid.first) // _TICK + np.arange(count, dtype=np.int64) * (rows.step // _TICK)
        starts: Ordinals = -(-moments // (grid.step // _TICK))
        return starts
    return np.array([grid.ordinal_from(rows.start_of(row)) for row in range(count)], dtype=np.int64)


def _period(rows: TimeGrid, row: int) -> str:
    moment = rows.start_of(row)
    month = MONTHS[moment.month - 1]
    if isinstance(rows, MonthGrid):
        return f"{month} {moment.year}"
    day = f"{month} {moment.day}, {moment.year}"
    return day if rows.start_of(row + 1) - moment >= timedelta(days=1) else f"{day} {moment:%H:%M}"


def _row_grid(begin: datetime, spacing: float) -> TimeGrid:
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if spacing >= 43200:
        return MonthGrid(midnight.replace(day=1))
    if spacing >= 10:
        return daily_grid(midnight)
    return hourly_grid(begin.replace(minute=0, second=0, microsecond=0))


def _columns_of(definition: TimePartitions, rhythm: str) -> Axis:
    match rhythm:
        case "daily":
            return ListedAxis("day", lambda column: str(column + 1))
        case "hourly":
            return ListedAxis("hour", lambda column: f"{column:02d}")
        case "year" if definition.cadence == "monthly":
            return ListedAxis("month", lambda column: MONTHS[column])
        case "year" if definition.cadence == "weekly":
            return ListedAxis("week", lambda column: str(column + 1))
        case "interval" if isinstance(definition.grid, StepGrid):
            return _clock_axis(definition.grid)
        case _:
            return BlankAxis()


def _clock_axis(grid: StepGrid) -> Axis:
    """The time of day, where a day holds a whole number of steps that begin at midnight."""
    seconds = grid.step.total_seconds()
    midnight = grid.first.replace(hour=0, minute=0, second=0, microsecond=0)
    fits = seconds >= 10 and 86400 % seconds == 0 and (grid.first - midnight).total_seconds() % seconds == 0
    return ClockAxis("time", StepGrid(midnight, grid.step), lambda column: "") if fits else BlankAxis()


def _wrapped(part: _Part) -> _Lines:
    columns = _row_length(part.size)
    rows = -(-part.size // columns)
    bounds = np.arange(rows + 1, dtype=np.int64) * columns
    label_at = part.definition.label_at
    named = ListedAxis(part.name, lambda row: label_at(row * columns))
    return _Lines(bounds, BlankAxis(), named, named.label_at)


def _row_length(count: int) -> int:
    """One where each key can have a row with its name; else a round number that makes the grid as wide as a window."""
    if count <= _MOST_NAMED_ROWS:
        return 1
    power = 10
    while True:
        for columns in (power, 2 * power, 5 * power):
            if columns * columns >= 1.6 * count or columns >= _MOST_LISTED_COLUMNS:
                return columns
        power *= 10
