"""The first tour: from an empty window to finished, failed and repaired partitions of the demo."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton

from rivers_app.heatmap.view import PartitionHeatmap
from rivers_core.resources import demo_copy
from rivers_core.states import PartitionState
from tests import hands
from tests.screenshots.stage import Stage

FLIGHTS: Final = "daily_flights"
WEATHER: Final = "hourly_weather"


async def first_light(stage: Stage) -> None:
    """The steps of the README, each with its picture."""
    await start(stage)
    await select_january(stage)
    await preview_and_launch(stage)
    await fail(stage)
    await repair(stage)


async def large_screen(stage: Stage) -> None:
    """The grid and the dialog where there is much room and pixels are small."""
    await open_project(stage)
    await open_grid(stage, FLIGHTS)
    await stage.shoot_settled("large-screen")
    hands.press(stage.window, "backfillButton")
    await stage.opened("backfillDialog")
    await stage.shoot_settled("large-screen-backfill")
    await stage.leave("backfillDialog")


async def start(stage: Stage) -> None:
    await stage.rest()
    stage.shoot("start")
    await open_project(stage)
    await stage.rest()
    stage.shoot("assets")


async def open_project(stage: Stage) -> None:
    project = demo_copy(stage.folder)
    stage.shell.settings.trust(project)
    stage.desktop.projects.open(project)
    await stage.until(lambda: "assets" in stage.window.pages.made, "the page")
    rows = stage.part(QAbstractItemView, "assetTable").model()
    assert rows is not None
    await stage.until(lambda: rows.rowCount() > 2, "the assets")


async def select_january(stage: Stage) -> None:
    heatmap = await open_grid(stage, FLIGHTS)
    stage.shoot("grid")
    hands.zoom_to(heatmap, "date=2013-01-01|origin=EWR")
    hands.drag_cells(heatmap, "date=2013-01-01|origin=EWR", "date=2013-01-31|origin=JFK")
    await stage.until(lambda: heatmap.selection.count == 62, "62 cells")
    await stage.rest()
    stage.shoot("selection")


async def preview_and_launch(stage: Stage) -> None:
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    preview = hands.part(dialog, QPushButton, "previewButton")
    await stage.until(preview.isEnabled, "the count")
    stage.shoot("backfill")
    hands.press(dialog, "previewButton")
    shown = await stage.opened("previewDialog")
    assert hands.part(shown, QLabel, "previewTitle").text() == "62 partitions in 62 runs"
    stage.shoot("preview")
    hands.press(shown, "launchButton")
    heatmap = stage.part(PartitionHeatmap, "partitionHeatmap")
    heatmap.selection.clear()
    await stage.until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] >= 20, "20 cells")
    stage.shoot("running")
    await stage.until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] == 62, "62 cells")
    hands.click_cell(heatmap, "date=2013-01-15|origin=JFK")
    await stage.rest()
    stage.shoot("done")
    stage.dismiss_notices()


async def fail(stage: Stage) -> None:
    """The stations stop reporting on December 30: the last hours of the year have no readings."""
    heatmap = await open_grid(stage, WEATHER)
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    hands.write(dialog, "rangeField_hour", "2013-12-29T12:00..2013-12-31T23:00")
    hands.write(dialog, "rangeField_origin", "JFK")
    preview = hands.part(dialog, QPushButton, "previewButton")
    await stage.until(preview.isEnabled, "the count")
    hands.press(dialog, "previewButton")
    hands.press(await stage.opened("previewDialog"), "launchButton")
    await stage.until(lambda: heatmap.model.counts()[PartitionState.FAILED] > 20, "failed cells")
    await stage.until(lambda: stage.window.session and not stage.window.session.backfills, "the end")
    silent = "hour=2013-12-30T22:00|origin=JFK"
    heatmap.frame(hands.ordinals(heatmap, "hour=2013-12-30T06:00|origin=JFK", "hour=2013-12-31T12:00|origin=JFK"))
    hands.click_cell(heatmap, silent)
    await stage.rest()
    stage.shoot("failed")
    stage.dismiss_notices()


async def repair(stage: Stage) -> None:
    stage.window.show_page("backfills")
    await stage.rest()
    stage.shoot("backfills")
    hands.choose_action(stage.part(QPushButton, "rerunButton"), "rerunFailedAction")
    await stage.opened("previewDialog")
    stage.shoot("rerun")
    await stage.leave("previewDialog")


async def open_grid(stage: Stage, asset: str) -> PartitionHeatmap:
    stage.window.show_page("assets")
    stage.shell.navigation.open_asset(asset)
    detail = stage.window.pages.assets.detail
    await stage.until(lambda: detail.asset == asset and detail.states.is_loaded, f"the grid of {asset}")
    await stage.rest()
    return detail.heatmap
