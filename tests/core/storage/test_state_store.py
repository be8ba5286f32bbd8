"""The states of partitions as they are read, and what an edited definition does to them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from rivers_core.events import Event
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState
from rivers_core.steps.task import PartitionFailure, StoredOutput
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, completed, failed, launch, record, some, stage

MISSING, COMPLETED, FAILED = PartitionState.MISSING, PartitionState.COMPLETED, PartitionState.FAILED

PD = PartitionsDefinition


def run_over(stores: Stores, definition, done=(), broken=(), asset="orders"):
    """Complete some partitions and fail others."""
    launched = launch(stores, stage(definition, [*done, *broken], assets=(asset,)))
    runs = range(launched.first_run, launched.first_run + launched.num_runs)
    reports = [
        completed(launched, run) if at < len(done) else failed(run, f"failed as run {run}")
        for at, run in enumerate(runs)
    ]
    record(stores, launched, *reports)
    return launched


def shown(stores: Stores, definition, asset="orders"):
    return stores.states.snapshot(asset, definition).shown.tolist()


def test_an_asset_that_nothing_was_stored_of_is_missing_everywhere(stores: Stores):
    states = stores.states.snapshot("orders", DAYS, ("shown", "materialized_seq"))
    assert (states.size, states.fingerprint) == (31, DAYS.fingerprint)
    assert not states.shown.any()
    assert not states.materialized_seq.any()
    assert shown(stores, None) == [MISSING]


def test_a_column_that_was_not_asked_for_is_no_attribute(stores: Stores):
    with pytest.raises(AttributeError, match="'attempt' was not asked for"):
        stores.states.snapshot("orders", DAYS).attempt  # noqa: B018


def test_states_are_counted_by_what_they_show(stores: Stores):
    run_over(stores, DAYS, done=[1, 2, 3], broken=[7])
    counts = stores.states.counts("orders", DAYS)
    assert counts == {MISSING: 27, COMPLETED: 3, FAILED: 1, PartitionState.CANCELED: 0}


def test_assets_do_not_share_states(stores: Stores):
    run_over(stores, DAYS, done=[1], asset="orders")
    run_over(stores, DAYS, done=[2], asset="invoices")
    assert np.flatnonzero(shown(stores, DAYS, "orders")).tolist() == [1]
    assert np.flatnonzero(shown(stores, DAYS, "invoices")).tolist() == [2]


def test_partitions_far_apart_keep_their_states(stores: Stores):
    hours = PD.hourly(datetime(1990, 1, 1), datetime(2020, 1, 1))
    places = [0, 511, 512, 100_000, hours.size() - 1]
    run_over(stores, hours, done=places)
    states = stores.states.snapshot("orders", hours)
    assert np.flatnonzero(states.shown).tolist() == places
    assert len(states.shown) == hours.size()


def test_a_grid_that_grows_keeps_its_states_without_moving_them(stores: Stores):
    run_over(stores, DAYS, done=[0, 30])
    longer = PD.daily(datetime(2024, 1, 1), datetime(2024, 3, 1))
    before = stores.database.position
    assert np.flatnonzero(shown(stores, longer)).tolist() == [0, 30]
    assert stores.database.position == before


def test_what_a_shorter_grid_has_no_more_is_listed_and_comes_back_with_a_longer_one(stores: Stores):
    launched = run_over(stores, DAYS, done=[0], broken=[30])
    shorter = PD.daily(datetime(2024, 1, 1), datetime(2024, 1, 15))
    assert np.flatnonzero(shown(stores, shorter)).tolist() == [0]
    (orphan,) = stores.states.orphans("orders", shorter)
    assert (orphan.key, orphan.state, orphan.run_id) == ("2024-01-31", FAILED, f"r{launched.first_run + 1}")
    assert stores.states.orphans("orders", DAYS) == []
    assert np.flatnonzero(shown(stores, DAYS)).tolist() == [0, 30]


def test_states_survive_an_edited_start(stores: Stores):
    run_over(stores, DAYS, done=[0, 10])
    later = PD.daily(datetime(2024, 1, 5), datetime(2024, 2, 1))
    assert np.flatnonzero(shown(stores, later)).tolist() == [6]
    assert [orphan.key for orphan in stores.states.orphans("orders", later)] == ["2024-01-01"]
    earlier = PD.daily(datetime(2023, 12, 30), datetime(2024, 2, 1))
    assert np.flatnonzero(shown(stores, earlier)).tolist() == [2, 12]
    assert stores.states.orphans("orders", earlier) == []


def test_states_survive_keys_added_removed_and_moved(stores: Stores):
    run_over(stores, FLAVORS, done=[0, 3], broken=[1])
    edited = PD.static_(["cherry", "walnut", "lemon"])
    assert shown(stores, edited) == [COMPLETED, MISSING, FAILED]
    assert [orphan.key for orphan in stores.states.orphans("orders", edited)] == ["vanilla"]


def test_a_key_added_at_the_end_moves_nothing(stores: Stores):
    run_over(stores, FLAVORS, done=[0, 3])
    assert shown(stores, PD.static_(["vanilla", "lemon", "mint", "cherry", "walnut"])) == [1, 0, 0, 1, 0]


def test_states_survive_a_dimension_that_grew(stores: Stores):
    regions = {"date": DAYS, "region": PD.static_(["north", "south"])}
    run_over(stores, PD.multi(regions), done=[0, 1, 61])
    grown = PD.multi(regions | {"region": PD.static_(["south", "east", "north"])})
    keys = [grown.label_at(ordinal) for ordinal in np.flatnonzero(shown(stores, grown)).tolist()]
    assert keys == ["date=2024-01-01|region=south", "date=2024-01-01|region=north", "date=2024-01-31|region=south"]


def test_every_column_moves_with_its_partition(stores: Stores):
    launched = run_over(stores, FLAVORS, done=[3], broken=[1])
    columns = ("attempt", "attempt_run", "materialized_run", "materialized_seq", "materialized_time", "code_version")
    before = stores.states.snapshot("orders", FLAVORS, columns)
    after = stores.states.snapshot("orders", PD.static_(["lemon", "cherry"]), columns)
    for name in columns:
        assert after.columns[name].tolist() == before.columns[name][[1, 3]].tolist()
    assert after.attempt_run.tolist() == [launched.first_run + 1, launched.first_run]


def test_a_definition_that_comes_back_finds_its_states(stores: Stores):
    run_over(stores, FLAVORS, done=[0, 1, 2])
    edited = PD.static_(["mint"])
    assert shown(stores, edited) == [COMPLETED]
    assert shown(stores, FLAVORS) == [COMPLETED, COMPLETED, COMPLETED, MISSING]
    assert shown(stores, edited) == [COMPLETED]


def test_what_an_old_backfill_still_writes_is_carried_over_too(stores: Stores):
    old = launch(stores, stage(FLAVORS, [0, 1]))
    edited = PD.static_(["lemon", "vanilla"])
    record(stores, old, completed(old, old.first_run))
    assert shown(stores, edited) == [MISSING, COMPLETED]
    record(stores, old, failed(old.first_run + 1))
    assert shown(stores, edited) == [FAILED, COMPLETED]


def test_of_two_attempts_at_one_key_the_later_run_shows(stores: Stores):
    edited = PD.static_(["lemon", "vanilla"])
    old = launch(stores, stage(FLAVORS, [0, 1]))
    new = launch(stores, stage(edited, [0, 1]))
    record(stores, new, failed(new.first_run), completed(new, new.first_run + 1))
    record(stores, old, completed(old, old.first_run), completed(old, old.first_run + 1))
    states = stores.states.snapshot("orders", edited, ("shown", "attempt_run", "materialized_run"))
    assert states.shown.tolist() == [FAILED, COMPLETED]
    assert states.attempt_run.tolist() == [new.first_run, new.first_run + 1]
    # The old run of lemon stored an output all the same, and that one is the last.
    assert states.materialized_run.tolist() == [old.first_run + 1, old.first_run]


def test_an_asset_that_gains_or_loses_partitions_keeps_what_it_had(stores: Stores):
    run_over(stores, None, done=[0])
    assert shown(stores, FLAVORS) == [MISSING] * 4
    assert [orphan.key for orphan in stores.states.orphans("orders", FLAVORS)] == [""]
    run_over(stores, FLAVORS, done=[2])
    assert shown(stores, None) == [COMPLETED]


def test_reading_twice_carries_over_once(stores: Stores):
    run_over(stores, FLAVORS, done=[0, 3])
    edited = PD.static_(["cherry"])
    shown(stores, edited)
    before = stores.database.position
    assert shown(stores, edited) == [COMPLETED]
    assert len(stores.states.orphans("orders", edited)) == 1
    assert stores.database.position == before


def test_launching_under_an_edited_definition_carries_over_first(stores: Stores):
    run_over(stores, FLAVORS, done=[1])
    edited = PD.static_(["lemon", "walnut"])
    launched = launch(stores, stage(edited, [1]))
    record(stores, launched, completed(launched, launched.first_run))
    assert shown(stores, edited) == [COMPLETED, COMPLETED]


def test_the_metadata_of_a_partition_is_found_under_its_new_ordinal(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    outcome = completed(launched, launched.first_run, key_metadata={3: {"pits": 2}}, data_version="d")
    record(stores, launched, outcome)
    edited = PD.static_(["cherry", "vanilla"])
    shown(stores, edited)
    found = stores.runs.partition("orders", edited, 0).materialization
    assert (found.metadata, found.data_version) == ({"pits": 2}, "d")


def test_the_failure_of_a_partition_is_found_under_its_new_ordinal(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    marks = completed(launched, launched.first_run, failures=[PartitionFailure("orders", 3, "stale cherries")])
    record(stores, launched, marks)
    edited = PD.static_(["cherry", "vanilla"])
    shown(stores, edited)
    found = stores.runs.partition("orders", edited, 0)
    assert (found.state, found.error.message) == (FAILED, "stale cherries")


def test_only_what_a_run_stored_counts_as_its_output(stores: Stores):
    launched = launch(stores, stage(FLAVORS, range(4), per_run=4))
    record(stores, launched, failed(launched.first_run, outputs=[StoredOutput("orders", some(2), "v2")]))
    states = stores.states.snapshot("orders", FLAVORS, ("materialized_run", "code_version"))
    assert np.flatnonzero(states.materialized_run).tolist() == [2]
    assert states.code_version[2] == stores.states.code_version_ids()["v2"]


def test_a_partition_whose_output_is_gone_is_missing_and_its_attempt_stays_known(stores: Stores):
    launched = run_over(stores, FLAVORS, done=[0, 1, 3])
    again = launch(stores, stage(FLAVORS, [1]))
    record(stores, again, failed(again.first_run))
    told: list[Event] = []
    stores.writer.subscribe(told.extend)
    stores.states.mark_missing("orders", FLAVORS, {3, 1})
    assert shown(stores, FLAVORS) == [COMPLETED, FAILED, MISSING, MISSING]
    (change,) = told
    assert (change.ordinals.tolist(), change.states.tolist()) == ([1, 3], [FAILED, MISSING])
    gone = stores.runs.partition("orders", FLAVORS, 3)
    assert (gone.materialization, gone.attempt_run) == (None, f"r{launched.first_run + 2}")
    assert stores.runs.partition("orders", FLAVORS, 0).materialization is not None


def test_the_output_of_an_asset_without_partitions_can_be_gone(stores: Stores):
    run_over(stores, None, done=[0])
    stores.states.mark_missing("orders", None, [0])
    assert shown(stores, None) == [MISSING]


def test_marking_no_partition_changes_nothing(stores: Stores):
    before = stores.database.position
    stores.states.mark_missing("orders", FLAVORS, [])
    assert stores.database.position == before
