from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.partitions.cron_grid import CronGrid
from rivers_core.partitions.time_grid import (
    StepGrid,
    TimeGrid,
    daily_grid,
    hourly_grid,
    monthly_grid,
    weekly_grid,
)
from tests.core.partitions.definition_strategies import CRON, MOMENTS

GRIDS = st.one_of(
    st.builds(hourly_grid, MOMENTS),
    st.builds(daily_grid, MOMENTS),
    st.builds(weekly_grid, MOMENTS),
    st.builds(monthly_grid, MOMENTS),
    st.builds(StepGrid, MOMENTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=90))),
    st.builds(CronGrid, CRON, MOMENTS),
)


@given(GRIDS, st.integers(-200, 3_000))
def test_a_windows_start_leads_back_to_its_ordinal(grid: TimeGrid, ordinal: int):
    start = grid.start_of(ordinal)
    assert grid.ordinal_containing(start) == grid.ordinal_at(start) == grid.ordinal_from(start) == ordinal


@given(GRIDS, st.integers(-200, 3_000))
def test_windows_follow_each_other_in_the_order_of_time(grid: TimeGrid, ordinal: int):
    assert grid.start_of(ordinal) < grid.start_of(ordinal + 1)


@given(GRIDS, MOMENTS)
def test_every_moment_lies_in_exactly_the_window_it_is_counted_to(grid: TimeGrid, moment: datetime):
    ordinal = grid.ordinal_containing(moment)
    assert grid.start_of(ordinal) <= moment < grid.start_of(ordinal + 1)
    assert grid.start_of(grid.ordinal_from(moment)) >= moment > grid.start_of(grid.ordinal_from(moment) - 1)


@given(GRIDS, MOMENTS)
def test_only_a_windows_start_is_on_the_grid(grid: TimeGrid, moment: datetime):
    ordinal = grid.ordinal_at(moment)
    assert (ordinal is None) == (grid.start_of(grid.ordinal_containing(moment)) != moment)


@given(MOMENTS)
def test_a_start_between_two_windows_is_rounded_up(start: datetime):
    for make, span in ((hourly_grid, timedelta(hours=1)), (daily_grid, timedelta(days=1)), (weekly_grid, timedelta(1))):
        assert timedelta(0) <= make(start).first - start < span
    assert timedelta(0) <= monthly_grid(start).first - start < timedelta(days=31)


@pytest.mark.parametrize(
    "zone", ["UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"]
)
def test_a_grid_is_the_same_on_every_host_through_every_clock_change(zone, host_in):
    host_in(zone)
    hours = hourly_grid(datetime(2024, 1, 1))
    ticks = CronGrid("30 2 * * *", datetime(2024, 1, 1))
    last_days = CronGrid("0 2 L * *", datetime(2024, 1, 1))
    assert hours.start_of(24 * 366) == datetime(2025, 1, 1)
    assert [ticks.start_of(day) for day in range(366)] == [
        datetime(2024, 1, 1, 2, 30) + timedelta(days=day) for day in range(366)
    ]
    assert [last_days.start_of(month) for month in (2, 9, 10)] == [
        datetime(2024, 3, 31, 2),
        datetime(2024, 10, 31, 2),
        datetime(2024, 11, 30, 2),
    ]


def test_a_month_beyond_the_calendar_is_an_overflow():
    with pytest.raises(OverflowError, match="beyond the calendar"):
        monthly_grid(datetime(2024, 1, 1)).start_of(120_000)
