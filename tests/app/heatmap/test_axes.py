"""Labels are as dense as there is room, and at the places a person expects."""

from __future__ import annotations

import itertools
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from rivers_app.heatmap.axes import BandAxis, BlankAxis, ListedAxis, TimeAxis
from rivers_core.partitions.time_grid import daily_grid, hourly_grid, monthly_grid

DAILY = TimeAxis("day", daily_grid(datetime(2023, 11, 20)), str)
HOURLY = TimeAxis("hour", hourly_grid(datetime(2024, 1, 1)), str)
BANDS = BandAxis("shop", 4, 3, ("north", "south", "east").__getitem__, ("Jan", "Feb", "March", "Apr").__getitem__)
MONTHLY = TimeAxis("month", monthly_grid(datetime(2020, 1, 1)), str)


def wide(text: str) -> float:
    return 8.0 * len(text) + 8


def test_days_are_numbered_where_there_is_room():
    ticks = DAILY.ticks(range(0, 20), 24, wide)
    assert [tick.text for tick in ticks[:4]] == ["20", "21", "22", "23"]
    assert [tick.text for tick in ticks if tick.major] == ["1"]
    assert [tick.context for tick in ticks if tick.major] == ["Dec 2023"]


def test_weeks_are_counted_from_the_first_of_a_month():
    ticks = DAILY.ticks(range(0, 80), 5, wide)
    assert [tick.text for tick in ticks] == ["22", "1", "8", "15", "22", "1", "8", "15", "22", "1"]


def test_months_stand_at_the_first_day_of_the_month():
    ticks = DAILY.ticks(range(0, 200), 1.5, wide)
    assert [(tick.text, DAILY.grid.start_of(tick.index).day) for tick in ticks] == [
        (name, 1) for name in ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun")
    ]
    assert [tick.context for tick in ticks if tick.major] == ["2024"]


def test_years_are_what_is_left_of_decades():
    ticks = DAILY.ticks(range(0, 365 * 30), 0.03, wide)
    assert [tick.text for tick in ticks] == ["2025", "2030", "2035", "2040", "2045", "2050"]


def test_hours_step_by_parts_of_a_day():
    ticks = HOURLY.ticks(range(0, 48), 10, wide)
    assert [tick.text for tick in ticks][:4] == ["00:00", "06:00", "12:00", "18:00"]
    assert [tick.context for tick in ticks if tick.major] == ["Jan 1, 2024", "Jan 2, 2024"]


def test_months_of_a_monthly_grid_are_named():
    assert [tick.text for tick in MONTHLY.ticks(range(0, 3), 40, wide)] == ["Jan", "Feb", "Mar"]


@given(st.floats(0.001, 48), st.integers(0, 5000), st.integers(1, 4000))
def test_time_labels_never_overlap(pixels, start, length):
    ticks = DAILY.ticks(range(start, start + length), pixels, wide)
    gaps = [(after.index - before.index) * pixels for before, after in itertools.pairwise(ticks)]
    rooms = [wide(tick.text) for tick in ticks]
    # A month of 28 days and labels shorter than their unit's example leave up to a fifth less.
    assert all(gap >= room * 0.8 - pixels for gap, room in zip(gaps, rooms, strict=False))


@given(st.floats(0.01, 48), st.integers(0, 5000), st.integers(1, 4000))
def test_categories_never_overlap(pixels, start, length):
    axis = ListedAxis("shop", lambda index: f"shop {index:05d}")
    ticks = axis.ticks(range(start, start + length), pixels, wide)
    assert all(after.index - before.index >= wide("shop 00000") / pixels for before, after in itertools.pairwise(ticks))


def test_the_calendars_end_is_no_error():
    axis = TimeAxis("day", daily_grid(datetime(9999, 1, 1)), str)
    assert [tick.text for tick in axis.ticks(range(0, 300), 2, wide)][-1] == "Oct"


def test_nothing_shown_needs_no_label():
    assert DAILY.ticks(range(0), 10, wide) == []
    assert ListedAxis("x", str).ticks(range(0), 10, wide) == []
    assert BlankAxis().ticks(range(0, 10), 10, wide) == []


def test_bands_name_each_key_where_rows_have_the_room():
    ticks = BANDS.ticks(range(1, 5), 20, lambda _: 14)
    assert [(tick.index, tick.text, tick.context) for tick in ticks] == [
        (1, "south", "Jan"),
        (2, "east", "Jan"),
        (3, "north", "Feb"),
        (4, "south", "Feb"),
    ]
    assert [tick.index for tick in ticks if tick.major] == [3]


def test_low_bands_name_their_periods_alone():
    ticks = BANDS.ticks(range(1, 12), 6, lambda _: 14)
    assert [(tick.index, tick.text, tick.context) for tick in ticks] == [
        (3, "", "Feb"),
        (6, "", "March"),
        (9, "", "Apr"),
    ]
    assert [tick.context for tick in BANDS.ticks(range(12), 3, lambda _: 14)] == ["Jan", "March"]


def test_bands_make_room_for_the_longest_period_and_key():
    assert max(BANDS.context_samples, key=len) == "March"
    assert max(BANDS.samples(12), key=len) == "north"
