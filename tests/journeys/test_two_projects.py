"""One project after the other in one window, without a trace of the first in the second."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QAbstractItemView

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import projects, stored
from tests.journeys.desk import Desk


def test_each_project_keeps_its_own_backfills_states_and_place(desk: Desk, nyc_flights: Path, tmp_path: Path):
    letters = projects.written(tmp_path / "letters", projects.PLAIN)
    desk.open(nyc_flights)
    heatmap = desk.open_asset("daily_flights")
    hands.drag_cells(heatmap, "date=2013-03-01|origin=EWR", "date=2013-03-02|origin=LGA")
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())

    desk.open(letters)
    desk.open_asset("letter")
    assert desk.counted(PartitionState.COMPLETED) == 0
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())
    desk.window.show_page("backfills")
    backfills = desk.part(QAbstractItemView, "backfillTable").model()
    assert backfills is not None
    desk.wait(lambda: backfills.rowCount() == 1)

    desk.open(nyc_flights)
    desk.wait(lambda: desk.window.pages.assets.place().asset == "daily_flights")
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 6)
    assert desk.heatmap.selection.count == 6, "what was selected is selected again"
    assert stored.backfill(nyc_flights, 1)["assets"] == ["daily_flights"]
    assert stored.backfill(letters, 1)["assets"] == ["letter"]


def test_a_folder_that_is_new_here_is_asked_about_before_its_code_runs(desk: Desk, tmp_path: Path):
    code = projects.PLAIN + "\nfrom pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
    project = projects.written(tmp_path / "letters", code)
    desk.desktop.projects.open(project)
    hands.press(desk.dialog("trustDialog"), "distrustButton")
    desk.wait(lambda: hands.dialog("trustDialog") is None)
    assert not (project / "ran").exists()
    desk.desktop.projects.open(project)
    hands.press(desk.dialog("trustDialog"), "trustButton")
    desk.wait_for_code(project)
    assert (project / "ran").exists()
    desk.open(project)  # not asked again
