"""Launching, listing, ending and forgetting backfills."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from rivers_core.events import BackfillChanged, BackfillDeleted, BackfillEnded, BackfillWarned, Event, PartitionsChanged
from rivers_core.exceptions import ConfigurationError, OutdatedPlanError, UnknownBackfillError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import BackfillState, FailurePolicy, PartitionState, RunOrder, RunState
from rivers_core.steps.task import PartitionFailure
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, canceled, completed, failed, launch, plan, record, some, stage, started

COMPLETED, FAILED, CANCELED = PartitionState.COMPLETED, PartitionState.FAILED, PartitionState.CANCELED


def planned_when(states, *ordinals, definition=FLAVORS):
    """A plan whose partitions were in these states when it was made."""
    seen = replace(stage(definition, ordinals), states=np.array(states, dtype=np.uint8))
    return plan(seen)


def test_a_launched_backfill_tells_what_was_asked_for(stores: Stores, told: list[Event]):
    asked = plan(
        stage(FLAVORS, [0, 1, 2]),
        stage(None, assets=("ledger", "audit")),
        failure_policy=FailurePolicy.STOP_ON_FAILURE,
        order=RunOrder.NEWEST_FIRST,
        max_concurrency=7,
        tags=(("team", "shop"), ("team", "shop"), ("why", "a bug")),
        launched_by="app",
        rerun_of="b9",
    )
    record = stores.backfills.insert(asked)
    assert (record.assets, record.total_partitions, record.num_runs) == (("orders", "ledger", "audit"), 4, 4)
    assert (record.failure_policy, record.order) == (FailurePolicy.STOP_ON_FAILURE, RunOrder.NEWEST_FIRST)
    assert (record.max_concurrency, record.launched_by, record.rerun_of) == (7, "app", "b9")
    assert record.tags == (("team", "shop"), ("team", "shop"), ("why", "a bug"))
    assert (record.state, record.pending, record.started, record.ended) == (BackfillState.REQUESTED, 4, None, None)
    assert told == [BackfillChanged(record.position, record)]
    assert stores.backfills.record(record.backfill_id) == record


def test_run_numbers_of_backfills_follow_each_other(stores: Stores):
    first, second = launch(stores, stage(FLAVORS, range(3))), launch(stores, stage(FLAVORS, range(4)))
    assert (first.first_run, second.first_run) == (1, 4)
    assert second.place_of(7) == (0, 3)


def test_every_run_of_every_stage_has_its_partitions(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [3, 2]), stage(DAYS, range(5), per_run=2), stage(None, assets=("ledger",)))
    first = launched.first_run
    covered = [(launched.place_of(run), launched.ordinals(run).tolist()) for run in range(first, first + 6)]
    assert covered == [((0, 0), [3]), ((0, 1), [2]), ((1, 0), [0, 1]), ((1, 1), [2, 3]), ((1, 2), [4]), ((2, 0), [])]
    labels = [launched.label(run) for run in range(first, first + 6)]
    assert labels == ["cherry", "mint", "2024-01-01 … 2024-01-02 (2)", "2024-01-03 … 2024-01-04 (2)", "2024-01-05", ""]
    for stranger in (first - 1, first + 6):
        with pytest.raises(KeyError):
            launched.place_of(stranger)


def test_a_plan_whose_partitions_changed_since_is_refused(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [1, 2]))
    outdated = planned_when([0, 0, 0], 0, 1, 2)
    stores.backfills.insert(outdated)
    record(stores, launched, completed(launched, launched.first_run))
    with pytest.raises(OutdatedPlanError, match=r"^One partition has changed since this backfill was previewed"):
        stores.backfills.insert(outdated)
    record(stores, launched, failed(launched.first_run + 1))
    with pytest.raises(OutdatedPlanError, match=r"^2 partitions have changed"):
        stores.backfills.insert(outdated)
    assert stores.backfills.list().total == 2
    stores.backfills.insert(planned_when([0, 1, 3], 0, 1, 2))


def test_a_stale_partition_is_a_completed_one_and_a_running_one_may_end_as_it_likes(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [1, 2, 3]))
    first = launched.first_run
    record(stores, launched, completed(launched, first), failed(first + 1), completed(launched, first + 2))
    states = [PartitionState.STALE, PartitionState.RUNNING, PartitionState.QUEUED]
    stores.backfills.insert(planned_when(states, 1, 2, 3))
    with pytest.raises(OutdatedPlanError):
        stores.backfills.insert(planned_when([PartitionState.STALE], 2))


def test_an_unknown_backfill_is_a_sentence(stores: Stores):
    with pytest.raises(UnknownBackfillError, match="There is no backfill b7"):
        stores.backfills.record("b7")
    with pytest.raises(UnknownBackfillError, match="a backfill's id looks like b12"):
        stores.backfills.record("seven")
    for strange in ("b", "b-1", "7", "b²"):
        with pytest.raises(UnknownBackfillError):
            stores.backfills.launched(strange)


def test_a_backfill_starts_once_and_keeps_that_time(stores: Stores):
    backfill_id = launch(stores, stage(FLAVORS, [0])).backfill_id
    first = stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
    stores.backfills.change_state(backfill_id, BackfillState.PAUSED)
    again = stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
    assert first.started is not None
    assert (again.started, again.state) == (first.started, BackfillState.IN_PROGRESS)


def test_a_backfill_that_ran_to_its_end_is_ended_once(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, range(2)))
    backfill_id, first = launched.backfill_id, launched.first_run
    stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
    record(stores, launched, completed(launched, first), failed(first + 1))
    told.clear()
    done = stores.backfills.finish(backfill_id, BackfillState.FAILED, error="one failed")
    assert (done.completed, done.failed, done.canceled, done.pending) == (1, 1, 0, 0)
    assert (done.state, done.error, done.ended is not None) == (BackfillState.FAILED, "one failed", True)
    assert told == [BackfillChanged(done.position, done), BackfillEnded(done.position, done)]
    with pytest.raises(AssertionError):
        stores.backfills.finish(backfill_id, BackfillState.FAILED)


def test_canceling_ends_what_had_not_ended(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(DAYS, range(10)), stage(None, assets=("ledger",)))
    backfill_id, first = launched.backfill_id, launched.first_run
    earlier = launch(stores, stage(DAYS, [7]))
    record(stores, earlier, completed(earlier, earlier.first_run))
    stores.backfills.change_state(backfill_id, BackfillState.IN_PROGRESS)
    record(stores, launched, completed(launched, first), failed(first + 1), started(first + 2))
    told.clear()
    done = stores.backfills.finish(backfill_id, BackfillState.CANCELED)
    assert (done.completed, done.failed, done.canceled) == (1, 1, 9)
    assert (done.running_runs, done.ended_runs) == (0, 11)
    states = stores.states.snapshot("orders", DAYS, ("shown", "attempt", "attempt_run"))
    expected = [COMPLETED, FAILED, *[CANCELED] * 5, COMPLETED, CANCELED, CANCELED]
    assert states.shown[:10].tolist() == expected
    assert states.attempt[7] == CANCELED
    assert states.attempt_run[2:10].tolist() == list(range(first + 2, first + 10))
    assert stores.states.snapshot("ledger", None).shown.tolist() == [CANCELED]
    changed = {event.asset: event for event in told if isinstance(event, PartitionsChanged)}
    assert changed["orders"].ordinals.tolist() == list(range(2, 10))
    assert changed["orders"].states.tolist() == expected[2:]
    assert changed["ledger"].states.tolist() == [CANCELED]
    assert stores.runs.record(first + 2).state is RunState.CANCELED
    assert isinstance(told[-1], BackfillEnded)


def test_canceling_a_backfill_in_another_order_cancels_the_right_partitions(stores: Stores):
    launched = launch(stores, stage(DAYS, [9, 3, 5, 1, 8, 2], per_run=2))
    record(stores, launched, completed(launched, launched.first_run + 1))
    stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
    shown = stores.states.snapshot("orders", DAYS).shown
    assert np.flatnonzero(shown == CANCELED).tolist() == [2, 3, 8, 9]
    assert np.flatnonzero(shown == COMPLETED).tolist() == [1, 5]


def test_what_is_left_to_run_are_the_runs_that_have_not_ended(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    first = launched.first_run
    record(stores, launched, started(first), completed(launched, first + 1), started(first + 2), canceled(first + 3))
    assert stores.backfills.remaining_runs(launched.backfill_id).tolist() == [first, first + 2]


def test_which_partitions_ended_how_is_known_for_a_rerun(stores: Stores):
    launched = launch(
        stores,
        stage(DAYS, range(12), per_run=3),
        stage(FLAVORS, range(4), assets=("flavors",)),
        stage(None, assets=("ledger",)),
    )
    first = launched.first_run
    record(
        stores,
        launched,
        completed(launched, first, failures=[PartitionFailure("orders", 1, "marked")]),
        failed(first + 1),
        canceled(first + 2),
        completed(launched, first + 4),
        failed(first + 5),
        started(first + 6),
    )
    ends = stores.backfills.outcome_subsets
    backfill_id = launched.backfill_id
    assert ends(backfill_id, [FAILED]) == (some(1, 3, 4, 5), some(1), some())
    assert ends(backfill_id, [CANCELED]) == (some(6, 7, 8), some(), some())
    assert ends(backfill_id, [COMPLETED]) == (some(0, 2), some(0), some())
    stores.backfills.finish(backfill_id, BackfillState.CANCELED)
    assert ends(backfill_id, [CANCELED]) == (some(*range(6, 12)), some(2, 3), some(0))
    assert ends(backfill_id) == (some(1, *range(3, 12)), some(1, 2, 3), some(0))
    assert ends(backfill_id, [COMPLETED]) == (some(0, 2), some(0), some())


@pytest.fixture
def shelf(stores: Stores) -> Stores:
    """Backfills b1 to b5 in several states."""
    asked = [
        (stage(FLAVORS, [0]), {"tags": (("team", "shop"),)}),
        (stage(FLAVORS, [1], assets=("orders", "invoices")), {"tags": (("team", "Office"),)}),
        (stage(DAYS, [1], assets=("sales",)), {"launched_by": "app"}),
        (stage(FLAVORS, [2], assets=("invoices",)), {"tags": (("team", "shop"), ("ticket", "100%"))}),
        (stage(None, assets=("ledger",)), {}),
    ]
    for planned, request in asked:
        launch(stores, planned, **request)
    stores.backfills.finish("b2", BackfillState.CANCELED)
    stores.backfills.change_state("b3", BackfillState.IN_PROGRESS)
    return stores


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "54321"),
        ({"states": [BackfillState.REQUESTED]}, "541"),
        ({"states": [BackfillState.IN_PROGRESS, BackfillState.CANCELED]}, "32"),
        ({"asset": "invoices"}, "42"),
        ({"asset": "orders", "states": [BackfillState.CANCELED]}, "2"),
        ({"asset": "nothing"}, ""),
        ({"tag": ("team", "shop")}, "41"),
        ({"text": "office"}, "2"),
        ({"text": "invoices shop"}, "4"),
        ({"text": "100%"}, "4"),
        ({"text": "b3"}, "3"),
        ({"text": "app"}, "3"),
    ],
)
def test_backfills_are_found_newest_first(shelf: Stores, asked, found):
    page = shelf.backfills.list(**asked)
    assert [record.backfill_id for record in page.records] == [f"b{number}" for number in found]
    assert page.total == len(found)


def test_backfills_are_listed_a_page_at_a_time(shelf: Stores):
    pages = [shelf.backfills.list(limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [[record.backfill_id for record in page.records] for page in pages] == [
        ["b5", "b4"],
        ["b3", "b2"],
        ["b1"],
        [],
    ]
    assert {page.total for page in pages} == {5}


def test_a_warning_is_kept_and_told_once(stores: Stores, told: list[Event]):
    backfill_id = launch(stores, stage(FLAVORS, [0])).backfill_id
    for message in ("a mark changes nothing here", "late", "late"):
        stores.backfills.warn(backfill_id, message)
    assert stores.backfills.warnings(backfill_id) == ("a mark changes nothing here", "late")
    warned = [event for event in told if isinstance(event, BackfillWarned)]
    assert [(event.backfill_id, event.message) for event in warned] == [
        (backfill_id, "a mark changes nothing here"),
        (backfill_id, "late"),
    ]


def test_a_deleted_backfill_is_gone_with_its_runs_and_states_stay(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, [0, 1]))
    kept = launch(stores, stage(FLAVORS, [2]))
    record(
        stores, launched, failed(launched.first_run), completed(launched, launched.first_run + 1, metadata={"rows": 3})
    )
    record(stores, kept, failed(kept.first_run))
    stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
    told.clear()
    stores.backfills.delete(launched.backfill_id)
    assert told == [BackfillDeleted(told[0].position, launched.backfill_id)]
    with pytest.raises(UnknownBackfillError):
        stores.backfills.record(launched.backfill_id)
    with pytest.raises(UnknownBackfillError, match=r"There is no run r1"):
        stores.runs.record(launched.first_run)
    assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == [FAILED, COMPLETED, FAILED, 0]
    survivor = stores.runs.partition("orders", FLAVORS, 1)
    assert survivor.materialization.metadata == {"rows": 3}
    assert survivor.materialization.code_version == "v1"
    gone = stores.runs.partition("orders", FLAVORS, 0)
    assert (gone.attempt_run, gone.attempt_started, gone.error) == (f"r{launched.first_run}", None, None)
    assert stores.runs.partition("orders", FLAVORS, 2).error.message == "the till is empty"
    assert launch(stores, stage(FLAVORS, [0])).backfill_id == "b3"


def test_a_backfill_under_way_is_not_deleted_nor_any_other_with_it(stores: Stores):
    ended, open_ = launch(stores, stage(FLAVORS, [0])), launch(stores, stage(FLAVORS, [1]))
    stores.backfills.finish(ended.backfill_id, BackfillState.CANCELED)
    with pytest.raises(ConfigurationError, match="has not ended; cancel it before deleting it"):
        stores.backfills.delete_many([ended.backfill_id, open_.backfill_id])
    assert stores.backfills.list().total == 2


def test_a_plan_is_the_same_when_it_is_read_again(path):
    hours = PartitionsDefinition.hourly(datetime(2024, 1, 1), datetime(2024, 2, 1))
    grid = PartitionsDefinition.multi({"hour": hours, "flavor": FLAVORS})
    asked = plan(stage(grid, [7, 5, 2900], per_run=2), stage(None, assets=("ledger",)), config={"orders": {"size": 3}})
    with Stores.open(path) as stores:
        backfill_id = stores.backfills.insert(asked).backfill_id
    with Stores.open(path) as stores:
        read = stores.backfills.load_plan(backfill_id)
    assert read.request == asked.request
    for one, other in zip(read.stages, asked.stages, strict=True):
        assert (one.assets, one.definition, one.batched) == (other.assets, other.definition, other.batched)
        assert one.ordinals.tolist() == other.ordinals.tolist()
        assert one.bounds.tolist() == other.bounds.tolist()
