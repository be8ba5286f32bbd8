"""From a click to files: January of two airports, by the mouse alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
from PySide6.QtWidgets import QLabel, QTableView

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import stored
from tests.journeys.desk import Desk

JANUARY_OF_TWO = ("date=2013-01-01|origin=EWR", "date=2013-01-31|origin=JFK")


def test_january_of_two_airports_is_pointed_at_previewed_launched_and_stored(desk: Desk, nyc_flights: Path):
    desk.open(nyc_flights)
    heatmap = desk.open_asset("daily_flights")
    hands.drag_cells(heatmap, *JANUARY_OF_TWO)
    assert heatmap.selection.count == 62
    desk.press("backfillButton")
    preview = desk.preview()
    assert hands.part(preview, QLabel, "previewTitle").text() == "62 partitions in 62 runs"
    runs = hands.part(preview, QTableView, "previewRuns").model()
    assert runs is not None
    assert runs.rowCount() == 62
    assert not (nyc_flights / ".rivers" / "outputs").exists(), "a preview writes nothing"
    desk.wait_for_end(desk.launch())
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 62)
    assert stored.backfill(nyc_flights, 1) == {
        "state": "completed",
        "assets": ["daily_flights"],
        "total_partitions": 62,
        "completed": 62,
        "failed": 0,
        "canceled": 0,
        "num_runs": 62,
        "ended_runs": 62,
    }
    assert stored.run_states(nyc_flights, 1) == {stored.COMPLETED: 62}
    files = stored.output_files(nyc_flights, "daily_flights")
    assert len(files) == 62
    raw = [nyc_flights / "data" / "flights" / origin / "2013-01.parquet" for origin in ("EWR", "JFK")]
    assert stored.table(files) == stored.table(raw)


def test_a_cell_that_is_done_shows_its_run_and_its_rows(desk: Desk, nyc_flights: Path):
    desk.open(nyc_flights)
    heatmap = desk.open_asset("daily_flights")
    hands.click_cell(heatmap, "date=2013-02-03|origin=LGA")
    desk.press("backfillButton")
    desk.preview()
    desk.wait_for_end(desk.launch())
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 1)
    desk.wait(lambda: desk.part(QLabel, "partitionAttempt").text().startswith("completed"))
    desk.press("viewOutputButton")
    (file,) = stored.output_files(nyc_flights, "daily_flights")
    ((number,),) = duckdb.read_parquet(str(file)).count("*").fetchall()
    desk.wait(lambda: desk.text("outputFacts") == f"{number} rows, 15 columns")
    output = desk.part(QTableView, "outputTable").model()
    assert output is not None
    assert output.rowCount() == number
    desk.window.show_page("assets")
    desk.press("openRunButton")
    desk.wait(lambda: desk.text("runTitle") == "Run r1 · completed")
