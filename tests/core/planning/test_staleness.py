"""Staleness by arrays agrees with looking at each partition alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rivers_core.planning.links import Links
from rivers_core.planning.staleness import Outputs, StaleCause, stale_causes, stale_partitions
from tests.core.planning.situations import JUNE, JUNE_HOURS, MONTHS, asset, situation


def outputs(
    made: list[int],
    changed: list[int] | None = None,
    code: list[int] | None = None,
    read: list[int] | None = None,
) -> Outputs:
    """Outputs that read what was there when they were made, unless `read` says otherwise."""
    return Outputs(
        np.array(made, dtype=np.int64),
        np.array(changed if changed is not None else made, dtype=np.int64),
        np.array(read if read is not None else made, dtype=np.int64),
        np.array(code or [0] * len(made), dtype=np.uint16),
    )


def test_other_code_makes_an_output_stale_and_no_output_is_never_stale() -> None:
    one = asset("orders", code_version="2")
    links = Links(situation(one).spec, situation(one).definitions)
    own = outputs([0, 5, 6] + [0] * 27, code=[0, 1, 2] + [0] * 27)
    assert stale_partitions(one, links, {"orders": own}, {"1": 1, "2": 2}).tolist()[:3] == [False, True, False]
    assert stale_causes(one, links, {"orders": own}, {"1": 1, "2": 2}) == (StaleCause(None, 1),)


def test_an_asset_without_a_code_version_is_not_stale_by_code() -> None:
    one = asset("orders")
    links = Links(situation(one).spec, situation(one).definitions)
    assert not stale_partitions(one, links, {"orders": outputs([3] * 30, code=[1] * 30)}, {"1": 1}).any()


sequences = st.lists(st.integers(0, 40), min_size=30, max_size=30)


@given(made=sequences, changed=sequences)
def test_a_day_is_stale_when_the_same_day_upstream_changed_later(made: list[int], changed: list[int]) -> None:
    both = (asset("orders"), asset("totals", reads=("orders",)))
    present = situation(*both)
    found = stale_partitions(
        both[1],
        Links(present.spec, present.definitions),
        {"orders": outputs(changed, changed), "totals": outputs(made)},
        {},
    )
    assert found.tolist() == [0 < mine < theirs for mine, theirs in zip(made, changed, strict=True)]


@given(
    made=st.lists(st.integers(0, 40), min_size=12, max_size=12),
    changed=sequences,
)
def test_a_month_is_stale_when_any_of_its_days_changed_later(made: list[int], changed: list[int]) -> None:
    both = (asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    present = situation(*both)
    found = stale_partitions(
        both[1], Links(present.spec, present.definitions), {"orders": outputs(changed), "bill": outputs(made)}, {}
    )
    assert found.tolist() == [month == 5 and 0 < made[5] < max(changed) for month in range(12)]


@given(st.data())
def test_only_the_partitions_asked_about_are_answered(data: st.DataObject) -> None:
    both = (asset("clicks", JUNE_HOURS), asset("visits", reads=("clicks",)))
    present = situation(*both)
    links = Links(present.spec, present.definitions)
    changed = [data.draw(st.integers(0, 40))] * 720
    for hour, moment in data.draw(st.dictionaries(st.integers(0, 719), st.integers(0, 40), max_size=40)).items():
        changed[hour] = moment
    made = data.draw(sequences)
    all_outputs = {"clicks": outputs(changed), "visits": outputs(made)}
    among = np.array(sorted(data.draw(st.sets(st.integers(0, 29)))), dtype=np.int64)
    every = stale_partitions(both[1], links, all_outputs, {})
    assert stale_partitions(both[1], links, all_outputs, {}, among).tolist() == every[among].tolist()


def test_an_asset_that_reads_all_partitions_is_stale_when_any_changed() -> None:
    both = (asset("orders"), asset("summary", None, reads=("orders",)))
    present = situation(*both)
    changed = [1] * 29 + [9]
    for made, stale in ((8, True), (9, False), (0, False)):
        found = stale_partitions(
            both[1],
            Links(present.spec, present.definitions),
            {"orders": outputs(changed), "summary": outputs([made])},
            {},
        )
        assert found.tolist() == [stale]
    assert JUNE.size() == 30


def _stale_one_by_one(read_of: list[list[int]], made: list[int], read: list[int], changed: list[int]) -> list[bool]:
    """By the definition: something it reads came after what it can have read, and not from the same run."""
    return [
        mine > 0 and any(changed[up] > mark and changed[up] != mine for up in ups)
        for ups, mine, mark in zip(read_of, made, read, strict=True)
    ]


@given(made=sequences, read=sequences, changed=sequences)
def test_a_day_whose_upstream_changed_while_it_was_made_is_stale(
    made: list[int], read: list[int], changed: list[int]
) -> None:
    both = (asset("orders"), asset("totals", reads=("orders",)))
    present = situation(*both)
    links = Links(present.spec, present.definitions)
    found = stale_partitions(both[1], links, {"orders": outputs(changed), "totals": outputs(made, read=read)}, {})
    assert found.tolist() == _stale_one_by_one([[day] for day in range(30)], made, read, changed)


@given(
    made=st.lists(st.integers(0, 40), min_size=12, max_size=12),
    read=st.lists(st.integers(0, 40), min_size=12, max_size=12),
    changed=sequences,
)
def test_a_month_of_which_a_day_changed_while_it_was_made_is_stale(
    made: list[int], read: list[int], changed: list[int]
) -> None:
    both = (asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    present = situation(*both)
    links = Links(present.spec, present.definitions)
    found = stale_partitions(both[1], links, {"orders": outputs(changed), "bill": outputs(made, read=read)}, {})
    of_month = [list(range(30)) if month == 5 else [] for month in range(12)]
    assert found.tolist() == _stale_one_by_one(of_month, made, read, changed)


@given(made=st.integers(0, 40), read=st.integers(0, 40), changed=sequences)
def test_what_reads_all_partitions_is_stale_when_one_changed_while_it_was_made(
    made: int, read: int, changed: list[int]
) -> None:
    both = (asset("orders"), asset("summary", None, reads=("orders",)))
    present = situation(*both)
    links = Links(present.spec, present.definitions)
    found = stale_partitions(both[1], links, {"orders": outputs(changed), "summary": outputs([made], read=[read])}, {})
    assert found.tolist() == _stale_one_by_one([list(range(30))], [made], [read], changed)
