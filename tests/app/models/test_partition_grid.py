"""The grid's model: one byte a partition, counts that stay true, and a word about each change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.models.partition_grid import PartitionGridModel
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState

KEYS = PartitionsDefinition.static_([f"k{number}" for number in range(30)])
changes = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 6)), min_size=1, max_size=60)


def grid_of(states):
    model = PartitionGridModel()
    model.set_definition(KEYS, np.array(states, dtype=np.uint8))
    return model


@given(st.lists(changes, max_size=5))
def test_counts_stay_true_whatever_changes(batches):
    model = grid_of([0] * 30)
    expected = [0] * 30
    for batch in batches:
        ordinals, states = zip(*batch, strict=True)
        model.apply(np.array(ordinals), np.array(states, dtype=np.uint8))
        for ordinal, state in batch:
            expected[ordinal] = state
    assert model.states.tolist() == expected
    assert model.counts() == {state: expected.count(int(state)) for state in PartitionState}


def test_a_change_names_each_moved_partition_once(qtbot):
    model = grid_of([0] * 30)
    with qtbot.waitSignal(model.cells_changed) as told:
        model.apply(np.array([7, 3, 7, 9]), np.array([2, 1, 3, 0], dtype=np.uint8))
    change = told.args[0]
    assert change.ordinals.tolist() == [3, 7]
    assert change.before.tolist() == [0, 0]
    assert change.after.tolist() == [1, 3]
    assert model.state_at(7) is PartitionState.FAILED


def test_what_does_not_change_is_not_told(qtbot):
    model = grid_of([1] * 30)
    with qtbot.assertNotEmitted(model.cells_changed):
        model.apply(np.array([1, 2]), np.array([1, 1], dtype=np.uint8))


def test_states_must_be_as_many_as_partitions():
    model = grid_of([0] * 30)
    with pytest.raises(ValueError, match="29 states for 30 partitions"):
        model.set_states(np.zeros(29, dtype=np.uint8))
    with pytest.raises(ValueError, match="31 states for 30 partitions"):
        model.set_definition(KEYS, np.zeros(31, dtype=np.uint8))


def test_new_states_replace_all(qtbot):
    model = grid_of([0] * 30)
    with qtbot.waitSignals([model.replaced, model.counts_changed]):
        model.set_states(np.full(30, 4, dtype=np.uint8))
    assert model.count(PartitionState.CANCELED) == 30


def test_the_states_belong_to_the_model():
    given_states = np.zeros(30, dtype=np.uint8)
    model = grid_of(given_states)
    given_states[:] = 3
    assert model.count(PartitionState.FAILED) == 0
    with pytest.raises(ValueError, match="read-only"):
        model.states[0] = 3
