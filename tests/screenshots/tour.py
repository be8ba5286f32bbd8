"""The first tour: from an empty window to finished, failed and repaired partitions of the demo."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton

from rivers_app.heatmap.view import PartitionHeatmap
from rivers_core.resources import demo_copy
from rivers_core.states import PartitionState
from tests import hands
from tests.screenshots.stage import Stage

_FLIGHTS: Final = "daily_flights"
_WEATHER: Final = "hourly_weather"


async def first_light(stage: Stage) -> None:
    """The steps of the README, each with its picture."""
    await start(stage)
    await select_january(stage)
    await preview_and_launch(stage)
    await fail_and_repair(stage)


async def start(stage: Stage) -> None:
    await stage.rest()
    stage.shoot("start")
    project = demo_copy(stage.folder)
    stage.shell.settings.trust(project)
    stage.desktop.projects.open(project)
    assets = lambda: stage.part(QAbstractItemView, "assetTable").model()  # noqa: E731 - asked again each time
    await stage.until(lambda: "assets" in stage.window.pages.made and assets().rowCount() == 7, "the assets")
    await stage.rest()
    stage.shoot("assets")


async def select_january(stage: Stage) -> None:
    heatmap = await open_grid(stage, _FLIGHTS)
    stage.shoot("grid")
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
    await stage.until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] >= 20, "20 cells")
    stage.shoot("running")
    await stage.until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] == 62, "62 cells")
    hands.click_cell(heatmap, "date=2013-01-15|origin=JFK")
    await stage.rest()
    stage.shoot("done")


async def fail_and_repair(stage: Stage) -> None:
    """The stations stop reporting on December 30: the last two days of the year have no readings."""
    heatmap = await open_grid(stage, _WEATHER)
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    hands.write(dialog, "rangeField_hour", "2013-12-29T12:00..2013-12-31T23:00")
    hands.write(dialog, "rangeField_origin", "JFK")
    preview = hands.part(dialog, QPushButton, "previewButton")
    await stage.until(preview.isEnabled, "the count")
    hands.press(dialog, "previewButton")
    hands.press(await stage.opened("previewDialog"), "launchButton")
    await stage.until(lambda: heatmap.model.counts()[PartitionState.FAILED] > 20, "failed cells")
    await stage.until(lambda: not stage.window.session.backfills, "the end")
    for _ in range(20):
        hands.press(stage.window, "zoomInButton")
    hands.click_cell(heatmap, "hour=2013-12-31T04:00|origin=JFK")
    await stage.rest()
    stage.shoot("failed")
    stage.window.show_page("backfills")
    await stage.rest()
    stage.shoot("backfills")
    hands.choose_action(stage.part(QPushButton, "rerunButton"), "rerunFailedAction")
    await stage.opened("previewDialog")
    stage.shoot("rerun")
    hands.press(hands.dialog("previewDialog"), "previewBack")
    stage.window.show_page("runs")
    await stage.rest()
    stage.shoot("runs")
    stage.shell.navigation.open_output(_FLIGHTS, 0)
    await stage.rest()
    await stage.rest()
    stage.shoot("outputs")


async def open_grid(stage: Stage, asset: str) -> PartitionHeatmap:
    """Open an asset by a double click on its row."""
    stage.window.show_page("assets")
    stage.shell.navigation.open_asset(asset)
    heatmap = stage.part(PartitionHeatmap, "partitionHeatmap")
    title = stage.part(QLabel, "assetTitle")
    await stage.until(lambda: title.text() == asset and heatmap.model.definition is not None, f"the grid of {asset}")
    await stage.rest()
    return heatmap
