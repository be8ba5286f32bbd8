from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping, default_mapping
from rivers_core.partitions.subset import Subset
from rivers_core.planning.grid_arrays import microseconds, ordinals_containing, ordinals_from, starts_of
from rivers_core.planning.mapping_arrays import constant_upstream, downstream_ordinals, upstream_arrays
from tests.core.partitions.definition_strategies import CRON, lone_definitions, multi_definitions, time_definitions

P, M = PartitionsDefinition, PartitionMapping
START = datetime(2024, 1, 1)
LETTERS = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True).map(P.static_)


@st.composite
def near_grids(draw):
    """A small time grid near the start of 2024, so that two of them overlap now and then."""
    start = START + timedelta(hours=draw(st.integers(-500, 500)))
    end = start + timedelta(days=draw(st.integers(1, 45)))
    match draw(st.sampled_from(["hours", "daily", "weekly", "monthly", "cron"])):
        case "hours":
            return P.time_window(start, interval_seconds=3600 * draw(st.integers(3, 40)), end=end)
        case "cron":
            return P.time_window(start, cron_schedule=draw(CRON), end=end)
        case cadence:
            return getattr(P, cadence)(start, end)


@st.composite
def mapped(draw):
    """A mapping and two definitions that it fits."""
    down_grid, up_grid = draw(near_grids()), draw(near_grids())
    down_list, up_list = draw(LETTERS), draw(LETTERS)
    window = M.time_window(draw(st.integers(-4, 4)))
    table = M.static_(
        {
            key: [up_list.label_at(at) for at in draw(st.sets(st.integers(0, len(up_list) - 1), min_size=1))]
            for key in draw(st.sets(st.sampled_from(down_list.keys)))
        }
    )
    listed = draw(
        st.sampled_from(
            [M.identity(), M.subset(), table, M.all_partitions(), M.specific_partitions([up_list.label_at(0)])]
        )
    )
    down = P.multi({"letter": down_list, "when": down_grid})
    up = P.multi({"time": up_grid, "letter": up_list})
    return draw(st.sampled_from([
        (window, down_grid, up_grid),
        (M.identity(), down_grid, down_grid),
        (M.all_partitions(), down_grid, up_grid),
        (M.all_partitions(), None, up),
        (M.all_partitions(), down, None),
        (table, down_list, up_list),
        (M.multi({"time": ("when", window), "letter": listed}), down, up),
        (M.multi({"one": ("letter", M.subset()), "other": ("letter", M.subset())}), down,
         P.multi({"one": up_list, "other": down_list})),
        (M.multi_to_single("when", window), down, up_grid),
        (M.multi_to_single("time", window), down_grid, up),
    ]))  # fmt: skip


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
