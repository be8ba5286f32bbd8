from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rivers_core.partitions.boxes import boxes_of, ordinals_in_box
from rivers_core.partitions.subset import Subset

ORDINALS = st.sets(st.integers(0, 60))


def is_normal(subset: Subset) -> bool:
    """Sorted, disjoint, non-adjacent, non-empty ranges."""
    flat = [bound for bounds in subset.ranges for bound in bounds]
    return all(left < right for left, right in pairwise(flat))


@given(ORDINALS, ORDINALS)
def test_subsets_follow_the_algebra_of_sets(left, right):
    one, other = Subset.of(left), Subset.of(right)
    for found, expected in ((one | other, left | right), (one & other, left & right), (one - other, left - right)):
        assert set(found) == expected
        assert len(found) == len(expected)
        assert is_normal(found)


@given(ORDINALS)
def test_a_subset_lists_its_members_in_order(ordinals):
    subset = Subset.of(ordinals)
    assert list(subset) == sorted(ordinals)
    assert all((ordinal in subset) == (ordinal in ordinals) for ordinal in range(-1, 62))
    assert bool(subset) == bool(ordinals)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_ranges_in_any_order_become_one_normal_form(ranges):
    subset = Subset.from_ranges(ranges)
    assert set(subset) == {ordinal for start, stop in ranges for ordinal in range(start, stop)}
    assert is_normal(subset)
    assert Subset.from_ranges(subset.as_json()) == subset


def test_nothing_is_a_member_of_a_subset_but_ordinals():
    assert "1" not in Subset.full(3)
    assert Subset.full(0) == Subset()


@given(st.data())
def test_boxes_cover_exactly_the_ordinals_they_came_from(data):
    shape = data.draw(st.lists(st.integers(1, 5), max_size=4))
    size = 1
    for length in shape:
        size *= length
    ordinals = Subset.of(data.draw(st.sets(st.integers(0, size - 1))))
    covered = [ordinals_in_box(box, shape) for box in boxes_of(ordinals, shape)]
    assert sum(len(part) for part in covered) == len(ordinals), "boxes do not overlap"
    union = Subset()
    for part in covered:
        assert is_normal(part)
        union |= part
    assert union == ordinals


def test_a_column_of_a_table_is_one_box():
    column = Subset.of(range(2, 5_000, 10))
    assert list(boxes_of(column, (500, 10))) == [(Subset.full(500), Subset(((2, 3),)))]
