"""The packing of states into values of the database."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.storage.state_columns import CELLS, DTYPES, pack, unpack

UNSIGNED = {name: 2 ** (8 * dtype.itemsize - (dtype.kind == "i")) - 1 for name, dtype in DTYPES.items()}


@st.composite
def columns(draw):
    """A column and chunks of it in which anything the column can hold may stand."""
    name = draw(st.sampled_from(sorted(DTYPES)))
    value = st.one_of(st.just(0), st.integers(0, UNSIGNED[name]))
    few = draw(st.lists(value, min_size=1, max_size=5))
    places = draw(st.lists(st.integers(0, len(few) - 1), min_size=1, max_size=40))
    chunks = np.resize(np.array([few[place] for place in places], dtype=DTYPES[name]), (draw(st.integers(1, 3)), CELLS))
    return name, chunks


@given(columns())
def test_what_was_packed_is_unpacked_as_it_was(column):
    name, chunks = column
    unpacked = unpack(name, pack(name, chunks))
    assert unpacked.dtype == DTYPES[name]
    assert (unpacked == chunks).all()


@pytest.mark.parametrize(("spread", "most"), [(0, 9), (200, 9 + CELLS), (60_000, 9 + 2 * CELLS)])
def test_numbers_near_each_other_take_few_bytes(spread: int, most: int):
    runs = 5_000_000_000 + np.linspace(0, spread, CELLS).astype(np.int64)
    (packed,) = pack("attempt_run", runs.reshape(1, CELLS))
    assert len(packed) == most
