from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError, RiversError
from rivers_core.partitions.keys import PartitionKey
from tests.core.partitions.definition_strategies import NAMES, VALUES


def test_a_single_key_holds_a_list_of_its_values():
    assert PartitionKey.single("2024-01-15").key == ["2024-01-15"]
    assert PartitionKey.single(["us", "eu"]).key == ["us", "eu"]


def test_a_single_key_is_written_as_its_value_and_several_are_joined_with_a_comma():
    assert str(PartitionKey.single("2024-01-15")) == "2024-01-15"
    assert str(PartitionKey.single(["us", "eu"])) == "us,eu"


def test_keys_are_hashable_and_comparable():
    january, february = PartitionKey.single("2024-01"), PartitionKey.single("2024-02")
    assert {january, PartitionKey.single("2024-01")} == {january}
    assert sorted([february, january]) == [january, february]


def test_a_multi_key_holds_values_by_dimension():
    key = PartitionKey.multi({"date": "2024-01-15", "region": ["us", "eu"]})
    assert key.keys == {"date": ["2024-01-15"], "region": ["us", "eu"]}


def test_a_multi_key_is_written_with_its_dimensions():
    assert str(PartitionKey.multi({"date": "2024-01-15", "region": "us"})) == "date=2024-01-15|region=us"


def test_a_multi_key_is_equal_whatever_the_order_of_the_dimensions():
    one = PartitionKey.multi({"date": "2024-01-15", "region": "us"})
    other = PartitionKey.multi({"region": "us", "date": "2024-01-15"})
    assert one == other
    assert hash(one) == hash(other)
    assert str(one) == str(other)


@pytest.mark.parametrize("value", ["a|b", "a,b", "", " a", "a ", "a\nb", "\t"])
def test_a_value_with_a_reserved_character_or_nothing_to_see_is_refused(value):
    with pytest.raises(PartitionValidationError):
        PartitionKey.single(value)
    with pytest.raises(PartitionValidationError):
        PartitionKey.multi({"region": value})


@pytest.mark.parametrize("name", ["a|b", "a,b", "a=b", "", " "])
def test_a_dimension_name_with_a_reserved_character_or_empty_is_refused(name):
    with pytest.raises(PartitionDefinitionError):
        PartitionKey.multi({name: "us"})


def test_a_value_may_hold_an_equals_sign():
    key = PartitionKey.multi({"rule": "a=b"})
    assert PartitionKey.parse(str(key)) == key


def test_duplicate_values_are_refused_by_name():
    with pytest.raises(PartitionValidationError, match="'eu' is given twice"):
        PartitionKey.single(["eu", "us", "eu"])


def test_a_key_without_values_or_dimensions_is_refused():
    with pytest.raises(PartitionValidationError, match="at least one value"):
        PartitionKey.single([])
    with pytest.raises(PartitionValidationError, match="at least one dimension"):
        PartitionKey.multi({})


def test_a_value_that_is_no_text_is_refused_with_its_type():
    with pytest.raises(PartitionValidationError, match="is a int; write it as text"):
        PartitionKey.single([7])  # type: ignore[list-item]


def test_asking_a_key_for_what_it_has_not_says_what_to_read_instead():
    with pytest.raises(RiversError, match=r"read \.keys"):
        _ = PartitionKey.multi({"region": "us"}).key
    with pytest.raises(AttributeError, match=r"read \.key,"):
        _ = PartitionKey.single("us").keys


def test_a_key_shows_how_to_write_it_in_python():
    for key in (
        PartitionKey.single("us"),
        PartitionKey.single(["us", "eu"]),
        PartitionKey.multi({"a": "1", "b": ["2", "3"]}),
    ):
        assert eval(repr(key), {"PartitionKey": PartitionKey}) == key


def test_a_dimension_given_twice_in_a_text_is_refused():
    with pytest.raises(PartitionValidationError, match="'region' is given twice"):
        PartitionKey.parse("region=us|region=eu")


@given(st.lists(VALUES.filter(lambda value: "=" not in value), min_size=1, unique=True))
def test_a_written_single_key_reads_back(values):
    key = PartitionKey.single(values)
    assert PartitionKey.parse(str(key)) == key


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, unique=True), min_size=1))
def test_a_written_multi_key_reads_back(values):
    key = PartitionKey.multi(values)
    assert key.is_multi
    assert PartitionKey.parse(str(key)) == key
