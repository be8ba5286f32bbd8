"""What earlier runs tell, and cleaning them away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rivers_core.events import BackfillDeleted, Event
from rivers_core.states import BackfillState
from rivers_core.steps.task import LogLine
from rivers_core.storage.lease import Holder
from rivers_core.storage.log_store import AppendLogs
from rivers_core.storage.stores import Stores

from .building import DAYS, FLAVORS, NOW, completed, failed, launch, record, stage


def timed(outcome, seconds: float):
    return replace(outcome, started=NOW, ended=NOW + seconds)


def test_durations_are_those_of_completed_runs_over_the_same_assets(stores: Stores):
    launched = launch(stores, stage(DAYS, range(8), per_run=2))
    first = launched.first_run
    reports = [timed(completed(launched, first + at), seconds) for at, seconds in enumerate([1, 2, 9])]
    record(stores, launched, *reports, timed(failed(first + 3), 500))
    together = launch(stores, stage(DAYS, [0], assets=("orders", "invoices")))
    record(stores, together, timed(completed(together, together.first_run), 40))
    summary = stores.history.summary(["orders"])
    assert (summary.runs, summary.mean, summary.p50) == (3, 4, 2)
    assert summary.p90 == pytest.approx(7.6)
    assert summary.mean_per_partition == 2
    assert stores.history.summary(["invoices", "orders"]).mean == 40


def test_the_last_runs_come_first_whatever_the_number_of_backfills(stores: Stores, monkeypatch):
    monkeypatch.setattr("rivers_core.storage.history_store._LAST_RUNS", 3)
    for seconds in (100, 5, 5, 2):
        launched = launch(stores, stage(FLAVORS, [0]))
        record(stores, launched, timed(completed(launched, launched.first_run), seconds))
    summary = stores.history.summary(["orders"])
    assert (summary.runs, summary.mean) == (3, 4)


def test_without_earlier_runs_there_is_no_summary(stores: Stores):
    assert stores.history.summary(["orders"]) is None
    launch(stores, stage(FLAVORS, [0]))
    assert stores.history.summary(["orders"]) is None


def test_cleaning_takes_what_ended_before_and_says_so_first(stores: Stores, told: list[Event]):
    old, new, open_ = (launch(stores, stage(FLAVORS, [place])) for place in (0, 1, 2))
    direct = stores.runs.begin_direct(stage(FLAVORS, [3]), Holder.current())
    assert direct is not None
    for launched in (old, new, open_, direct):
        record(stores, launched, completed(launched, launched.first_run, metadata={"rows": launched.first_run}))
    stores.writer.apply(AppendLogs([LogLine(old.first_run, NOW, "INFO", "log", "", "hello")] * 2))
    stores.backfills.finish(old.backfill_id, BackfillState.CANCELED)
    between = stores.backfills.record(old.backfill_id).ended + 1e-6
    stores.backfills.finish(new.backfill_id, BackfillState.CANCELED)
    states = stores.states.snapshot("orders", FLAVORS).shown.tolist()
    told.clear()
    preview = stores.history.preview_cleaning(between)
    assert (preview.backfills, preview.runs, preview.log_lines) == (1, 2, 2)
    assert stores.history.clean(between) == preview
    assert [event.backfill_id for event in told if isinstance(event, BackfillDeleted)] == [old.backfill_id]
    assert [run.run_id for run in stores.runs.runs().records] == [f"r{open_.first_run}", f"r{new.first_run}"]
    assert stores.logs.lines(old.first_run) == ()
    assert stores.states.snapshot("orders", FLAVORS).shown.tolist() == states
    for launched, place in ((old, 0), (direct, 3)):
        kept = stores.runs.partition("orders", FLAVORS, place)
        assert kept.materialization.metadata == {"rows": launched.first_run}
        assert kept.materialization.time == NOW + 2
    nothing = stores.history.preview_cleaning(between)
    assert (nothing.backfills, nothing.runs, nothing.log_lines) == (0, 0, 0)


def test_what_was_said_of_an_output_that_was_replaced_goes_with_its_run(stores: Stores):
    for _ in range(2):
        launched = launch(stores, stage(FLAVORS, [0]))
        outcome = completed(launched, launched.first_run, metadata={"a": 1}, key_metadata={0: {"b": 2}})
        record(stores, launched, outcome)
        stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
    stores.history.clean(stores.backfills.record("b2").ended + 1)
    with stores.database.reading() as connection:
        for table in ("outputs", "output_keys"):
            assert connection.exec_driver_sql(f"SELECT run FROM {table}").fetchall() == [(launched.first_run,)]


def test_an_error_is_stored_once_and_goes_with_its_last_run(stores: Stores):
    first, second = (launch(stores, stage(FLAVORS, [0, 1])) for _ in range(2))
    for launched in (first, second):
        record(stores, launched, failed(launched.first_run), failed(launched.first_run + 1))

    def errors() -> int:
        with stores.database.reading() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM errors").scalar_one()

    assert errors() == 1
    for launched, left in ((first, 1), (second, 0)):
        stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
        stores.backfills.delete(launched.backfill_id)
        assert errors() == left
    again = launch(stores, stage(FLAVORS, [0]))
    record(stores, again, failed(again.first_run))
    assert stores.runs.record(again.first_run).error.message == "the till is empty"


def test_cleaning_gives_room_back_to_the_disk(path: Path):
    with Stores.open(path) as stores:
        launched = launch(stores, stage(FLAVORS, [0]))
        lines = [LogLine(launched.first_run, NOW, "INFO", "log", "", "x" * 10_000)] * 300
        stores.writer.apply(AppendLogs(lines))
        stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
        ended = stores.backfills.record(launched.backfill_id).ended
    full = path.stat().st_size
    with Stores.open(path) as stores:
        stores.history.clean(ended + 1)
    assert full > 3_000_000
    assert path.stat().st_size < 500_000
