from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.cron_grid import CronGrid

FIELDS = st.tuples(
    st.sampled_from(["0", "*/15", "5,50", "*"]),
    st.sampled_from(["0", "*/6", "9-17", "*", "23"]),
    st.sampled_from(["*", "1", "1,15", "31", "*/10", "L", "28-31"]),
    st.sampled_from(["*", "2", "1-6", "*/5", "JAN,MAR"]),
    st.sampled_from(["*", "0", "7", "1-5", "MON", "3#1", "L5"]),
)


def ticks_of(schedule: str, start: datetime, count: int) -> list[datetime]:
    """What croniter says, one tick after the other; the tick at `start` itself counts."""
    ticks = croniter(schedule, start - timedelta(seconds=1))
    return [ticks.get_next(datetime) for _ in range(count)]


@given(FIELDS, st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)))
def test_a_schedule_of_five_fields_ticks_as_croniter_says(fields, start):
    start = start.replace(microsecond=0)
    schedule = " ".join(fields)
    try:
        expected = ticks_of(schedule, start, 40)
    except ValueError:
        return
    grid = CronGrid(schedule, start)
    assert [grid.start_of(ordinal) for ordinal in range(40)] == expected


@given(FIELDS, st.sampled_from(["0", "30", "*/20", "1,59"]), st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)))
def test_a_schedule_of_six_fields_has_the_seconds_first(fields, second, start):
    start = start.replace(microsecond=0)
    try:
        expected = ticks_of(" ".join((*fields, second)), start, 40)  # croniter has them last
    except ValueError:
        return
    grid = CronGrid(" ".join((second, *fields)), start)
    assert [grid.start_of(ordinal) for ordinal in range(40)] == expected


def test_a_tick_a_second_is_numbered_without_listing_the_ticks():
    grid = CronGrid("* * * * * *", datetime(2024, 1, 1))
    assert grid.start_of(100_000_000) == datetime(2024, 1, 1) + timedelta(seconds=100_000_000)
    assert grid.ordinal_at(datetime(2027, 3, 3, 10, 30, 25)) == (
        datetime(2027, 3, 3, 10, 30, 25) - datetime(2024, 1, 1)
    ) // timedelta(seconds=1)


def test_a_start_within_a_second_is_rounded_up_to_the_next_tick():
    assert CronGrid("0 0 * * *", datetime(2024, 1, 1, 0, 0, 0, 1)).first == datetime(2024, 1, 2)


def test_february_29_is_found_across_a_century_without_a_leap_day():
    grid = CronGrid("0 0 29 2 *", datetime(1896, 3, 1))
    assert [grid.start_of(at) for at in range(2)] == [datetime(1904, 2, 29), datetime(1908, 2, 29)]
    assert grid.start_of(-1) == datetime(1896, 2, 29)


@pytest.mark.parametrize(
    ("schedule", "fault"),
    [
        ("0 0 30 2 *", "names a day that never comes"),
        ("* * *", "has 3 fields"),
        ("0 0 0 * * * 2024", "has 7 fields"),
        ("61 0 * * *", "cannot be read"),
        ("0 0 * * MUN", "cannot be read"),
        ("R 0 * * *", "leaves a field to chance"),
        ("H H * * *", "leaves a field to chance"),
        ("@daily", "has 1 fields"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_its_fault(schedule, fault):
    with pytest.raises(PartitionDefinitionError, match=fault):
        CronGrid(schedule, datetime(2024, 1, 1))


def test_the_calendar_ends_with_an_overflow():
    grid = CronGrid("0 0 1 1 *", datetime(9990, 1, 1))
    with pytest.raises(OverflowError, match="no tick after the year 9999"):
        grid.start_of(20)
    with pytest.raises(OverflowError, match="no tick before the year 1"):
        CronGrid("0 0 1 1 *", datetime(5, 1, 1)).start_of(-20)


def test_threads_that_share_a_grid_read_the_same_ticks():
    shared = CronGrid("0 0 13 * 5", datetime(2024, 1, 1))
    asked = [*range(-4_000, 4_000, 37)]
    expected = [CronGrid("0 0 13 * 5", datetime(2024, 1, 1)).start_of(ordinal) for ordinal in asked[::40]]
    with ThreadPoolExecutor(8) as threads:
        rounds = list(
            threads.map(lambda turn: {at: shared.start_of(at) for at in asked[turn:] + asked[:turn]}, range(16))
        )
    assert all(found == rounds[0] for found in rounds)
    assert [rounds[0][ordinal] for ordinal in asked[::40]] == expected
