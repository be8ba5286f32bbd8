"""Backfills under way: canceled, paused, left alone while the window closes, and taken up again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton

from rivers_app.views.desktop import Desktop
from rivers_core.states import BackfillState, PartitionState
from tests import hands
from tests.journeys import projects, stored
from tests.journeys.conftest import SitDown
from tests.journeys.desk import Desk


def launch_all(desk: Desk, project: Path) -> str:
    """Backfill every letter; all but the first wait at the gate."""
    desk.open(project)
    desk.open_asset("letter")
    desk.press("backfillButton")
    desk.preview()
    backfill_id = desk.launch()
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 1 and desk.counted(PartitionState.RUNNING) > 0)
    return backfill_id


def close(desktop: Desktop, desk: Desk, answer: str) -> None:
    desktop.quit()
    hands.press(desk.dialog("closingDialog"), answer)
    desk.wait(desktop.closed.is_set)


def test_cancel_stops_what_hangs_and_keeps_what_is_done(desk: Desk, tmp_path: Path):
    project = projects.gated(tmp_path / "letters")
    backfill_id = launch_all(desk, project)
    desk.window.show_page("backfills")
    desk.wait(desk.part(QPushButton, "cancelButton").isEnabled)
    desk.press("cancelButton")
    desk.wait_for_end(backfill_id)
    found = stored.backfill(project, 1)
    assert (found["state"], found["completed"], found["canceled"]) == ("canceled", 1, 5)
    desk.window.show_page("assets")
    desk.wait(lambda: desk.counted(PartitionState.CANCELED) == 5)
    assert desk.counted(PartitionState.COMPLETED) == 1


def test_paused_runs_end_and_no_other_begins_until_resume(desk: Desk, tmp_path: Path):
    project = projects.gated(tmp_path / "letters", keys="abcdefghijkl")
    backfill_id = launch_all(desk, project)
    desk.press("activityPauseButton")
    desk.wait(lambda: desk.session.engine.backfill(backfill_id).state is BackfillState.PAUSED)
    projects.open_gate(project)
    desk.wait(lambda: desk.session.engine.backfill(backfill_id).running_runs == 0)
    desk.wait(lambda: desk.counted(PartitionState.RUNNING) == 0)
    assert stored.backfill(project, 1)["completed"] < 12
    desk.wait(desk.part(QPushButton, "activityResumeButton").isVisible)
    desk.press("activityResumeButton")
    desk.wait_for_end(backfill_id)
    assert stored.backfill(project, 1)["completed"] == 12


def test_a_backfill_that_was_stopped_with_the_window_is_offered_and_resumed_at_the_next_start(
    sit_down: SitDown, tmp_path: Path
):
    project = projects.gated(tmp_path / "letters")
    first = sit_down()
    backfill_id = launch_all(first, project)
    close(first.desktop, first, "stopAndCloseButton")
    interrupted = stored.backfill(project, 1)
    assert (interrupted["state"], interrupted["completed"]) == ("interrupted", 1)

    second = sit_down()
    second.desktop.begin(None)
    second.wait_for_code(project)
    assert second.window.pages.assets.place().asset == "letter", "it begins where one was"
    told = second.notice("was interrupted at 1 of 6 partitions")
    projects.open_gate(project)
    hands.press(told, "bannerAction0")
    second.wait_for_end(backfill_id)
    second.wait(lambda: second.counted(PartitionState.COMPLETED) == 6)
    found = stored.backfill(project, 1)
    assert (found["state"], found["completed"], found["num_runs"]) == ("completed", 6, 6)


def test_the_window_stays_when_one_would_rather_not_close_it(desk: Desk, tmp_path: Path):
    project = projects.gated(tmp_path / "letters")
    backfill_id = launch_all(desk, project)
    desk.desktop.quit()
    hands.press(desk.dialog("closingDialog"), "stayButton")
    desk.wait(lambda: hands.dialog("closingDialog") is None)
    assert desk.window.isVisible()
    assert not desk.desktop.closed.is_set()
    projects.open_gate(project)
    desk.wait_for_end(backfill_id)
    assert stored.backfill(project, 1)["completed"] == 6


def test_runs_at_a_time_change_while_it_runs(desk: Desk, tmp_path: Path):
    project = projects.gated(tmp_path / "letters")
    backfill_id = launch_all(desk, project)
    desk.window.show_page("backfills")
    desk.wait(lambda: "letter" in desk.part(QLabel, "backfillTitle").text())
    hands.count_to(desk.window, "backfillConcurrency", 1)
    desk.wait(lambda: desk.session.engine.backfill(backfill_id).max_concurrency == 1)
    projects.open_gate(project)
    desk.wait_for_end(backfill_id)
    assert stored.rows(project, "SELECT max_concurrency, completed FROM backfills") == [(1, 6)]
