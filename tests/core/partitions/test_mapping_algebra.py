from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping, default_mapping
from rivers_core.partitions.subset import Subset
from rivers_core.planning.grid_arrays import microseconds, ordinals_containing, ordinals_from, starts_of
from rivers_core.planning.mapping_arrays import constant_upstream, downstream_ordinals, upstream_arrays
from tests.core.partitions.definition_strategies import lone_definitions, multi_definitions, time_definitions
from tests.core.partitions.mapping_strategies import mapped

P, M = PartitionsDefinition, PartitionMapping
START = datetime(2024, 1, 1)


def sizes(downstream, upstream):
    return [1 if definition is None else definition.size() for definition in (downstream, upstream)]


@given(mapped())
def test_downstream_is_the_inverse_of_upstream(case):
    mapping, downstream, upstream = case
    bound = mapping.bound(downstream, upstream)
    down_size, up_size = sizes(downstream, upstream)
    readers = {position: set() for position in range(up_size)}
    for ordinal in range(down_size):
        for position in bound.upstream_of(ordinal).subset:
            readers[position].add(ordinal)
    for position, expected in readers.items():
        assert set(bound.downstream_of(Subset.of([position]))) == expected


@given(mapped(), st.data())
def test_downstream_of_several_is_the_union(case, data):
    mapping, downstream, upstream = case
    _, up_size = sizes(downstream, upstream)
    chosen = data.draw(st.sets(st.integers(0, up_size - 1))) if up_size else set()
    bound = mapping.bound(downstream, upstream)
    union = set().union(*(bound.downstream_of(Subset.of([position])) for position in chosen))
    assert set(bound.downstream_of(Subset.of(chosen))) == union


@given(mapped(), st.data())
def test_the_arrays_agree_with_the_scalar_form(case, data):
    mapping, downstream, upstream = case
    bound = mapping.bound(downstream, upstream)
    down_size, up_size = sizes(downstream, upstream)
    asked = data.draw(st.lists(st.integers(0, down_size - 1))) if down_size else []
    found = upstream_arrays(mapping, downstream, upstream, np.array(asked, np.int64))
    assert len(found.offsets) == len(asked) + 1
    for row, ordinal in enumerate(asked):
        expected = bound.upstream_of(ordinal)
        assert found.ordinals[found.offsets[row] : found.offsets[row + 1]].tolist() == list(expected.subset)
        assert found.missing_counts[row] == len(expected.missing)
    chosen = data.draw(st.lists(st.integers(0, up_size - 1))) if up_size else []
    readers = downstream_ordinals(mapping, downstream, upstream, np.array(chosen, np.int64))
    assert readers.tolist() == list(bound.downstream_of(Subset.of(chosen)))


@settings(max_examples=200)
@given(mapped())
def test_what_everybody_reads_alike_is_told_once(case):
    mapping, downstream, upstream = case
    constant = constant_upstream(mapping, downstream, upstream)
    if constant is not None:
        down_size, _ = sizes(downstream, upstream)
        assert all(mapping.upstream_of(at, downstream, upstream) == constant for at in range(min(down_size, 5)))


@given(st.one_of(lone_definitions(), multi_definitions()))
def test_a_definition_reads_itself_by_default(definition):
    mapping = default_mapping(definition, definition)
    if definition.size():
        last = definition.size() - 1
        assert mapping.upstream_of(last, definition, definition).subset == Subset.of([last])


@given(time_definitions(), st.data())
def test_grids_number_arrays_as_they_number_moments(definition, data):
    grid = definition.grid
    ordinals = data.draw(st.lists(st.integers(-40, 4_000)))
    starts = starts_of(grid, np.array(ordinals, np.int64))
    assert starts.tolist() == [microseconds(grid.start_of(ordinal)) for ordinal in ordinals]
    moments = data.draw(st.lists(st.datetimes(datetime(1970, 1, 2), datetime(2080, 1, 1))))
    asked = np.array([microseconds(moment) for moment in moments], np.int64)
    assert ordinals_containing(grid, asked).tolist() == [grid.ordinal_containing(moment) for moment in moments]
    assert ordinals_from(grid, asked).tolist() == [grid.ordinal_from(moment) for moment in moments]


@pytest.mark.parametrize(
    ("downstream", "upstream", "mapping"),
    [
        (P.hourly(START, datetime(2034, 1, 1)), P.hourly(START, datetime(2034, 1, 1)), M.time_window(-1)),
        (P.hourly(START, datetime(2034, 1, 1)), P.daily(START, datetime(2034, 1, 1)), None),
    ],
)
def test_a_million_partitions_are_mapped_at_once(downstream, upstream, mapping):
    shops = P.static_([f"shop-{number}" for number in range(11)])
    down, up = P.multi({"when": downstream, "shop": shops}), P.multi({"when": upstream, "shop": shops})
    joined = M.multi({"when": mapping or M.time_window(), "shop": M.identity()})
    found = upstream_arrays(joined, down, up, np.arange(len(down)))
    assert len(found.ordinals) + int(found.missing_counts.sum()) == len(down) == 964_392
    middle = len(down) // 2
    assert found.ordinals[found.offsets[middle]] == next(iter(joined.upstream_of(middle, down, up).subset))
    expected = len(down) if mapping is None else len(down) - 11
    assert len(downstream_ordinals(joined, down, up, np.arange(len(up)))) == expected
