"""Partitions definitions of every kind, as hypothesis strategies."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition

VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="|,", exclude_categories=("C", "Z")), min_size=1, max_size=6
)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="|,=", exclude_categories=("C", "Z")), min_size=1, max_size=6
)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1))
CRON = st.sampled_from(
    [
        "0 0 * * *",
        "30 */6 * * *",
        "15 30 9,17 * * 1-5",
        "0 12 1,15 * *",
        "0 0 13 * 5",
        "0 0 L * *",
        "0 8 * * 1#2",
        "*/20 0 * 2 *",
        "5,35 * * * * 7",
    ]
)


@st.composite
def time_definitions(draw, max_days: int = 200):
    """A time grid with an end, of any cadence, of at least one window of the finer ones."""
    start = draw(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))).replace(microsecond=0)
    end = start + timedelta(days=draw(st.integers(40, max_days)))
    match draw(st.sampled_from(["hourly", "daily", "weekly", "monthly", "interval", "cron"])):
        case "interval":
            seconds = draw(st.integers(1_800, 900_000))
            return PartitionsDefinition.time_window(start, interval_seconds=seconds, end=end)
        case "cron":
            return PartitionsDefinition.time_window(start, cron_schedule=draw(CRON), end=end)
        case cadence:
            return getattr(PartitionsDefinition, cadence)(start, end)


def static_definitions(max_size: int = 6):
    return st.lists(VALUES, min_size=1, max_size=max_size, unique=True).map(PartitionsDefinition.static_)


def lone_definitions():
    return st.one_of(static_definitions(), time_definitions())


def multi_definitions(max_dimensions: int = 3):
    return st.dictionaries(NAMES, lone_definitions(), min_size=1, max_size=max_dimensions).map(
        PartitionsDefinition.multi
    )


def definitions():
    return st.one_of(lone_definitions(), multi_definitions())


def subsets(size: int):
    """Subsets of `size` ordinals, as Python sets."""
    return st.sets(st.integers(0, size - 1)) if size else st.just(set())
