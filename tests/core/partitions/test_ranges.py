from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.ranges import PartitionKeyRange
from tests.core.partitions.definition_strategies import lone_definitions, multi_definitions

P, R = PartitionsDefinition, PartitionKeyRange
DAYS = P.daily(datetime(2024, 1, 1), datetime(2024, 2, 1))
SHOPS = P.static_(["oslo", "bergen", "bodo"])
SALES = P.multi({"shop": SHOPS, "day": DAYS})


def test_a_single_range_is_inclusive():
    assert R.single("2024-01-03", "2024-01-05").select(DAYS) == (range(2, 5),)
    assert R.single("2024-01-03", "2024-01-03").select(DAYS) == (range(2, 3),)


def test_a_range_of_a_static_definition_goes_by_position():
    assert R.single("oslo", "bergen").select(SHOPS) == (range(2),)


def test_a_multi_range_takes_spans_and_lists():
    chosen = R.multi({"day": ("2024-01-03", "2024-01-05"), "shop": ["bodo", "oslo"]})
    assert chosen.select(SALES) == ([0, 2], range(2, 5))


def test_an_omitted_dimension_means_all_of_it():
    assert R.multi({"shop": ["bergen"]}).select(SALES) == (range(1, 2), range(31))
    assert R.multi({}).select(SALES) == (range(3), range(31))


def test_listed_keys_count_once_and_become_a_range_where_nothing_is_left_out():
    assert R.multi({"shop": ["bodo", "bergen", "bodo"]}).select(SALES)[0] == range(1, 3)


def test_an_open_grid_is_selected_as_of_now():
    now = datetime(2024, 1, 10, 12)
    growing = P.multi({"day": P.daily(datetime(2024, 1, 1)), "shop": SHOPS})
    assert R.multi({}).select(growing, now) == (range(10), range(3))
    with pytest.raises(PartitionValidationError, match="the nearest key is 2024-01-10"):
        R.single("2024-01-05", "2024-01-11").select(P.daily(datetime(2024, 1, 1)), now)


@pytest.mark.parametrize("ends", [("2024-01-03", "2024-02-03"), ("2023-12-31", "2024-01-03")])
def test_an_endpoint_that_does_not_exist_is_refused_naming_the_nearest(ends):
    with pytest.raises(PartitionValidationError, match=r"the nearest key is 2024-01-\d\d, and the keys go from"):
        R.single(*ends).select(DAYS)


def test_an_endpoint_off_the_grid_is_refused_naming_the_keys_around_it():
    weeks = P.weekly(datetime(2024, 1, 1), datetime(2024, 3, 1))
    with pytest.raises(PartitionValidationError, match="the nearest keys are 2024-01-08 and 2024-01-15"):
        R.single("2024-01-10", "2024-01-22").select(weeks)


def test_an_inverted_range_is_refused_saying_which_way_round():
    with pytest.raises(PartitionValidationError, match=r"runs backwards.* write it from '2024-01-03' to '2024-01-05'"):
        R.single("2024-01-05", "2024-01-03").select(DAYS)
    with pytest.raises(PartitionValidationError, match=r"Dimension 'shop': .* write it from 'oslo' to 'bodo'"):
        R.multi({"shop": ("bodo", "oslo")}).select(SALES)


def test_an_unknown_dimension_is_refused_listing_the_real_ones():
    with pytest.raises(PartitionValidationError, match="no dimension 'store'; these partitions have shop, day"):
        R.multi({"store": ["oslo"]}).select(SALES)


def test_a_range_of_the_wrong_kind_is_refused_naming_the_right_one():
    with pytest.raises(PartitionValidationError, match=r"have shop, day; use PartitionKeyRange\.multi"):
        R.single("oslo", "bodo").select(SALES)
    for dimensions in ({"shop": ["oslo"]}, {}):
        with pytest.raises(PartitionValidationError, match=r"use PartitionKeyRange\.single"):
            R.multi(dimensions).select(SHOPS)


@pytest.mark.parametrize(
    ("given_keys", "fault"),
    [
        ([], "lists no keys; leave it out to take all of it"),
        ("oslo", r"write \['oslo'\] for a single key"),
        (("oslo",), "needs two keys, from and to"),
        (("oslo", "bergen", "bodo"), "needs two keys, from and to"),
        (("oslo", ""), "needs two keys, from and to"),
        ([1], "lists 1, which is no text"),
    ],
)
def test_a_choice_of_keys_that_cannot_be_is_refused(given_keys, fault):
    with pytest.raises(PartitionValidationError, match=fault):
        R.multi({"shop": given_keys})


@given(lone_definitions(), st.data())
def test_a_range_selects_what_lies_between_its_ends(definition, data):
    size = len(definition)
    if not size:
        return
    first, last = sorted((data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))))
    chosen = R.single(definition.label_at(first), definition.label_at(last))
    assert chosen.select(definition) == (range(first, last + 1),)
    assert R.from_spec(json.loads(json.dumps(chosen.to_spec()))) == chosen
    assert eval(repr(chosen), {"PartitionKeyRange": R}) == chosen


@given(multi_definitions(), st.data())
def test_a_multi_range_selects_in_every_dimension(definition, data):
    asked, expected = {}, []
    for name, part in definition.dimensions:
        size = len(part)
        if not size:
            return
        wanted = data.draw(st.one_of(st.none(), st.sets(st.integers(0, size - 1), min_size=1, max_size=20)))
        if wanted is not None:
            asked[name] = [part.label_at(index) for index in wanted]
        expected.append(list(range(size)) if wanted is None else sorted(wanted))
    chosen = R.multi(asked)
    assert [list(indices) for indices in chosen.select(definition)] == expected
    assert R.from_spec(json.loads(json.dumps(chosen.to_spec()))) == chosen
    assert eval(repr(chosen), {"PartitionKeyRange": R}) == chosen
