from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition, TimeWindow
from tests.core.partitions.definition_strategies import time_definitions

P = PartitionsDefinition
START = datetime(2024, 1, 1)
NOON = datetime(2024, 3, 5, 12)


def labels(definition: PartitionsDefinition, now: datetime | None = None) -> list[str]:
    return [str(key) for key in definition.get_partition_keys(now)]


def test_daily_keys_are_dates():
    assert labels(P.daily(START, datetime(2024, 1, 4))) == ["2024-01-01", "2024-01-02", "2024-01-03"]


def test_hourly_keys_are_full_hours():
    assert labels(P.hourly(START, datetime(2024, 1, 1, 2))) == ["2024-01-01T00:00", "2024-01-01T01:00"]


def test_weekly_keys_are_the_first_days_of_weeks():
    assert labels(P.weekly(datetime(2024, 1, 3), datetime(2024, 1, 20))) == ["2024-01-03", "2024-01-10", "2024-01-17"]


def test_monthly_keys_are_months():
    assert labels(P.monthly(START, datetime(2024, 3, 2))) == ["2024-01", "2024-02", "2024-03"]


def test_interval_keys_are_counted_from_the_start():
    definition = P.time_window(datetime(2024, 1, 1, 0, 10), interval_seconds=5400, end=datetime(2024, 1, 1, 4))
    assert labels(definition) == ["2024-01-01T00:10:00", "2024-01-01T01:40:00", "2024-01-01T03:10:00"]


def test_cron_keys_are_the_ticks():
    definition = P.time_window(START, cron_schedule="0 9,17 * * 1-5", end=datetime(2024, 1, 3))
    assert labels(definition) == [
        "2024-01-01T09:00:00",
        "2024-01-01T17:00:00",
        "2024-01-02T09:00:00",
        "2024-01-02T17:00:00",
    ]


def test_a_start_off_the_grid_begins_with_the_next_window():
    assert labels(P.daily(datetime(2024, 1, 1, 12), datetime(2024, 1, 4))) == ["2024-01-02", "2024-01-03"]
    assert labels(P.monthly(datetime(2024, 1, 2), datetime(2024, 4, 1))) == ["2024-02", "2024-03"]


def test_the_windows_are_those_that_start_before_the_end():
    assert labels(P.daily(START, datetime(2024, 1, 2, 12))) == ["2024-01-01", "2024-01-02"]
    assert labels(P.daily(START, datetime(2024, 1, 2))) == ["2024-01-01"]


def test_without_an_end_the_last_window_is_the_one_that_contains_now():
    definition = P.daily(START)
    assert labels(definition, NOON)[-1] == "2024-03-05"
    assert definition.size(NOON) == 31 + 29 + 5
    assert definition.open_ordinal(NOON) == definition.size(NOON) - 1


def test_a_window_begins_with_its_first_moment():
    definition = P.daily(START)
    assert definition.size(datetime(2024, 1, 2)) == 2
    assert definition.size(datetime(2024, 1, 1, 23, 59, 59, 999999)) == 1
    assert definition.size(datetime(2023, 12, 31)) == 0


def test_a_closed_grid_has_an_open_window_only_while_now_is_in_it():
    definition = P.daily(START, datetime(2024, 3, 1))
    assert definition.open_ordinal(NOON) is None
    assert definition.open_ordinal(datetime(2024, 2, 29, 12)) == 59
    assert definition.open_ordinal(datetime(2023, 2, 28)) is None


def test_a_pinned_grid_ends_with_the_window_that_contained_now():
    pinned = P.daily(START).pinned(NOON)
    assert pinned.is_pinned
    assert pinned.size(NOON + timedelta(days=100)) == P.daily(START).size(NOON)
    assert pinned.end == datetime(2024, 3, 6)
    assert pinned.pinned() is pinned
    assert P.daily(START).pinned(datetime(2020, 1, 1)).size() == 0


def test_dates_are_taken_for_their_midnights():
    assert P.daily(date(2024, 1, 1), date(2024, 2, 1)) == P.daily(START, datetime(2024, 2, 1))


def test_a_window_is_the_time_from_its_key_to_the_next():
    assert P.monthly(START).window_at(1) == TimeWindow(datetime(2024, 2, 1), datetime(2024, 3, 1))
    start, end = P.hourly(START).window_at(5)
    assert (start, end) == (datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 6))


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
def test_keys_are_the_same_on_every_host_through_every_clock_change(zone, host_in):
    host_in(zone)
    definition = P.hourly(START, datetime(2025, 1, 1))
    assert len(definition) == 24 * 366
    for hour in ("2024-03-10T02:00", "2024-11-03T01:00", "2024-04-07T01:00"):
        assert definition.label_at(definition.ordinal_of(hour)) == hour


@given(time_definitions(max_days=60))
def test_every_key_leads_back_to_its_ordinal(definition):
    keys = definition.get_partition_keys()
    assert len(keys) == len(definition)
    for ordinal in {0, 1, 2, 3, len(keys) // 2, len(keys) - 1} & set(range(len(keys))):
        assert definition.key_at(ordinal) == keys[ordinal]
        assert str(keys[ordinal]) == definition.label_at(ordinal)
        assert definition.ordinal_of(keys[ordinal]) == definition.ordinal_of(str(keys[ordinal])) == ordinal
        assert definition.validate_partition_key(keys[ordinal])


@given(time_definitions(max_days=60))
def test_keys_sort_as_their_windows_do(definition):
    written = labels(definition)
    assert written == sorted(written)
    assert len(set(written)) == len(written)


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("2024-02-30", "the nearest key is 2024-02-29"),
        ("2024-1-5", "the nearest key is 2024-01-05"),
        ("2024-01-05T12:00", "the nearest keys are 2024-01-05 and 2024-01-06"),
        ("2023-12-31", "the nearest key is 2024-01-01, and the keys go from 2024-01-01 to 2024-02-29"),
        ("2024-03-01", "the nearest key is 2024-02-29, and the keys go from"),
        ("2024-01", "the nearest key is 2024-01-01"),
        ("20240105", "the nearest key is 2024-01-05"),
        ("2024-01-05+01:00", "the nearest keys are 2024-01-05 and 2024-01-06"),
        ("yesterday", "the keys go from 2024-01-01 to 2024-02-29"),
        ("9999-12-31", "the keys go from 2024-01-01 to 2024-02-29"),
    ],
)
def test_a_key_off_the_grid_is_refused_naming_the_nearest(key, nearest):
    with pytest.raises(PartitionValidationError) as refused:
        P.daily(START, datetime(2024, 3, 1)).ordinal_of(key)
    assert str(refused.value).startswith(f"{key!r} is not a partition key; ")
    assert nearest in str(refused.value)


@pytest.mark.parametrize("key", ["15.01.2024", "01/15/2024", "5", "yesterday"])
def test_what_does_not_begin_with_a_year_is_near_no_key(key):
    with pytest.raises(PartitionValidationError) as refused:
        P.daily(START, datetime(2024, 3, 1)).ordinal_of(key)
    assert str(refused.value) == f"{key!r} is not a partition key; the keys go from 2024-01-01 to 2024-02-29."


def test_a_day_within_a_week_is_refused_naming_the_weeks_around_it():
    with pytest.raises(PartitionValidationError, match="the nearest keys are 2024-01-01 and 2024-01-08"):
        P.weekly(START, datetime(2024, 3, 1)).ordinal_of("2024-01-05")


def test_a_grid_of_one_or_no_window_says_so():
    with pytest.raises(PartitionValidationError, match="the only key is 2024-01-01"):
        P.daily(START, datetime(2024, 1, 2)).ordinal_of("2024-01-02")
    with pytest.raises(PartitionValidationError, match="there is none before 2024-01-01"):
        P.daily(START).ordinal_of("2023-01-02", now=datetime(2023, 6, 1))


def test_a_moment_with_a_time_zone_is_refused():
    with pytest.raises(PartitionDefinitionError, match=r"start has a time zone .* leave the time zone out"):
        P.daily(datetime(2024, 1, 1, tzinfo=UTC))
    with pytest.raises(PartitionDefinitionError, match="end has a time zone"):
        P.daily(START, datetime(2024, 2, 1, tzinfo=timezone(timedelta(hours=5))))


def test_a_start_that_is_no_moment_is_refused():
    with pytest.raises(PartitionDefinitionError, match="start must be a date or a datetime, not '2024-01-01'"):
        P.daily("2024-01-01")


def test_an_end_that_is_not_after_the_start_is_refused():
    with pytest.raises(PartitionDefinitionError, match="must come after start"):
        P.daily(START, START)


def test_a_time_window_takes_exactly_one_of_cron_and_interval():
    with pytest.raises(PartitionDefinitionError, match="needs either cron_schedule or interval_seconds"):
        P.time_window(START)
    with pytest.raises(PartitionDefinitionError, match="not both"):
        P.time_window(START, cron_schedule="0 0 * * *", interval_seconds=60)


@pytest.mark.parametrize("seconds", [0, -60, 1e-9, float("nan"), 1e30, "60"])
def test_an_interval_that_is_no_length_is_refused(seconds):
    with pytest.raises(PartitionDefinitionError, match="interval_seconds must be"):
        P.time_window(START, interval_seconds=seconds)


@pytest.mark.parametrize(
    ("make", "fmt"),
    [
        (P.daily, "%Y-%m"),
        (P.daily, "%m-%d"),
        (P.daily, "%d"),
        (P.daily, "day"),
        (P.daily, ""),
        (P.daily, "%Y-%m-%d%"),
        (P.daily, "%Y|%m|%d"),
        (P.daily, "%Y,%j"),
        (P.daily, "%Y-%-m-%-d"),
        (P.daily, "%G-W%V"),
        (P.hourly, "%Y-%m-%d"),
        (P.hourly, "%Y-%m-%d %I"),
        (P.weekly, "%Y-%U"),
        (P.monthly, "%Y"),
        (lambda start, fmt: P.time_window(start, interval_seconds=90, fmt=fmt), "%Y-%m-%dT%H:%M"),
        (lambda start, fmt: P.time_window(start, cron_schedule="*/10 0 * * * *", fmt=fmt), "%Y-%m-%dT%H:%M"),
        (lambda start, fmt: P.daily(start, datetime(2080, 1, 1), fmt), "%y-%m-%d"),
    ],
)
def test_a_format_that_cannot_round_trip_the_grid_is_refused(make, fmt):
    with pytest.raises(PartitionDefinitionError, match=r"^The format "):
        make(START, fmt=fmt)


@pytest.mark.parametrize(
    ("make", "fmt", "second"),
    [
        (P.daily, "%d.%m.%Y", "02.01.2024"),
        (P.daily, "%Y%m%d", "20240102"),
        (P.daily, "%Y/%m/%Y-%m-%d", "2024/01/2024-01-02"),
        (P.daily, "%Y-%j", "2024-002"),
        (P.daily, "%y%m%d", "240102"),
        (P.daily, "100%% %Y-%m-%d", "100% 2024-01-02"),
        (P.hourly, "%Y-%m-%d %H", "2024-01-01 01"),
        (P.weekly, "%G-W%V", "2024-W02"),
        (P.monthly, "%Y-%m-01", "2024-02-01"),
        (P.monthly, "%Y/%m", "2024/02"),
        (lambda start, fmt: P.time_window(start, cron_schedule="0 0 1 1 *", fmt=fmt), "%Y", "2025"),
        (
            lambda start, fmt: P.time_window(start, interval_seconds=0.25, fmt=fmt),
            "%Y-%m-%dT%H:%M:%S.%f",
            "2024-01-01T00:00:00.250000",
        ),
    ],
)
def test_a_format_that_tells_all_windows_apart_is_accepted(make, fmt, second):
    definition = make(START, fmt=fmt)
    assert definition.label_at(1) == second
    later = definition.grid.start_of(100)
    assert all(definition.ordinal_of(definition.label_at(ordinal), later) == ordinal for ordinal in range(100))


@given(st.integers(0, 3_000_000))
def test_a_million_keys_cost_nothing_until_read(ordinal):
    definition = P.time_window(START, interval_seconds=60, end=START + timedelta(minutes=3_000_001))
    assert definition.ordinal_of(definition.label_at(ordinal)) == ordinal
