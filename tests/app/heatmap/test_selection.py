"""The selection is a set: its operations obey the algebra of sets, and it tells each change once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.heatmap.selection import NO_CURRENT, PartitionSelection
from rivers_core.partitions.subset import Subset

SIZE = 40
sets = st.sets(st.integers(0, SIZE - 1))


def array(ordinals):
    return np.array(sorted(ordinals), dtype=np.int64)


def selected(selection):
    return set(selection.ordinals().tolist())


def with_selected(ordinals):
    selection = PartitionSelection(SIZE)
    selection.replace(array(ordinals))
    return selection


@given(sets, sets)
def test_adding_is_union_and_removing_is_difference(first, second):
    selection = with_selected(first)
    selection.add(array(second))
    assert selected(selection) == first | second
    selection.remove(array(first))
    assert selected(selection) == second - first
    assert selection.count == len(second - first)


@given(sets)
def test_inverting_twice_changes_nothing(ordinals):
    selection = with_selected(ordinals)
    selection.invert()
    assert selected(selection) == set(range(SIZE)) - ordinals
    selection.invert()
    assert selected(selection) == ordinals


@given(sets, sets)
def test_toggling_adds_unless_all_were_selected(first, second):
    selection = with_selected(first)
    selection.toggle(array(second))
    assert selected(selection) == (first - second if second and second <= first else first | second)


@given(sets)
def test_a_subset_and_back_is_the_same_selection(ordinals):
    selection = with_selected(ordinals)
    assert selection.subset() == Subset.of(ordinals)
    other = PartitionSelection(SIZE)
    other.replace_subset(selection.subset())
    assert selected(other) == ordinals


@given(sets)
def test_membership_and_mask_agree(ordinals):
    selection = with_selected(ordinals)
    assert {ordinal for ordinal in range(-2, SIZE + 2) if ordinal in selection} == ordinals
    assert set(np.flatnonzero(selection.mask).tolist()) == ordinals


def test_all_nothing_and_a_mask(qtbot):
    selection = PartitionSelection(SIZE)
    selection.select_all()
    assert selection.count == SIZE
    selection.replace_mask(np.arange(SIZE) % 2 == 0)
    assert selection.count == SIZE // 2
    selection.clear()
    assert selection.count == 0
    assert not selection.subset()


def test_only_a_real_change_is_told(qtbot):
    selection = with_selected({3, 4})
    told = []
    selection.changed.connect(lambda: told.append(selection.version))
    selection.add(array({3}))
    selection.replace(array({3, 4}))
    assert told == []
    selection.remove(array({4}))
    assert told == [selection.version]


def test_resizing_begins_again(qtbot):
    selection = with_selected({3})
    selection.set_current(3)
    with qtbot.waitSignals([selection.changed, selection.current_changed]):
        selection.resize(5)
    assert (selection.size, selection.count, selection.current) == (5, 0, NO_CURRENT)
