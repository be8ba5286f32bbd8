"""What becomes of backfills, runs and partitions when runs start and end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rivers_core.events import BackfillChanged, Event, PartitionsChanged, RunsChanged
from rivers_core.states import PartitionState, RunState
from rivers_core.steps.task import PartitionFailure, RunOutcome, StoredOutput
from rivers_core.storage.recording import RecordRuns
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, NOW, canceled, completed, failed, launch, record, some, stage, started

MISSING, COMPLETED, FAILED, CANCELED = (
    PartitionState.MISSING,
    PartitionState.COMPLETED,
    PartitionState.FAILED,
    PartitionState.CANCELED,
)


def shown(stores, asset="orders", definition=FLAVORS):
    return stores.states.snapshot(asset, definition).shown.tolist()


def counts(stores, launched):
    found = stores.backfills.record(launched.backfill_id)
    return found.completed, found.failed, found.canceled


def test_a_completed_run_shows_its_partition_completed_and_remembers_the_output(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [1]))
    record(stores, launched, completed(launched, launched.first_run))
    states = stores.states.snapshot(
        "orders", FLAVORS, ("shown", "attempt", "attempt_run", "materialized_run", "materialized_time", "code_version")
    )
    assert states.shown.tolist() == [MISSING, COMPLETED, MISSING, MISSING]
    assert states.attempt.tolist() == [0, COMPLETED, 0, 0]
    assert states.attempt_run.tolist() == [0, launched.first_run, 0, 0]
    assert states.materialized_run.tolist() == [0, launched.first_run, 0, 0]
    assert states.materialized_time.tolist() == [0, round((NOW + 2) * 1000), 0, 0]
    assert states.code_version.tolist() == [0, stores.states.code_version_ids()["v1"], 0, 0]


def test_a_failed_run_shows_failed_and_keeps_the_earlier_output(stores: Stores):
    first = launch(stores, stage(FLAVORS, [2]))
    record(stores, first, completed(first, first.first_run))
    second = launch(stores, stage(FLAVORS, [2]))
    record(stores, second, failed(second.first_run))
    states = stores.states.snapshot("orders", FLAVORS, ("shown", "attempt_run", "materialized_run"))
    assert states.shown[2] == FAILED
    assert states.attempt_run[2] == second.first_run
    assert states.materialized_run[2] == first.first_run


@pytest.mark.parametrize(("earlier", "shows"), [(None, CANCELED), (completed, COMPLETED), ("failed", FAILED)])
def test_a_canceled_run_leaves_what_was_shown_unless_nothing_was(stores: Stores, earlier, shows):
    first = launch(stores, stage(FLAVORS, [0]))
    if earlier is not None:
        run = first.first_run
        record(stores, first, failed(run) if earlier == "failed" else completed(first, run))
    second = launch(stores, stage(FLAVORS, [0]))
    record(stores, second, canceled(second.first_run))
    states = stores.states.snapshot("orders", FLAVORS, ("shown", "attempt"))
    assert (states.shown[0], states.attempt[0]) == (shows, CANCELED)


def test_a_marked_partition_fails_and_the_rest_of_its_run_completes(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    mark = PartitionFailure("orders", 1, "no lemons today")
    record(stores, launched, completed(launched, launched.first_run, failures=[mark]))
    assert shown(stores) == [COMPLETED, FAILED, COMPLETED, COMPLETED]
    assert counts(stores, launched) == (3, 1, 0)
    assert stores.runs.record(launched.first_run).failed_partitions == 1
    assert stores.runs.failures(launched.first_run) == (mark,)
    assert stores.runs.partition("orders", FLAVORS, 1).error.message == "no lemons today"
    assert stores.runs.partition("orders", FLAVORS, 0).error is None


def test_of_a_failed_run_what_was_stored_is_completed_and_the_rest_failed(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    record(stores, launched, failed(launched.first_run, outputs=[StoredOutput("orders", some(0, 3), "v1")]))
    assert shown(stores) == [COMPLETED, FAILED, FAILED, COMPLETED]
    assert counts(stores, launched) == (2, 2, 0)


def test_of_a_canceled_run_what_was_stored_is_completed_and_the_rest_canceled(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    record(stores, launched, canceled(launched.first_run, outputs=[StoredOutput("orders", some(1), "v1")]))
    assert shown(stores) == [CANCELED, COMPLETED, CANCELED, CANCELED]
    assert counts(stores, launched) == (1, 0, 3)


def test_a_partition_counts_once_and_as_failed_if_any_asset_failed_it(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0, 1], assets=("orders", "invoices")))
    run = launched.first_run
    half_done = failed(run, outputs=[StoredOutput("orders", some(0), "v1")])
    record(stores, launched, half_done, completed(launched, run + 1))
    assert counts(stores, launched) == (1, 1, 0)
    assert shown(stores, "orders")[:2] == [COMPLETED, COMPLETED]
    assert shown(stores, "invoices")[:2] == [FAILED, COMPLETED]


def test_a_partition_that_one_asset_failed_and_another_was_canceled_on_counts_as_failed(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(3), assets=("orders", "invoices"), per_run=3))
    stopped = replace(canceled(launched.first_run), failures=(PartitionFailure("orders", 1, "no lemons today"),))
    record(stores, launched, stopped)
    assert counts(stores, launched) == (0, 1, 2)
    assert stores.backfills.outcome_subsets(launched.backfill_id, [FAILED]) == (some(1),)


@pytest.mark.parametrize("stored", [(), ("orders",), ("orders", "invoices")])
def test_a_canceled_run_of_one_partition_counts_as_canceled_unless_all_was_stored(stores: Stores, stored):
    launched = launch(stores, stage(FLAVORS, [2], assets=("orders", "invoices")))
    outputs = [StoredOutput(asset, some(2), "v1") for asset in stored]
    record(stores, launched, canceled(launched.first_run, outputs))
    assert counts(stores, launched) == ((1, 0, 0) if len(stored) == 2 else (0, 0, 1))
    for asset in ("orders", "invoices"):
        assert shown(stores, asset)[2] == (COMPLETED if asset in stored else CANCELED)


def test_an_asset_without_partitions_is_one_cell(stores: Stores):
    launched = launch(stores, stage(None, assets=("ledger",)))
    record(stores, launched, completed(launched, launched.first_run))
    assert shown(stores, "ledger", None) == [COMPLETED]
    assert counts(stores, launched) == (1, 0, 0)
    cell = stores.runs.partition("ledger", None, -1)
    assert (cell.ordinal, cell.key, cell.state) == (-1, "", COMPLETED)


def test_an_asset_without_partitions_can_be_marked_failed(stores: Stores):
    launched = launch(stores, stage(None, assets=("ledger",)))
    run = launched.first_run
    record(stores, launched, completed(launched, run, failures=[PartitionFailure("ledger", -1, "unbalanced")]))
    assert shown(stores, "ledger", None) == [FAILED]
    assert counts(stores, launched) == (0, 1, 0)
    assert stores.runs.partition("ledger", None, -1).error.message == "unbalanced"


def test_the_end_of_a_run_counts_once_however_often_it_is_told(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, [0, 1]))
    run = launched.first_run
    record(stores, launched, started(run), completed(launched, run))
    told.clear()
    record(stores, launched, started(run), failed(run), failed(run))
    assert counts(stores, launched) == (1, 0, 0)
    assert shown(stores)[0] == COMPLETED
    assert told == []


def test_running_and_ended_runs_are_counted(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    first = launched.first_run
    record(stores, launched, started(first), started(first + 1))
    record(stores, launched, started(first))
    record(stores, launched, completed(launched, first), completed(launched, first + 2))
    found = stores.backfills.record(launched.backfill_id)
    assert (found.running_runs, found.ended_runs) == (1, 2)


def test_a_change_is_told_with_the_position_of_its_commit(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, [3, 1]))
    first = launched.first_run
    told.clear()
    record(stores, launched, started(first + 1), completed(launched, first))
    runs, cells, backfill = told
    assert isinstance(runs, RunsChanged)
    assert [(run.run_id, run.state) for run in runs.records] == [
        (f"r{first}", RunState.COMPLETED),
        (f"r{first + 1}", RunState.RUNNING),
    ]
    assert isinstance(cells, PartitionsChanged)
    assert (cells.asset, cells.fingerprint) == ("orders", FLAVORS.fingerprint)
    assert (cells.ordinals.tolist(), cells.states.tolist()) == ([3], [COMPLETED])
    assert isinstance(backfill, BackfillChanged)
    assert backfill.record == stores.backfills.record(launched.backfill_id)
    assert {event.position for event in told} == {backfill.record.position}


def test_the_told_state_of_a_canceled_partition_is_the_one_it_shows(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, [0]))
    record(stores, launched, completed(launched, launched.first_run))
    again = launch(stores, stage(FLAVORS, [0]))
    told.clear()
    record(stores, again, canceled(again.first_run))
    (cells,) = [event for event in told if isinstance(event, PartitionsChanged)]
    assert cells.states.tolist() == [COMPLETED]


def test_an_output_is_newer_than_what_was_stored_before_it(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4)))
    first = launched.first_run
    for run in (first + 2, first, first + 3, first + 1):
        record(stores, launched, completed(launched, run))
    sequences = stores.states.snapshot("orders", FLAVORS, ("materialized_seq",)).materialized_seq
    assert np.argsort(sequences).tolist() == [2, 0, 3, 1]


def test_the_same_data_version_again_is_no_change(stores: Stores):
    changes = []
    for version in ("a", "a", "b", None, None):
        launched = launch(stores, stage(FLAVORS, [0]))
        record(stores, launched, completed(launched, launched.first_run, data_version=version))
        states = stores.states.snapshot("orders", FLAVORS, ("changed_seq", "materialized_seq"))
        changes.append(bool(states.changed_seq[0] == states.materialized_seq[0]))
    assert changes == [True, False, True, True, True]


def test_a_plain_run_and_a_run_of_many_partitions_are_recorded_alike(stores: Stores):
    columns = ("shown", "attempt", "materialized_run", "code_version", "data_version")
    plain = launch(stores, stage(FLAVORS, [0], assets=("plain",)))
    record(stores, plain, completed(plain, plain.first_run, data_version="d"))
    batched = launch(stores, stage(FLAVORS, [0, 1], assets=("batched",), per_run=2))
    record(stores, batched, completed(batched, batched.first_run, data_version="d"))
    one, other = stores.states.snapshot("plain", FLAVORS, columns), stores.states.snapshot("batched", FLAVORS, columns)
    for name in ("shown", "attempt", "code_version", "data_version"):
        assert one.columns[name][0] == other.columns[name][0] == other.columns[name][1]


def test_metadata_is_kept_for_the_output_and_for_single_partitions(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    described = {"metadata": {"rows": 7}, "key_metadata": {2: {"rows": 3, "mint": True}}, "data_version": "d1"}
    record(stores, launched, completed(launched, launched.first_run, **described))
    usual = stores.runs.partition("orders", FLAVORS, 0).materialization
    special = stores.runs.partition("orders", FLAVORS, 2).materialization
    assert (usual.metadata, special.metadata) == ({"rows": 7}, {"rows": 3, "mint": True})
    assert (usual.data_version, usual.code_version, usual.time) == ("d1", "v1", NOW + 2)


def test_a_partition_of_which_nothing_is_known_is_missing(stores: Stores):
    found = stores.runs.partition("orders", DAYS, 4)
    assert (found.key, found.state) == ("2024-01-05", MISSING)
    assert found.attempt_run is found.attempt_state is found.error is found.materialization is None


def test_a_partition_says_what_its_last_attempt_did(stores: Stores):
    launched = launch(stores, stage(DAYS, [4]))
    record(stores, launched, failed(launched.first_run, "the till is empty"))
    found = stores.runs.partition("orders", DAYS, 4)
    assert (found.attempt_run, found.attempt_state) == (f"r{launched.first_run}", RunState.FAILED)
    assert (found.attempt_started, found.attempt_ended) == (NOW, NOW + 2)
    assert found.error.summary == "ValueError: the till is empty"
    assert found.error.traceback == "Traceback: line 1"


def test_text_that_no_file_can_hold_is_recorded_all_the_same(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0]))
    record(stores, launched, failed(launched.first_run, "half a pair: \ud83d"))
    assert stores.runs.record(launched.first_run).error.message == "half a pair: ?"


def test_a_run_of_another_backfill_is_a_bug(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0]))
    with pytest.raises(KeyError):
        record(stores, launched, failed(launched.first_run + 1))


def test_reports_that_wait_together_are_written_as_one(stores: Stores, told: list[Event]):
    launched = launch(stores, stage(FLAVORS, range(4)))
    first = launched.first_run
    told.clear()

    def put_all(_):
        for run in range(first, first + 4):
            stores.writer.put(RecordRuns(launched, [started(run)], [completed(launched, run)]))

    first_only = _Once(put_all)
    block = stores.writer.subscribe(first_only)
    stores.backfills.set_max_concurrency(launched.backfill_id, 9)
    stores.writer.flush()
    block()
    assert first_only.calls == 1
    assert counts(stores, launched) == (4, 0, 0)
    assert [len(event.records) for event in told if isinstance(event, RunsChanged)] == [4]


class _Once:
    """Calls a function for the first event only."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, events):
        if not self.calls:
            self.calls += 1
            self.function(events)


def test_a_run_in_the_order_of_its_plan_needs_no_order_of_ordinals(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [3, 0, 2, 1], per_run=4))
    mark = PartitionFailure("orders", 0, "sold out")
    record(stores, launched, completed(launched, launched.first_run, failures=[mark]))
    assert shown(stores) == [FAILED, COMPLETED, COMPLETED, COMPLETED]
    assert stores.runs.record(launched.first_run).subset == some(0, 1, 2, 3)


def test_a_completed_run_without_an_output_is_an_attempt_and_no_materialization(stores: Stores):
    launched = launch(stores, stage(FLAVORS, [0]))
    record(stores, launched, RunOutcome(launched.first_run, RunState.COMPLETED, NOW, NOW + 1))
    found = stores.runs.partition("orders", FLAVORS, 0)
    assert (found.state, found.materialization) == (COMPLETED, None)
