from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.ranges import format_subset, parse_range_text
from rivers_core.partitions.subset import Subset
from tests.core.partitions.definition_strategies import lone_definitions, subsets

P = PartitionsDefinition
DAYS = P.daily(datetime(2024, 1, 1), datetime(2024, 4, 1))


@given(lone_definitions(), st.data())
def test_a_written_subset_reads_back(definition, data):
    subset = Subset.of(data.draw(subsets(len(definition))))
    if subset:
        assert parse_range_text(format_subset(subset, definition), definition) == subset


@given(st.lists(st.text("ab.'", min_size=1, max_size=4), min_size=1, max_size=8, unique=True), st.data())
def test_keys_full_of_dots_and_quotes_read_back(keys, data):
    definition = P.static_(keys)
    subset = Subset.of(data.draw(subsets(len(keys))))
    if subset:
        assert parse_range_text(format_subset(subset, definition), definition) == subset


def test_ranges_and_keys_are_written_as_short_as_can_be():
    subset = Subset.of([*range(31), 40, 50, 51])
    assert format_subset(subset, DAYS) == "2024-01-01..2024-01-31, 2024-02-10, 2024-02-20, 2024-02-21"
    assert format_subset(Subset(), DAYS) == ""


def test_a_list_pasted_from_a_table_is_read():
    pasted = "2024-01-03\r\n2024-01-01\t2024-01-02\n\n 2024-01-10 , \"2024-01-12\" .. '2024-01-14',\n"
    assert list(parse_range_text(pasted, DAYS)) == [0, 1, 2, 9, 11, 12, 13]


def test_parts_may_overlap():
    assert parse_range_text("2024-01-01..2024-01-05, 2024-01-03..2024-01-08", DAYS) == Subset(((0, 8),))


def test_a_key_that_looks_like_a_range_comes_first():
    definition = P.static_(["a", "a..c", "b", "c"])
    assert list(parse_range_text("a..c", definition)) == [1]
    assert format_subset(Subset.full(4), definition) == "a, a..c, b, c"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2024-01-01..2024-02-31", "'2024-02-31' is not a partition key; the nearest key is 2024-02-29"),
        ("2024-01-01, 2024-01-99", "'2024-01-99' is not a partition key"),
        ("2024-01-05..2024-01-01", "runs backwards"),
        ("2024-01-01..", "lacks a key on one side of '..'"),
        ("..2024-01-01", "lacks a key on one side of '..'"),
        ("2024-01-01...2024-01-03", "'.2024-01-03' is not a partition key"),
        ("2024-01-01-2024-01-03", "'2024-01-01-2024-01-03' is not a partition key"),
        ("", "Write partition keys, or a range such as first..last"),
        (" ,\n, ", "Write partition keys"),
    ],
)
def test_a_text_that_names_no_partitions_is_refused_with_the_part_at_fault(text, fault):
    with pytest.raises(PartitionValidationError) as refused:
        parse_range_text(text, DAYS)
    assert fault in str(refused.value)


def test_an_open_grid_is_read_as_of_now():
    growing = P.daily(datetime(2024, 1, 1))
    now = datetime(2024, 1, 10, 12)
    assert parse_range_text("2024-01-09..2024-01-10", growing, now) == Subset(((8, 10),))
    with pytest.raises(PartitionValidationError, match="'2024-01-11' is not a partition key"):
        parse_range_text("2024-01-09..2024-01-11", growing, now)


def test_a_definition_with_dimensions_is_written_dimension_by_dimension():
    sales = P.multi({"shop": P.static_(["oslo"]), "day": DAYS})
    for question in (lambda: parse_range_text("oslo", sales), lambda: format_subset(Subset.full(1), sales)):
        with pytest.raises(PartitionValidationError, match="for each dimension alone: shop, day"):
            question()
