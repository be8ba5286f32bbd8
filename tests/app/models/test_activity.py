"""One line says what runs, how far it is and how long it still takes."""

from __future__ import annotations

from dataclasses import replace

from rivers_app.models.activity import Activity, ActivityWatch
from rivers_core.states import BackfillState
from tests.app.builders import a_backfill


def test_nothing_under_way_says_nothing() -> None:
    assert ActivityWatch().look([], 0.0) == Activity()
    interrupted = a_backfill(state=BackfillState.INTERRUPTED)
    assert ActivityWatch().look([interrupted], 0.0) == Activity()


def test_a_running_backfill_tells_its_progress_and_time_left() -> None:
    watch = ActivityWatch()
    record = a_backfill("b1", total_partitions=93)
    for second in range(32):
        activity = watch.look([replace(record, completed=second)], float(second))
    assert activity.text == "1 backfill running · 31 of 93 · about 1 minute left"
    assert (activity.ended, activity.total) == (31, 93)
    assert activity.pausable == activity.cancelable == ("b1",)
    assert not activity.resumable


def test_several_backfills_are_told_together_and_the_slowest_ends_last() -> None:
    watch = ActivityWatch()
    fast, slow = a_backfill("b1", total_partitions=100), a_backfill("b2", total_partitions=1000)
    for second in range(11):
        activity = watch.look([replace(fast, completed=2 * second), replace(slow, completed=second)], float(second))
    assert activity.text == "2 backfills running · 30 of 1,100 · about 16 minutes left"


def test_a_paused_backfill_can_be_resumed_and_one_that_is_canceling_only_waited_for() -> None:
    paused = a_backfill("b1", state=BackfillState.PAUSED, completed=4)
    canceling = a_backfill("b2", state=BackfillState.CANCELING)
    watch = ActivityWatch()
    assert watch.look([paused], 0.0).text == "1 backfill paused · 4 of 10"
    both = watch.look([paused, canceling], 1.0)
    assert both.text.startswith("1 backfill running, 1 paused")
    assert both.resumable == both.cancelable == ("b1",)
    assert both.pausable == ()


def test_time_left_is_not_told_before_every_pace_is_known() -> None:
    watch = ActivityWatch()
    known, unknown = a_backfill("b1"), a_backfill("b2")
    for second in range(5):
        watch.look([replace(known, completed=second)], float(second))
    assert "left" not in watch.look([replace(known, completed=5), unknown], 5.0).text
