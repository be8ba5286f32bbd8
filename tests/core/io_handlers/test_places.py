"""Paths of outputs: readable, safe for every file system, and readable back."""

import unicodedata
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rivers_core as rs
from rivers_core.io_handlers.places import escaped, key_path, unescaped, written_key
from rivers_core.partitions.keys import fault_in_value

letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" ", exclude_characters="|,")
# Long enough for a name that file systems do not take, by repeating what is quickly drawn.
keys = st.builds(
    lambda text, times, end: text * times + end,
    st.text(letters, max_size=12),
    st.integers(1, 25),
    st.text(letters, max_size=4),
).filter(lambda text: fault_in_value(text) is None)
DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 11))


@given(keys)
@example("a" * 201)
@example("%41")
@example("_" * 400)
@example("é" * 150)
@example("100%-/x")
@example("con.txt")
@example("..")
def test_every_key_comes_back_from_its_path(key):
    assert unescaped(escaped(key)) == key


@given(keys, keys)
def test_different_keys_have_different_paths(one, other):
    assert (escaped(one) == escaped(other)) == (one == other)


@given(keys)
@example("nul")
@example("a" * 1000)
def test_every_name_of_a_path_is_one_that_file_systems_take(key):
    for name in escaped(key).split("/"):
        assert 0 < len(name.encode()) <= 220
        assert name[0] not in "._ "
        assert name[-1] not in ". "
        assert not set(name) & set('<>:"\\|?*\0')
        assert unicodedata.is_normalized("NFC", name)


@given(st.lists(keys, min_size=1, max_size=5, unique=True), st.lists(keys, min_size=1, max_size=3, unique=True))
def test_every_partition_of_a_product_comes_back_from_its_path(ports, ships):
    definition = rs.PartitionsDefinition.multi(
        {
            "port": rs.PartitionsDefinition.static_(ports),
            "date": DAYS,
            "ship": rs.PartitionsDefinition.static_(ships),
        }
    )
    for ordinal in range(0, definition.size(), 7):
        written = written_key(definition, key_path(definition, ordinal))
        assert definition.ordinal_of(written) == ordinal


@given(keys)
def test_a_single_key_comes_back_from_its_path(key):
    definition = rs.PartitionsDefinition.static_([key])

    assert definition.ordinal_of(written_key(definition, key_path(definition, 0))) == 0


def test_plain_keys_are_readable():
    origins = rs.PartitionsDefinition.static_(["JFK", "La Guardia"])
    definition = rs.PartitionsDefinition.multi({"date": DAYS, "origin": origins})

    assert key_path(definition, 0) == "date=2024-03-01/origin=JFK"
    assert key_path(definition, 3) == "date=2024-03-02/origin=La Guardia"
    assert key_path(DAYS, 4) == "2024-03-05"
    assert escaped("Åland 2") == "Åland 2"


@pytest.mark.parametrize(
    ("key", "name"),
    [("06:00", "06%3A00"), ("a/b", "a%2Fb"), ("_batches", "%5Fbatches"), (".hidden", "%2Ehidden"), ("CON", "%43ON")],
)
def test_what_a_file_system_takes_for_something_else_is_escaped(key, name):
    assert escaped(key) == name


def test_paths_of_other_things_are_no_keys():
    definition = rs.PartitionsDefinition.multi({"date": DAYS, "port": rs.PartitionsDefinition.static_(["a"])})

    assert written_key(definition, "2024-03-01/port=a") is None
    assert written_key(definition, "date=2024-03-01/port=a/more") is None
    assert written_key(definition, "date=2024-03-01") is None
