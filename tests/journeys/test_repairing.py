"""From failed cells to their reason, and to a rerun of just those."""

from __future__ import annotations

from pathlib import Path

import duckdb
from PySide6.QtWidgets import QLabel, QPushButton

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import stored
from tests.journeys.desk import Desk

# The station at JFK reports until 18:00 on December 30.
HOURS = "2013-12-30T16:00..2013-12-30T21:00"
SILENT = "hour=2013-12-30T20:00|origin=JFK"


def backfill_six_hours(desk: Desk) -> str:
    desk.open_asset("hourly_weather")
    desk.press("backfillButton")
    dialog = desk.dialog("backfillDialog")
    desk.wait(lambda: dialog.findChild(QLabel, "rangeCount_hour") is not None)
    hands.write(dialog, "rangeField_hour", HOURS)
    hands.write(dialog, "rangeField_origin", "JFK")
    desk.wait(lambda: hands.part(dialog, QLabel, "backfillSummary").text() == "6 partitions in 6 runs")
    desk.preview()
    backfill_id = desk.launch()
    desk.wait_for_end(backfill_id)
    desk.wait(lambda: desk.counted(PartitionState.FAILED) == 3)
    return backfill_id


def rerun_failed(desk: Desk) -> str:
    """Rerun from the Backfills page; the preview has to show just the three that failed."""
    desk.window.show_page("backfills")
    desk.wait(desk.part(QPushButton, "rerunButton").isEnabled)
    hands.choose_action(desk.part(QPushButton, "rerunButton"), "rerunFailedAction")
    preview = desk.dialog("previewDialog")
    assert hands.part(preview, QLabel, "previewTitle").text() == "3 partitions in 3 runs"
    return desk.launch()


def add_readings(project: Path) -> None:
    """Do as the reason says: the hours without a reading get the last one there was."""
    place = project / "data" / "weather" / "JFK" / "2013-12.parquet"
    more = place.with_name("more.parquet")
    duckdb.execute(
        f"""
        COPY (
            SELECT * FROM '{place}'
            UNION ALL BY NAME
            SELECT * REPLACE (hour + to_hours(later) AS hour)
            FROM '{place}', (SELECT unnest([1, 2, 3]) AS later)
            WHERE hour = TIMESTAMP '2013-12-30 18:00'
        ) TO '{more}'
        """
    )
    more.replace(place)


def test_a_failed_cell_tells_its_reason_and_rerun_retries_just_the_failed(desk: Desk, nyc_flights: Path):
    desk.open(nyc_flights)
    backfill_six_hours(desk)
    hands.click_cell(desk.heatmap, SILENT)
    reason = "The station at JFK has no reading for 2013-12-30T20:00."
    desk.wait(lambda: reason in desk.text("partitionError"))
    assert stored.backfill(nyc_flights, 1)["failed"] == 3
    assert stored.run_states(nyc_flights, 1) == {stored.COMPLETED: 3, stored.FAILED: 3}
    assert any(reason in message for message in stored.errors(nyc_flights, 1))
    kept = {file: file.stat().st_mtime_ns for file in stored.output_files(nyc_flights, "hourly_weather")}
    assert len(kept) == 3

    add_readings(nyc_flights)
    desk.wait_for_end(rerun_failed(desk))
    again = stored.backfill(nyc_flights, 2)
    assert (again["state"], again["total_partitions"], again["completed"]) == ("completed", 3, 3)
    assert stored.rows(nyc_flights, "SELECT rerun_of FROM backfills WHERE number = 2") == [("b1",)]
    files = stored.output_files(nyc_flights, "hourly_weather")
    assert len(files) == 6
    assert {file: file.stat().st_mtime_ns for file in files if file in kept} == kept, "those that were done stay"
    desk.window.show_page("assets")
    desk.wait(lambda: desk.counted(PartitionState.FAILED) == 0 and desk.counted(PartitionState.COMPLETED) == 6)
    desk.wait(lambda: desk.text("partitionAttempt").startswith("completed"))


def test_the_legend_selects_all_failed_cells_for_the_next_backfill(desk: Desk, nyc_flights: Path):
    desk.open(nyc_flights)
    backfill_six_hours(desk)
    hands.press(desk.window, "statusLegend_failed")
    assert desk.heatmap.selection.count == 3
    desk.press("backfillButton")
    preview = desk.preview()
    assert hands.part(preview, QLabel, "previewState_failed").text() == "3 failed before"
    hands.press(preview, "previewBack")
    hands.press(desk.dialog("backfillDialog"), "backfillCancel")
    desk.wait(lambda: hands.dialog("backfillDialog") is None)
    assert stored.rows(nyc_flights, "SELECT count(*) FROM backfills") == [(1,)], "a preview launches nothing"
