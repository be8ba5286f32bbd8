"""Numbers, times and paces in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.wording import Pace, ago, count, duration, pace, plural, roughly, time_left, when


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0004, "<1 ms"),
        (0.0023, "2 ms"),
        (0.45, "0.45 s"),
        (1.24, "1.2 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 10_000_000))
def test_a_duration_is_never_empty_nor_negative(seconds: float) -> None:
    assert duration(seconds)
    assert "-" not in duration(seconds)


@pytest.mark.parametrize(
    ("passed", "text"),
    [(3, "just now"), (42, "42 s ago"), (130, "2 min ago"), (10_900, "3 h ago"), (5 * 86400, "5 d ago")],
)
def test_an_age_is_told_in_its_largest_unit(passed: float, text: str) -> None:
    assert ago(1_000_000.0, 1_000_000.0 + passed) == text


def test_an_old_moment_is_told_by_its_date() -> None:
    assert ago(0.0, 1_700_000_000.0)[:4] in ("1969", "1970")
    assert ago(None, 5.0) == when(None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (4, "a few seconds left"),
        (22, "about 20 seconds left"),
        (170, "about 3 minutes left"),
        (7000, "about 2 hours left"),
        (200_000, "about 2 days left"),
        (None, ""),
    ],
)
def test_an_estimate_is_rounded(seconds: float | None, text: str) -> None:
    assert time_left(seconds) == text


def test_one_is_singular_and_thousands_are_parted() -> None:
    assert plural(1, "partition") == "1 partition"
    assert plural(1095, "partition") == "1,095 partitions"
    assert plural(2, "backfill is", "backfills are") == "2 backfills are"
    assert count(26_280) == "26,280"
    assert roughly(61) == "1 minute"


def test_a_steady_pace_is_found_and_estimates_the_rest() -> None:
    pace = Pace()
    for second in range(60):
        pace.observe(10 * second, float(second))
    assert pace.rate == pytest.approx(10)
    assert pace.seconds_left(50) == pytest.approx(5)


def test_a_pace_follows_a_change_within_a_minute() -> None:
    pace = Pace()
    for second in range(60):
        pace.observe(10 * second, float(second))
    for second in range(60, 160):
        pace.observe(600 + (second - 60), float(second))
    assert pace.rate == pytest.approx(1, rel=0.5)


def test_waiting_does_not_slow_a_pace() -> None:
    pace = Pace()
    for second in range(10):
        pace.observe(10 * second, float(second))
    pace.pause()
    pace.observe(90, 10_000.0)
    pace.observe(100, 10_001.0)
    assert pace.rate == pytest.approx(10)


def test_a_pace_that_is_not_known_yet_estimates_nothing() -> None:
    pace = Pace()
    pace.observe(0, 0.0)
    assert pace.seconds_left(10) is None


@pytest.mark.parametrize(
    ("per_second", "text"),
    [
        (None, ""),
        (0.0, ""),
        (18_400.0, "18,400/s"),
        (9.96, "10/s"),
        (3.21, "3.2/s"),
        (0.75, "45/min"),
        (0.002, "7.2/h"),
        (0.0001, "0.4/h"),
    ],
)
def test_a_pace_is_told_in_the_unit_that_suits(per_second, text):
    assert pace(per_second) == text


def test_a_pace_names_what_it_counts():
    assert pace(0.75, "partitions") == "45 partitions a minute"
