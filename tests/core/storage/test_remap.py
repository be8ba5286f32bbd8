"""Finding the partitions of an edited definition that earlier states belong to."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.storage.remap import NOWHERE, new_ordinals

from ..partitions.definition_strategies import lone_definitions, time_definitions

PD = PartitionsDefinition


def moved(earlier: PartitionsDefinition, later: PartitionsDefinition) -> list[int]:
    return new_ordinals(earlier, later, np.arange(earlier.size())).tolist()


def key_by_key(earlier: PartitionsDefinition, later: PartitionsDefinition) -> list[int]:
    """The same, the slow way: a state belongs to its key."""

    def place(ordinal: int) -> int:
        try:
            return later.ordinal_of(earlier.key_at(ordinal))
        except PartitionValidationError:
            return NOWHERE

    return [place(ordinal) for ordinal in range(earlier.size())]


@st.composite
def edited_lists(draw):
    """A list of keys, and one made of it by adding, removing and moving."""
    keys = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True))
    others = draw(st.lists(st.sampled_from("abcdefghijk"), min_size=1, unique=True))
    return PD.static_(keys), PD.static_(others)


@st.composite
def edited_times(draw):
    """A time grid, and one of the same rhythm with another start and end."""
    earlier = draw(time_definitions(max_days=60))
    start = earlier.start + timedelta(hours=draw(st.integers(-300, 300)))
    end = start + timedelta(days=draw(st.integers(40, 60)))
    if earlier.cron_schedule or earlier.interval_seconds:
        rhythm = {"cron_schedule": earlier.cron_schedule, "interval_seconds": earlier.interval_seconds}
        return earlier, PD.time_window(start, end=end, **rhythm)
    return earlier, getattr(PD, earlier.cadence)(start, end)


@given(st.one_of(edited_lists(), edited_times(), st.tuples(lone_definitions(), lone_definitions())))
def test_a_state_goes_where_its_key_has_gone(definitions):
    assert moved(*definitions) == key_by_key(*definitions)


@given(st.lists(st.one_of(edited_lists(), edited_times()), min_size=2, max_size=3), st.randoms())
def test_a_state_of_several_dimensions_goes_where_its_key_has_gone(dimensions, random):
    names = ["region", "date", "store"][: len(dimensions)]
    earlier = PD.multi({name: pair[0] for name, pair in zip(names, dimensions, strict=True)})
    shuffled = random.sample(list(zip(names, dimensions, strict=True)), len(names))
    later = PD.multi({name: pair[1] for name, pair in shuffled})
    some = np.array(sorted(random.sample(range(earlier.size()), min(200, earlier.size()))), dtype=np.int64)
    expected = []
    for ordinal in some.tolist():
        try:
            expected.append(later.ordinal_of(earlier.key_at(ordinal)))
        except PartitionValidationError:
            expected.append(NOWHERE)
    assert new_ordinals(earlier, later, some).tolist() == expected


def test_windows_beyond_the_end_that_was_known_have_their_place_in_a_longer_grid():
    earlier = PD.daily(datetime(2024, 1, 1), datetime(2024, 1, 4))
    later = PD.daily(datetime(2023, 12, 30), datetime(2024, 1, 20))
    assert new_ordinals(earlier, later, np.array([0, 10])).tolist() == [2, 12]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (PD.static_(["a", "b"]), PD.multi({"letter": PD.static_(["a", "b"])})),
        (PD.multi({"letter": PD.static_(["a"])}), PD.multi({"sign": PD.static_(["a"])})),
        (PD.static_(["a", "b"]), None),
        (None, PD.static_(["a"])),
    ],
)
def test_keys_of_another_shape_fit_nowhere(earlier, later):
    ordinals = np.array([0], dtype=np.int64)
    assert new_ordinals(earlier, later, ordinals).tolist() == [NOWHERE]


def test_a_key_that_became_a_text_of_its_own_still_fits():
    daily = PD.daily(datetime(2024, 1, 1), datetime(2024, 1, 4))
    assert moved(daily, PD.static_(["2024-01-03", "other", "2024-01-01"])) == [2, NOWHERE, 0]
