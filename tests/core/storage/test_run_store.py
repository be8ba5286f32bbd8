"""Listing runs and looking into one."""

from __future__ import annotations

import pytest

from rivers_core.exceptions import UnknownBackfillError
from rivers_core.records import ErrorReport
from rivers_core.states import BackfillState, RunState
from rivers_core.steps.task import PartitionFailure, RunOutcome, StepOutcome, StoredOutput
from rivers_core.storage.lease import Holder
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, NOW, canceled, completed, failed, launch, record, some, stage, started


def listed(stores: Stores, *args, **asked):
    page = stores.runs.runs(*args, **asked)
    return [(run.index, run.state) for run in page.records], page.total


@pytest.fixture
def mixed(stores: Stores):
    """A backfill of eight runs: completed, failed, running, canceled, and four that have not started."""
    launched = launch(stores, stage(DAYS, range(8)))
    first = launched.first_run
    reports = [completed(launched, first), failed(first + 1), started(first + 2), canceled(first + 3)]
    record(stores, launched, *reports)
    return launched


def test_the_runs_of_a_backfill_are_listed_in_its_order_with_those_that_wait(stores: Stores, mixed):
    runs, total = listed(stores, mixed.backfill_id)
    states = [RunState.COMPLETED, RunState.FAILED, RunState.RUNNING, RunState.CANCELED, *[RunState.QUEUED] * 4]
    assert (runs, total) == (list(enumerate(states)), 8)


def test_the_runs_of_a_backfill_are_listed_a_page_at_a_time(stores: Stores, mixed):
    runs, total = listed(stores, mixed.backfill_id, limit=3, offset=3)
    assert ([index for index, _ in runs], total) == ([3, 4, 5], 8)
    assert listed(stores, mixed.backfill_id, limit=3, offset=9) == ([], 8)


@pytest.mark.parametrize(
    ("state", "open_", "over"),
    [
        (RunState.COMPLETED, [0], [0]),
        (RunState.FAILED, [1], [1]),
        (RunState.RUNNING, [2], []),
        (RunState.CANCELED, [3], [2, 3, 4, 5, 6, 7]),
        (RunState.QUEUED, [4, 5, 6, 7], []),
    ],
)
def test_the_runs_of_a_backfill_are_found_by_state(stores: Stores, mixed, state, open_, over):
    assert listed(stores, mixed.backfill_id, state=state) == ([(index, state) for index in open_], len(open_))
    assert listed(stores, mixed.backfill_id, state=state, limit=2, offset=1)[1] == len(open_)
    stores.backfills.finish(mixed.backfill_id, BackfillState.CANCELED)
    assert listed(stores, mixed.backfill_id, state=state) == ([(index, state) for index in over], len(over))


def test_runs_of_all_backfills_are_listed_newest_first(stores: Stores, mixed):
    other = launch(stores, stage(FLAVORS, [2], assets=("invoices",)))
    record(stores, other, failed(other.first_run))
    page = stores.runs.runs(limit=2)
    assert [(run.run_id, run.label) for run in page.records] == [(f"r{other.first_run}", "mint"), ("r4", "2024-01-04")]
    assert page.total == 5
    assert [run.run_id for run in stores.runs.runs(state=RunState.FAILED).records] == ["r9", "r2"]
    assert [run.run_id for run in stores.runs.runs(asset="invoices").records] == ["r9"]


def test_a_run_tells_everything_that_is_known_of_it(stores: Stores):
    launched = launch(stores, stage(DAYS, [3, 4, 6], per_run=3), tags=(("team", "shop"),))
    run = launched.first_run
    record(stores, launched, failed(run, outputs=[StoredOutput("orders", some(3, 6))]))
    found = stores.runs.record(f"r{run}")
    assert found == stores.runs.record(run)
    assert (found.backfill_id, found.index, found.assets) == (launched.backfill_id, 0, ("orders",))
    assert (found.subset, found.label) == (some(3, 4, 6), "2024-01-04 … 2024-01-07 (3)")
    assert found.definition_fingerprint == DAYS.fingerprint
    assert (found.state, found.failed_partitions, found.duration) == (RunState.FAILED, 1, 2)
    assert found.error == ErrorReport("ValueError", "the till is empty", "Traceback: line 1")
    assert found.tags == (("team", "shop"),)


def test_a_run_that_has_not_started_is_known_all_the_same(stores: Stores, mixed):
    found = stores.runs.record(mixed.first_run + 6)
    assert (found.state, found.label, found.subset, found.started) == (RunState.QUEUED, "2024-01-07", some(6), None)
    stores.backfills.finish(mixed.backfill_id, BackfillState.CANCELED)
    assert stores.runs.record(mixed.first_run + 6).state is RunState.CANCELED


def test_an_unknown_run_is_a_sentence(stores: Stores, mixed):
    with pytest.raises(UnknownBackfillError, match="There is no run r99"):
        stores.runs.record("r99")
    with pytest.raises(UnknownBackfillError, match="a run's id looks like r12"):
        stores.runs.record("first")


def test_steps_are_kept_with_their_attempts_and_errors(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0], assets=("orders", "invoices")))
    run, error = launched.first_run, ErrorReport("KeyError", "'lemon'", "Traceback")
    steps = (
        StepOutcome("orders", ("orders",), RunState.COMPLETED, NOW, NOW + 1, attempts=3),
        StepOutcome("invoices/print", (), RunState.FAILED, NOW + 1, NOW + 2, error=error),
    )
    record(stores, launched, RunOutcome(run, RunState.FAILED, NOW, NOW + 2, steps, error=error))
    first, second = stores.runs.steps(run)
    assert (first.name, first.state, first.attempts, first.error) == ("orders", RunState.COMPLETED, 3, None)
    assert (second.name, second.started, second.ended, second.error) == ("invoices/print", NOW + 1, NOW + 2, error)
    assert stores.runs.record(run).error == error


def test_a_direct_run_belongs_to_no_backfill(stores: Stores):
    direct = stores.runs.begin_direct(stage(FLAVORS, [1, 3], per_run=2), Holder.current(), tags=[("by", "hand")])
    assert direct is not None
    record(stores, direct, started(direct.first_run), completed(direct, direct.first_run))
    found = stores.runs.record(direct.first_run)
    assert (found.backfill_id, found.index, found.state) == (None, 0, RunState.COMPLETED)
    assert (found.subset, found.tags, found.assets) == (some(1, 3), (("by", "hand"),), ("orders",))
    assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == [0, 1, 0, 1]
    assert [run.run_id for run in stores.runs.runs().records] == [found.run_id]
    launched = launch(stores, stage(FLAVORS, [0]))
    assert launched.first_run == direct.first_run + 1
    with pytest.raises(UnknownBackfillError):
        stores.runs.record(direct.first_run + 2)


def test_a_direct_run_of_an_asset_without_partitions_is_one_cell(stores: Stores):
    direct = stores.runs.begin_direct(stage(None, assets=("ledger",)), Holder.current())
    assert direct is not None
    record(stores, direct, completed(direct, direct.first_run))
    assert stores.runs.record(direct.first_run).label == ""
    assert stores.runs.partition("ledger", None, -1).materialization.run_id == f"r{direct.first_run}"


def test_the_runs_of_one_asset_are_found_among_all_and_within_a_backfill(stores: Stores):
    launched = launch(stores, stage(DAYS, range(3)), stage(FLAVORS, range(4), assets=("flavors", "tastes")))
    first = launched.first_run
    reports = [completed(launched, first), failed(first + 3), completed(launched, first + 4)]
    record(stores, launched, *reports)
    within = launched.backfill_id
    queued = RunState.QUEUED
    assert listed(stores, asset="tastes") == ([(4, RunState.COMPLETED), (3, RunState.FAILED)], 2)
    assert [index for index, _ in listed(stores, within, asset="tastes")[0]] == [3, 4, 5, 6]
    assert listed(stores, within, asset="tastes", state=queued) == ([(5, queued), (6, queued)], 2)
    assert listed(stores, within, asset="orders", state=queued) == ([(1, queued), (2, queued)], 2)
    assert listed(stores, within, asset="nothing") == ([], 0)
    assert listed(stores, within, asset="nothing", state=RunState.FAILED) == ([], 0)
    assert listed(stores, asset="nothing") == ([], 0)


def test_a_list_of_many_runs_is_the_same_as_one_of_few(stores: Stores, monkeypatch):
    launched = launch(stores, stage(DAYS, range(20)), stage(DAYS, range(5), assets=("invoices",)))
    first = launched.first_run
    record(stores, launched, *(completed(launched, first + index) for index in range(25)))
    few = stores.runs.runs(asset="orders", limit=6, offset=3)
    monkeypatch.setattr("rivers_core.storage.run_listing._FEW", 1)
    assert stores.runs.runs(asset="orders", limit=6, offset=3) == few
    assert (few.total, [run.index for run in few.records]) == (20, [16, 15, 14, 13, 12, 11])


def test_runs_in_which_a_partition_failed_are_found(stores: Stores):
    launched = launch(stores, stage(DAYS, range(12), per_run=3))
    first = launched.first_run
    marked = completed(launched, first + 2, failures=[PartitionFailure("orders", 7, "marked")])
    record(stores, launched, completed(launched, first), failed(first + 1), marked)
    found = [(1, RunState.FAILED), (2, RunState.COMPLETED)]
    assert listed(stores, launched.backfill_id, failed=True) == (found, 2)
    assert listed(stores, failed=True) == (found[::-1], 2)
    assert listed(stores, launched.backfill_id, failed=True, state=RunState.COMPLETED) == (found[1:], 1)
    assert listed(stores, launched.backfill_id, failed=True, limit=1, offset=1) == (found[1:], 2)


def test_the_definition_of_a_run_is_the_one_it_was_planned_with(stores: Stores):
    launched = launch(stores, stage(DAYS, [0, 1]), stage(None, assets=("ledger",)))
    record(stores, launched, completed(launched, launched.first_run))
    definitions = [stores.runs.definition_of(launched.first_run + index) for index in range(3)]
    assert definitions == [DAYS, DAYS, None]
