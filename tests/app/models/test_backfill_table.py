"""The table of backfills: how a record reads, and how the table follows what changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from rivers_app.models.backfill_table import BackfillColumn, BackfillTableModel, counts_of, share_done
from rivers_app.models.roles import COUNTS_ROLE, SORT_ROLE, STATE_ROLE
from rivers_core.states import BackfillState, PartitionState
from tests.app.builders import a_backfill

NOW = 1_700_000_100.0


@pytest.fixture
def model(qapp) -> Iterator[BackfillTableModel]:
    model = BackfillTableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_now(NOW)
    yield model
    del tester


def text(model, row, column):
    return model.index(row, column).data()


def ids(model):
    return [text(model, row, BackfillColumn.ID) for row in range(model.rowCount())]


def test_a_running_backfill_reads_as_how_far_it_is(model):
    model.replace([a_backfill(completed=3, failed=1, tags=(("team", "data"),))])
    assert text(model, 0, BackfillColumn.STATE) == "running"
    assert text(model, 0, BackfillColumn.DONE) == "4 of 10"
    assert text(model, 0, BackfillColumn.FAILED) == "1"
    assert text(model, 0, BackfillColumn.PROGRESS) == "40 %"
    assert text(model, 0, BackfillColumn.DURATION) == "1 min 39 s"
    assert text(model, 0, BackfillColumn.TAGS) == "team=data"
    assert model.index(0, BackfillColumn.STATE).data(STATE_ROLE) == "in_progress"
    assert model.index(0, BackfillColumn.PROGRESS).data(COUNTS_ROLE)[PartitionState.QUEUED] == 6


def test_what_was_canceled_was_not_done(model):
    model.replace([a_backfill(completed=2, failed=1, canceled=7, state=BackfillState.CANCELED)])
    assert text(model, 0, BackfillColumn.DONE) == "3 of 10"


def test_the_duration_of_an_interrupted_backfill_does_not_grow(model):
    model.replace([a_backfill(state=BackfillState.INTERRUPTED)])
    assert text(model, 0, BackfillColumn.DURATION) == ""


def test_what_is_left_counts_as_missing_once_it_may_not_run_any_more():
    record = a_backfill(completed=3, state=BackfillState.CANCELED, canceled=2)
    assert counts_of(record)[PartitionState.MISSING] == 5
    assert PartitionState.QUEUED not in counts_of(record)


def test_all_is_said_to_be_done_only_when_it_is():
    assert share_done(a_backfill(total_partitions=1000, completed=999)) == 99
    assert share_done(a_backfill(total_partitions=1000, completed=1000)) == 100
    assert share_done(a_backfill(total_partitions=0)) == 100


def test_a_known_backfill_is_replaced_and_an_unknown_one_handed_back(model):
    model.replace([a_backfill("b1", position=5)])
    unknown = model.update([a_backfill("b1", completed=7, position=6), a_backfill("b2")])
    assert [record.backfill_id for record in unknown] == ["b2"]
    assert text(model, 0, BackfillColumn.DONE) == "7 of 10"
    assert ids(model) == ["b1"]


def test_news_that_is_older_than_what_is_shown_changes_nothing(model):
    model.replace([a_backfill("b1", completed=7, position=6)])
    model.update([a_backfill("b1", completed=3, position=5)])
    assert text(model, 0, BackfillColumn.DONE) == "7 of 10"


def test_newer_ones_come_on_top_older_ones_below_and_none_twice(model):
    model.replace([a_backfill("b2")])
    model.prepend([a_backfill("b3"), a_backfill("b2")])
    model.append([a_backfill("b1"), a_backfill("b3")])
    assert ids(model) == ["b3", "b2", "b1"]
    assert [model.row_of(name) for name in ("b3", "b1", "b9")] == [0, 2, -1]


def test_deleted_ones_go(model):
    model.replace([a_backfill("b3"), a_backfill("b2"), a_backfill("b1")])
    model.remove(["b1", "b3", "b9"])
    assert ids(model) == ["b2"]
    assert model.row_of("b2") == 0


def test_the_time_left_comes_from_the_pace_of_this_backfill(model):
    model.replace([a_backfill(completed=0)])
    model.update([a_backfill(completed=0, position=2)])
    assert text(model, 0, BackfillColumn.LEFT) == ""
    model.set_now(NOW + 10)
    model.update([a_backfill(completed=2, position=3)])
    assert text(model, 0, BackfillColumn.LEFT) == "about 40 seconds"
    assert model.rate(model.record(0)) == pytest.approx(0.2)
    assert text(model, 0, BackfillColumn.RATE) == "12/min"
    ended = a_backfill(completed=10, state=BackfillState.COMPLETED, ended=NOW + 50, position=4)
    model.update([ended])
    assert text(model, 0, BackfillColumn.LEFT) == ""
    took = NOW + 50 - model.record(0).started
    assert model.index(0, BackfillColumn.RATE).data(SORT_ROLE) == pytest.approx(10 / took), "all in all"


def test_columns_sort_by_what_they_mean(model):
    model.replace([a_backfill("b10", created=2.0, failed=9), a_backfill("b9", created=1.0, failed=10)])
    newest, older = (model.index(row, BackfillColumn.ID).data(SORT_ROLE) for row in (0, 1))
    assert newest > older
    few, many = (model.index(row, BackfillColumn.FAILED).data(SORT_ROLE) for row in (0, 1))
    assert few < many


def test_numbers_stand_at_the_right(model):
    model.replace([a_backfill()])
    aligned = model.index(0, BackfillColumn.DONE).data(Qt.ItemDataRole.TextAlignmentRole)
    assert aligned & Qt.AlignmentFlag.AlignRight
