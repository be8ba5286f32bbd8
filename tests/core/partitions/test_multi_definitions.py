from __future__ import annotations

from datetime import datetime
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from tests.core.partitions.definition_strategies import multi_definitions

P = PartitionsDefinition
DAYS = P.daily(datetime(2024, 1, 1), datetime(2024, 1, 4))
SHOPS = P.static_(["oslo", "bergen"])
SALES = P.multi({"shop": SHOPS, "day": DAYS})


def test_a_multi_definition_is_the_product_in_the_given_order():
    assert [str(key) for key in SALES.get_partition_keys()] == [
        "day=2024-01-01|shop=oslo",
        "day=2024-01-02|shop=oslo",
        "day=2024-01-03|shop=oslo",
        "day=2024-01-01|shop=bergen",
        "day=2024-01-02|shop=bergen",
        "day=2024-01-03|shop=bergen",
    ]
    assert SALES.shape() == (2, 3)
    assert [name for name, _ in SALES.dimensions] == ["shop", "day"]


def test_any_number_of_dimensions_is_possible():
    cube = P.multi({name: P.static_(["a", "b"]) for name in "abcdefgh"})
    assert len(cube) == 2**8
    assert cube.ordinal_of(cube.key_at(200)) == 200


@given(multi_definitions(), st.data())
def test_positions_and_ordinals_are_each_others_inverse(definition, data):
    size = definition.size()
    assert size == prod(definition.shape())
    if not size:
        return
    ordinal = data.draw(st.integers(0, size - 1))
    indices = definition.unravel(ordinal)
    assert definition.ravel(indices) == ordinal
    assert all(0 <= index < length for index, length in zip(indices, definition.shape(), strict=True))
    assert definition.ordinal_of(definition.key_at(ordinal)) == ordinal
    assert definition.ordinal_of(definition.label_at(ordinal)) == ordinal
    assert str(definition.key_at(ordinal)) == definition.label_at(ordinal)


def test_ordinals_are_row_major():
    positions = [SALES.unravel(ordinal) for ordinal in range(len(SALES))]
    assert positions == list(product(range(2), range(3)))


def test_the_dimensions_of_a_key_may_come_in_any_order():
    assert SALES.ordinal_of("shop=bergen|day=2024-01-02") == SALES.ordinal_of("day=2024-01-02|shop=bergen") == 4


def test_a_key_of_several_values_stands_for_their_product():
    key = PartitionKey.multi({"shop": ["oslo", "bergen"], "day": ["2024-01-01", "2024-01-03"]})
    assert list(SALES.ordinals_of(key)) == [0, 2, 3, 5]


def test_a_value_that_does_not_exist_is_refused_naming_its_dimension():
    with pytest.raises(PartitionValidationError, match=r"Dimension 'shop': 'olso' .* nearest key is oslo"):
        SALES.ordinal_of("shop=olso|day=2024-01-01")


@pytest.mark.parametrize("key", ["shop=oslo", "shop=oslo|day=2024-01-01|till=1", "shop=oslo|date=2024-01-01"])
def test_a_key_of_other_dimensions_is_refused_listing_the_real_ones(key):
    with pytest.raises(PartitionValidationError, match="does not name the dimensions of these partitions: shop, day"):
        SALES.ordinal_of(key)


def test_a_key_without_dimensions_is_refused():
    with pytest.raises(PartitionValidationError, match="should be written dimension=key"):
        SALES.ordinal_of("oslo")
    assert not SALES.validate_partition_key(PartitionKey.single("oslo"))


@pytest.mark.parametrize(
    ("dimensions", "fault"),
    [
        ({}, "needs at least one"),
        ({"sales": SALES}, "has dimensions itself"),
        ({"shop": ["oslo"]}, "is no partitions definition"),
        ({"a=b": SHOPS}, "holds '='"),
        ({"a|b": SHOPS}, r"holds '\|'"),
        ({"": SHOPS}, "needs a name"),
        ([SHOPS], "takes a mapping"),
    ],
)
def test_dimensions_that_cannot_be_are_refused(dimensions, fault):
    with pytest.raises(PartitionDefinitionError, match=fault):
        P.multi(dimensions)


def test_the_window_of_a_partition_is_that_of_its_time_dimension():
    assert SALES.window_at(4) == DAYS.window_at(1)
    assert P.multi({"shop": SHOPS}).window_at(0) is None


def test_a_product_is_pinned_dimension_by_dimension():
    definition = P.multi({"customer": P.dynamic("customers"), "day": P.daily(datetime(2024, 1, 1))})
    pinned = definition.pinned(datetime(2024, 1, 10, 5), {"customers": ["ada", "bob", "cy"]})
    assert pinned.shape() == (3, 10)
    assert pinned.is_pinned
    assert not definition.is_pinned
    with pytest.raises(PartitionDefinitionError, match="live in the storage"):
        definition.size()


def test_an_open_leading_dimension_needs_no_clock_to_number_what_is_there():
    growing = P.multi({"day": P.daily(datetime(2024, 1, 1)), "shop": SHOPS})
    assert growing.label_at(5) == "day=2024-01-03|shop=bergen"
    assert growing.unravel(5) == (2, 1)


def test_there_is_no_partition_before_the_first():
    with pytest.raises(IndexError):
        SALES.label_at(-1)
    nobody = P.multi({"day": DAYS, "client": P.dynamic("c").pinned(dynamic_keys={"c": []})})
    assert len(nobody) == 0
    with pytest.raises(IndexError):
        nobody.label_at(0)
