"""The partitions of a call: lazy keys and the time they cover."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rivers_core as rs
from rivers_core.exceptions import ExecutionError, PartitionValidationError
from rivers_core.partitions.subset import Subset

START = datetime(2024, 3, 1)
DAYS = rs.PartitionsDefinition.daily(start=START, end=START + timedelta(days=10))
GRID = rs.PartitionsDefinition.multi({"port": rs.PartitionsDefinition.static_(["Hull", "Kiel", "Oslo"]), "date": DAYS})
DATES_FIRST = rs.PartitionsDefinition.multi({"date": DAYS, "port": rs.PartitionsDefinition.static_(["Hull", "Kiel"])})
DEFINITIONS = [DAYS, GRID, DATES_FIRST]

subsets = st.sets(st.integers(0, 9), min_size=1).map(Subset.of)


@given(st.sampled_from(DEFINITIONS), subsets)
def test_keys_are_those_of_the_ordinals_in_order(definition, subset):
    keys = rs.PartitionContext(subset, definition).keys

    expected = [definition.key_at(ordinal) for ordinal in subset]
    assert len(keys) == len(expected)
    assert list(keys) == expected
    assert [keys[at] for at in range(len(keys))] == expected
    assert keys[-1] == expected[-1]
    assert keys[1:] == expected[1:]
    assert keys == expected
    assert all(key in keys for key in expected)


@given(st.sampled_from(DEFINITIONS), st.sets(st.integers(0, 19), min_size=1).map(Subset.of))
def test_the_time_of_a_call_spans_all_of_its_windows(definition, subset):
    subset = subset & Subset.full(definition.size())
    if not subset:
        return
    windows = [definition.window_at(ordinal) for ordinal in subset]

    assert rs.PartitionContext(subset, definition).time_window() == (
        min(window.start for window in windows),
        max(window.end for window in windows),
    )


def test_a_million_keys_cost_nothing_until_they_are_read():
    hours = rs.PartitionsDefinition.hourly(start=datetime(1900, 1, 1), end=datetime(2020, 1, 1))
    keys = rs.PartitionContext(Subset.full(hours.size()), hours).keys

    assert len(keys) == 1_051_896
    assert keys[1_000_000] == rs.PartitionKey.single("2014-01-29T16:00")
    assert str(keys[-1]) == "2019-12-31T23:00"


def test_there_is_no_time_where_no_dimension_is_time():
    ports = rs.PartitionsDefinition.static_(["Hull", "Kiel"])

    assert rs.PartitionContext(["Hull", "Kiel"], ports).time_window() is None


def test_keys_may_be_given_by_hand():
    made = rs.PartitionContext([rs.PartitionKey.single("2024-03-04"), "2024-03-02"], DAYS)

    assert [str(key) for key in made.keys] == ["2024-03-02", "2024-03-04"]
    assert (made.label, str(made.key)) == ("2024-03-02", "2024-03-02")


def test_a_key_that_stands_for_several_counts_as_all_of_them():
    made = rs.PartitionContext([rs.PartitionKey.multi({"port": ["Hull", "Oslo"], "date": "2024-03-01"})], GRID)

    assert [key.keys["port"] for key in made.keys] == [["Hull"], ["Oslo"]]
    assert rs.PartitionKey.multi({"port": ["Hull", "Oslo"], "date": "2024-03-01"}) in made.keys
    assert rs.PartitionKey.multi({"port": ["Hull", "Kiel"], "date": "2024-03-01"}) not in made.keys


def test_keys_that_are_no_members_are_refused():
    with pytest.raises(PartitionValidationError):
        rs.PartitionContext(["2025-01-01"], DAYS)
    with pytest.raises(ExecutionError, match="at least one"):
        rs.PartitionContext([], DAYS)


def test_a_position_outside_is_an_index_error():
    keys = rs.PartitionContext(["2024-03-01"], DAYS).keys

    with pytest.raises(IndexError, match="no partition key at 1: this run has 1"):
        keys[1]
    assert keys != 3
    assert 3 not in keys


def test_keys_show_how_many_they_are():
    assert repr(rs.PartitionContext(Subset.full(5), DAYS).keys) == (
        "<5 partition keys: 2024-03-01, 2024-03-02, 2024-03-03, …>"
    )
