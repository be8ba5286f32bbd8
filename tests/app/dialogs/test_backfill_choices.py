"""What is chosen in the backfill dialog, as values: the request they make, and what is remembered."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.dialogs.backfill_choices import BackfillChoices, PartitionChoice, RunChoices, as_parts
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.asked import to_subset
from rivers_core.states import FailurePolicy, RunOrder

DAYS = PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 1, 11))
ORIGINS = PartitionsDefinition.static_(["EWR", "JFK", "LGA"])
BOTH = PartitionsDefinition.multi({"date": DAYS, "origin": ORIGINS})
RUNS = RunChoices(BackfillStrategy.single_run(), FailurePolicy.STOP_ON_FAILURE, RunOrder.NEWEST_FIRST, 7, 2)


def parts_of(*ordinals):
    return tuple(Subset.of(found) for found in ordinals)


def test_keys_of_each_dimension_become_a_range():
    choice = PartitionChoice(BOTH, parts=parts_of(range(3), [0, 2]))
    wanted = PartitionKeyRange.multi({"date": ("2024-01-01", "2024-01-03"), "origin": ["EWR", "LGA"]})
    assert choice.as_fields() == {"partition_range": wanted}


def test_a_dimension_that_is_taken_whole_is_not_named():
    choice = PartitionChoice(BOTH, parts=parts_of([4], range(3)))
    assert choice.as_fields() == {"partition_range": PartitionKeyRange.multi({"date": ("2024-01-05", "2024-01-05")})}


def test_everything_is_asked_for_as_everything():
    assert PartitionChoice(BOTH, parts=parts_of(range(10), range(3))).as_fields() == {"all_partitions": True}


def test_cells_travel_as_ordinals_of_their_definition():
    cells = Subset.of([0, 4])
    fields = {"subset": cells, "fingerprint": BOTH.fingerprint}
    assert PartitionChoice(BOTH, cells=cells).as_fields() == fields


def test_an_asset_without_partitions_adds_nothing():
    assert PartitionChoice(None).as_fields() == {}


@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 2), min_size=1))
def test_a_rectangle_of_cells_is_taken_apart_into_its_dimensions(days, origins):
    cells = to_subset(np.sort(np.array([day * 3 + origin for day in days for origin in origins])))
    assert as_parts(cells, BOTH) == parts_of(days, origins)


def test_cells_that_are_no_rectangle_stay_cells():
    assert as_parts(Subset.of([0, 4]), BOTH) is None
    assert as_parts(Subset(), BOTH) is None


def test_what_was_remembered_is_read_back_as_it_was():
    assert RunChoices.from_json(RUNS.as_json()) == RUNS


def test_what_cannot_be_read_back_is_as_if_never_chosen():
    assert RunChoices.from_json({"failure_policy": "whatever"}) == RunChoices()
    assert RunChoices.from_json({"max_concurrency": "many"}) == RunChoices()
    assert RunChoices.from_json({}) == RunChoices()


def test_the_request_holds_every_choice():
    choices = BackfillChoices(
        assets=("daily",),
        partitions=PartitionChoice(DAYS, parts=parts_of([1, 2])),
        runs=RUNS,
        include_upstream=True,
        where=("failed",),
        tags=(("team", "data"),),
        config={"daily": {"rows": 5}},
    )
    request = choices.request()
    assert request.subset == Subset.of([1, 2])
    assert request.include_upstream
    assert not request.include_downstream
    assert request.where == ("failed",)
    assert request.config == {"daily": {"rows": 5}}
    assert RunChoices.of(request) == RUNS
