from __future__ import annotations

import pytest

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey

REGIONS = PartitionsDefinition.static_(["west", "east", "north"])


def test_a_static_definition_keeps_the_order_it_was_given():
    assert [str(key) for key in REGIONS.get_partition_keys()] == ["west", "east", "north"]
    assert REGIONS.ordinal_of("north") == 2
    assert REGIONS.label_at(1) == "east"
    assert len(REGIONS) == 3


def test_a_key_is_valid_only_if_it_is_listed():
    assert REGIONS.validate_partition_key(PartitionKey.single("east"))
    assert not REGIONS.validate_partition_key(PartitionKey.single("south"))
    assert not REGIONS.validate_partition_key(PartitionKey.multi({"region": "east"}))


def test_a_key_of_several_values_is_valid_if_each_is():
    assert REGIONS.validate_partition_key(PartitionKey.single(["east", "west"]))
    assert not REGIONS.validate_partition_key(PartitionKey.single(["east", "south"]))


def test_a_key_of_several_values_stands_for_several_partitions():
    key = PartitionKey.single(["east", "west"])
    assert list(REGIONS.ordinals_of(key)) == [0, 1]
    with pytest.raises(PartitionValidationError, match="stands for several partitions; name one"):
        REGIONS.ordinal_of(key)


def test_an_unknown_key_is_refused_naming_the_nearest():
    with pytest.raises(PartitionValidationError, match="'wets' is not a partition key; the nearest keys are west"):
        REGIONS.ordinal_of("wets")


def test_an_unknown_key_that_is_near_nothing_is_answered_with_what_there_is():
    with pytest.raises(PartitionValidationError, match="the keys are west, east, north"):
        REGIONS.ordinal_of("0")
    many = PartitionsDefinition.static_([f"shop-{at:05}" for at in range(10_000)])
    with pytest.raises(PartitionValidationError, match="the 10,000 keys begin with shop-00000, shop-00001"):
        many.ordinal_of("?")


def test_a_key_with_dimensions_is_refused_where_there_are_none():
    with pytest.raises(PartitionValidationError, match="these partitions have none; write the key alone"):
        REGIONS.ordinal_of(PartitionKey.multi({"region": "east"}))


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ([], "at least one key"),
        (["east", "east"], "lists the key 'east' twice"),
        (["a|b"], "which separates the parts"),
        (["a,b"], "which separates the parts"),
        ([""], "is empty"),
        (["a "], "begins or ends with a space"),
        ([7], "write it as text"),
        ("east", "takes a list of keys, not the text 'east'"),
    ],
)
def test_a_static_definition_refuses_keys_that_cannot_be(keys, fault):
    with pytest.raises(PartitionDefinitionError, match=fault):
        PartitionsDefinition.static_(keys)


def test_a_list_has_no_partition_beyond_its_ends():
    for ordinal in (-1, 3):
        with pytest.raises(IndexError):
            REGIONS.label_at(ordinal)


def test_the_keys_of_a_dynamic_definition_live_in_storage():
    customers = PartitionsDefinition.dynamic("customers")
    assert not customers.is_pinned
    for question in (
        customers.size,
        customers.get_partition_keys,
        lambda: customers.key_at(0),
        lambda: customers.ordinal_of("ada"),
        lambda: customers.validate_partition_key("ada"),
    ):
        with pytest.raises(PartitionDefinitionError, match="'customers' live in the storage"):
            question()


def test_a_pinned_dynamic_definition_has_the_keys_it_was_given():
    customers = PartitionsDefinition.dynamic("customers").pinned(dynamic_keys={"customers": ["ada", "bob"]})
    assert customers.ordinal_of("bob") == 1
    assert customers.pinned(dynamic_keys={"customers": []}) == customers, "pinned once, pinned for good"
    empty = PartitionsDefinition.dynamic("customers").pinned(dynamic_keys={"customers": []})
    assert len(empty) == 0
    with pytest.raises(PartitionValidationError, match="there are no keys yet"):
        empty.ordinal_of("ada")


def test_a_dynamic_definition_cannot_be_pinned_without_its_keys():
    with pytest.raises(PartitionDefinitionError, match="'customers' live in the storage and were not given"):
        PartitionsDefinition.dynamic("customers").pinned(dynamic_keys={"suppliers": []})
    with pytest.raises(PartitionDefinitionError, match="lists the key 'ada' twice"):
        PartitionsDefinition.dynamic("customers").pinned(dynamic_keys={"customers": ["ada", "ada"]})


def test_a_dynamic_definition_needs_a_name():
    with pytest.raises(PartitionDefinitionError, match="needs a name"):
        PartitionsDefinition.dynamic("")
