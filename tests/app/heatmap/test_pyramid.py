"""Blocks of cells tell the truth about their cells, also after changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.heatmap.arrangement import Arrangement, arrange
from rivers_app.heatmap.layouts import NO_CELL
from rivers_app.heatmap.pyramid import TINTS, Level, Pyramid, code_of, codes_of
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState
from tests.app.heatmap.conftest import DAYS, MANY

FAILED = int(PartitionState.FAILED)
blocks = st.tuples(st.sampled_from([1, 2, 4, 8, 16, 64]), st.sampled_from([1, 2, 4, 16, 32, 128]))


@st.composite
def cases(draw):
    sizes = draw(st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5)))
    names = ("a", "b", "c")
    parts = {
        name: PartitionsDefinition.static_([f"v{number}" for number in range(size)])
        for name, size in zip(names, sizes, strict=True)
    }
    definition = PartitionsDefinition.multi(parts)
    arrangement = draw(st.sampled_from([Arrangement("a", "b"), Arrangement("b"), Arrangement("a", "c", {"b": 0})]))
    seed = draw(st.integers(0, 1000))
    states = np.random.default_rng(seed).choice(7, size=definition.size(), p=[0.3, 0.5, 0.02, 0.03, 0.05, 0.05, 0.05])
    return arrange(definition, arrangement), states.astype(np.uint8), seed


def counted(states, layout, size):
    level = Level(states, layout, *size)
    while not level.is_complete:
        level.advance()
    return level


def expected_code(states, layout, rows, columns):
    found = states[layout.ordinals_in(rows, columns)]
    counts = np.bincount(found, minlength=8)
    return codes_of(counts[None, :])[0]


@given(cases(), blocks)
def test_a_block_shows_what_its_cells_hold(case, size):
    layout, states, _ = case
    codes = counted(states, layout, size).codes
    assert codes.shape == (-(-layout.rows // size[0]), -(-layout.columns // size[1]))
    for row in range(0, codes.shape[0], 3):
        for column in range(0, codes.shape[1], 3):
            rows = range(row * size[0], min(layout.rows, (row + 1) * size[0]))
            columns = range(column * size[1], min(layout.columns, (column + 1) * size[1]))
            assert codes[row, column] == expected_code(states, layout, rows, columns)


@given(cases(), blocks)
def test_following_changes_equals_counting_again(case, size):
    layout, states, seed = case
    level = counted(states, layout, size)
    random = np.random.default_rng(seed)
    ordinals = np.unique(random.integers(0, layout.size, 20))
    before = states[ordinals]
    states[ordinals] = random.integers(0, 7, len(ordinals)).astype(np.uint8)
    level.apply(ordinals, before, states[ordinals])
    assert np.array_equal(level.codes, counted(states, layout, size).codes)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_failure_always_shows_and_more_show_more(failed, completed):
    counts = np.zeros((1, 8), dtype=np.int32)
    counts[0, PartitionState.COMPLETED], counts[0, FAILED] = completed, failed
    code = int(codes_of(counts)[0])
    state, tint = code & 7, code >> 3
    assert state == FAILED or 1 <= tint <= TINTS
    if state != FAILED and failed / (failed + completed) <= 0.01:
        assert tint == 1


def test_the_four_tints_follow_the_share_of_failures():
    counts = np.zeros((5, 8), dtype=np.int32)
    counts[:, PartitionState.COMPLETED] = [1000, 999, 950, 800, 600]
    counts[:, FAILED] = [0, 1, 50, 200, 400]
    assert codes_of(counts).tolist() == [code_of(PartitionState.COMPLETED, tint) for tint in range(5)]


def test_where_there_is_no_cell_there_is_no_block():
    layout = arrange(DAYS)
    level = counted(np.ones(DAYS.size(), dtype=np.uint8), layout, (1, 1))
    assert level.codes[1, 30] == NO_CELL
    assert level.codes[0, 30] == PartitionState.COMPLETED


def test_before_it_is_counted_a_level_shows_a_sample():
    layout = arrange(MANY)
    states = np.full(MANY.size(), int(PartitionState.STALE), dtype=np.uint8)
    level = Level(states, layout, 4, 4)
    assert not level.is_complete
    assert set(np.unique(level.codes).tolist()) == {int(PartitionState.STALE)}


def test_a_change_in_rows_not_counted_yet_is_not_counted_twice():
    layout = arrange(MANY)
    states = np.ones(MANY.size(), dtype=np.uint8)
    level = Level(states, layout, 4, 4)
    level.advance()
    assert not level.is_complete
    ordinals = np.array([0, MANY.size() - 1])
    states[ordinals] = FAILED
    level.apply(ordinals, np.ones(2, dtype=np.uint8), states[ordinals])
    while not level.is_complete:
        level.advance()
    assert np.array_equal(level.codes, counted(states, layout, (4, 4)).codes)


def test_few_levels_are_kept_and_many_changes_begin_again():
    layout = arrange(MANY)
    states = np.ones(MANY.size(), dtype=np.uint8)
    pyramid = Pyramid(states, layout)
    first = pyramid.level(2, 2)
    assert pyramid.level(2, 2) is first
    for size in (4, 8, 16):
        pyramid.level(size, size)
    assert pyramid.level(2, 2) is not first
    while not pyramid.is_complete:
        pyramid.advance(0.01)
    ordinals = np.arange(MANY.size(), dtype=np.int64)
    pyramid.apply(ordinals, states.copy(), states)
    assert not pyramid.level(4, 4).is_complete


@pytest.mark.parametrize("state", PartitionState)
def test_codes_of_single_states_are_the_states(state):
    assert code_of(state) == int(state)
