"""The project's code changes while it is open: reloaded, broken, mended."""

from __future__ import annotations

from pathlib import Path

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import projects, stored
from tests.journeys.desk import Desk


def backfill_all(desk: Desk) -> None:
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())


def test_new_partitions_are_there_after_a_reload_and_what_was_done_is_kept(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN)
    desk.open(project)
    desk.open_asset("letter")
    backfill_all(desk)
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 3)
    projects.written(project, projects.PLAIN.replace('["a", "b", "c"]', '["x", "a", "b", "c", "d"]'))
    desk.press("reloadButton")
    desk.wait(lambda: desk.heatmap.model.size == 5)
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 3)
    hands.press(desk.window, "statusLegend_missing")
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 5)
    assert stored.backfill(project, 2)["total_partitions"] == 2


def test_broken_code_is_told_with_its_line_and_mended_by_reload(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN)
    desk.open(project)
    desk.open_asset("letter")
    backfill_all(desk)
    projects.written(project, projects.PLAIN.replace("return context", "retrun context"))
    desk.press("reloadButton")
    desk.wait(lambda: desk.session.code_error is not None)
    told = desk.notice("assets.py")
    assert desk.heatmap.model.size == 3, "what was there is still shown"
    assert stored.backfill(project, 1)["completed"] == 3
    projects.written(project, projects.PLAIN)
    hands.press(told, "bannerAction0")
    desk.wait(lambda: desk.session.code_error is None)


def test_a_project_that_never_loaded_shows_what_is_wrong_and_loads_once_it_is_mended(desk: Desk, tmp_path: Path):
    project = projects.written(
        tmp_path / "letters", "import rivers_core as rs\nrepo = rs.CodeRepository(assets=[lost])\n"
    )
    desk.open(project)
    desk.wait(lambda: "lost" in desk.text("codeProblemText"))
    projects.written(project, projects.PLAIN)
    desk.press("reloadBrokenButton")
    desk.wait(lambda: desk.session.spec is not None)
    desk.open_asset("letter")
    assert desk.heatmap.model.size == 3
