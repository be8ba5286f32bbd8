"""States that are seldom seen: trouble, questions, layouts of all kinds, other looks, on a project made for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QListView, QPlainTextEdit, QPushButton, QTabWidget, QWidget

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.cleaning import may_clean
from rivers_app.dialogs.secrets import with_secrets
from rivers_app.palettes import StateColors
from rivers_app.widgets.config_form import Config
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState, PartitionState
from tests import hands
from tests.screenshots.stage import Stage
from tests.screenshots.tour import open_grid

_GARDEN: Final = """
import os
from datetime import datetime
from pathlib import Path
from time import sleep

from pydantic import BaseModel, Field, SecretStr

import rivers_core as rs

GATE = Path(__file__).with_name("gate")
P = rs.PartitionsDefinition
months = P.monthly(start=datetime(2021, 1, 1), end=datetime(2026, 1, 1))
weeks = P.weekly(start=datetime(2023, 1, 1), end=datetime(2026, 1, 1))
days = P.daily(start=datetime(2025, 1, 1), end=datetime(2026, 1, 1))
hours = P.hourly(start=datetime(2025, 6, 1), end=datetime(2025, 6, 22))
beds = P.static_(["north", "south", "greenhouse"])
crops = P.static_(["beans", "carrots", "kale", "leeks", "onions"])
readers = P.static_(["rain", "soil"])


@rs.Asset(partitions_def=months, group="reports")
def yearly_harvest(context: rs.AssetExecutionContext) -> int:
    return 1


@rs.Asset(partitions_def=weeks, group="reports")
def weekly_plan(context: rs.AssetExecutionContext) -> int:
    return 1


@rs.Asset(partitions_def=hours, group="weather")
def temperature(context: rs.AssetExecutionContext) -> int:
    if context.partition_key.endswith("T03:00"):
        raise ValueError("The thermometer is switched off at night.")
    return 1


@rs.Asset(
    partitions_def=P.multi({"date": days, "bed": beds, "crop": crops, "reader": readers}),
    group="weather",
    backfill_strategy=rs.BackfillStrategy.single_run(),
)
def readings(context: rs.AssetExecutionContext) -> int:
    return 1


@rs.Asset(group="reports")
def map_of_beds() -> str:
    return "three beds"


@rs.Asset(partitions_def=days, group="sales")
def sales(context: rs.AssetExecutionContext) -> list[dict[str, object]]:
    if context.partition_key == "2025-01-09":
        os._exit(9)
    while context.partition_key > "2025-02-10" and not GATE.exists():
        sleep(0.02)
    context.add_output_metadata({"rows": 1, "market": "Saturday"})
    return [{"date": context.partition_key, "boxes": 12}]


@rs.Asset(partitions_def=P.dynamic("stalls"), group="sales")
def takings(context: rs.AssetExecutionContext) -> int:
    return 1


class Market(BaseModel):
    token: SecretStr = Field(description="What the market's price list is read with.")


@rs.Asset(partitions_def=months, group="sales")
def prices(context: rs.AssetExecutionContext[Market]) -> int:
    return 1


assets = [yearly_harvest, weekly_plan, temperature, readings, map_of_beds, sales, takings, prices]
repo = rs.CodeRepository(assets=assets)
"""


async def all_states(stage: Stage) -> None:
    folder = stage.folder / "garden"
    folder.mkdir()
    (folder / "assets.py").write_text(_GARDEN, encoding="utf-8")
    session = await stage.reopen(folder)
    await layouts(stage, session)
    await dynamic(stage)
    await trouble(stage, session)
    session = await interrupted(stage, folder)
    await repaired(stage, session)
    await questions(stage, session)
    await looks(stage)


async def layouts(stage: Stage, session: ProjectSession) -> None:
    """Calendars of months, weeks and hours, four dimensions, none at all, and the filtered table."""
    for asset, some, picture in (
        ("yearly_harvest", slice(0, 41), "grid-months"),
        ("weekly_plan", slice(0, 120), "grid-weeks"),
        ("temperature", slice(0, 480), "grid-hours"),
        ("readings", slice(0, 4000), "grid-dimensions"),
    ):
        await _run(stage, session, asset, some)
        await open_grid(stage, asset)
        if asset == "readings":
            box = stage.part(QComboBox, "fixed_crop")
            box.setCurrentIndex(3)
            box.activated.emit(3)
        await stage.rest()
        stage.shoot(picture)
    await open_grid(stage, "temperature")
    tabs = stage.part(QTabWidget, "assetTabs")
    tabs.setCurrentIndex(1)
    hands.press(stage.window, "showFailedChip")
    rows = stage.window.pages.assets.detail.table.table.rows
    await stage.until(lambda: rows.index(0, rows.columnCount() - 1).data(), "the reasons")
    stage.dismiss_notices()
    stage.shoot("table-filtered")
    hands.press(stage.window, "showFailedChip")
    tabs.setCurrentIndex(0)
    stage.shell.navigation.open_asset("map_of_beds")
    await stage.until(lambda: stage.window.pages.assets.detail.asset == "map_of_beds", "the asset")
    await stage.rest()
    stage.shoot("asset-whole")
    stage.window.search.begin()
    QTest.keyClicks(stage.window.search, "turnips")
    await stage.rest()
    await stage.rest()
    stage.shoot("search-empty")
    stage.window.search.leave()


async def dynamic(stage: Stage) -> None:
    """Partitions whose keys are still to be added, and the dialog that adds them."""
    stage.shell.navigation.open_asset("takings")
    await stage.until(lambda: stage.window.pages.assets.detail.asset == "takings", "the asset")
    await stage.rest()
    stage.dismiss_notices()
    stage.shoot("empty-partitions")
    hands.press(stage.window, "addPartitionKeys")
    dialog = await stage.opened("partitionKeysDialog")
    field = hands.part(dialog, QPlainTextEdit, "newKeysField")
    field.setPlainText("harbor\nold town\nstation, university")
    hands.press(dialog, "addKeysButton")
    keys = hands.part(dialog, QListView, "keysList").model()
    await stage.until(lambda: keys.rowCount() == 4, "the keys")
    await stage.shoot_settled("partition-keys")
    hands.press(dialog, "closeKeysButton")
    await stage.rest()


async def trouble(stage: Stage, session: ProjectSession) -> None:
    """A worker that died, and a database that another program holds."""
    heatmap = await open_grid(stage, "sales")
    await _launch(session, stage, "sales", slice(0, 60))
    await stage.until(lambda: heatmap.model.counts()[PartitionState.COMPLETED] >= 25, "25 days")
    hands.click_cell(heatmap, "2025-01-09")
    await stage.rest()
    stage.dismiss_notices()
    stage.shoot("worker-died")
    with closing(sqlite3.connect(session.path / ".rivers" / "rivers.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        hands.press(stage.window, "activityPauseButton")
        await stage.until(lambda: bool(stage.window.banners.notices), "the notice")
        stage.shoot("database-busy")
        other.execute("ROLLBACK")
    await stage.until(lambda: not stage.window.banners.notices, "the end of the notice")


async def interrupted(stage: Stage, folder: Path) -> ProjectSession:
    """The window was closed in the middle: what it says at the next start, and when the code is another one."""
    await stage.close_project()
    session = await stage.reopen(folder)
    await stage.until(lambda: bool(stage.window.banners.notices), "the notice")
    await open_grid(stage, "sales")
    stage.shoot("interrupted")
    code = folder / "assets.py"
    code.write_text(_GARDEN.replace("Saturday", "Sunday"), encoding="utf-8")
    stage.desktop.projects.reload()
    await stage.until(lambda: any(notice.key == "reloaded" for notice in stage.window.banners.notices), "the code")
    stage.window.show_page("backfills")
    await stage.rest()
    stage.dismiss_notices()
    hands.press(stage.window, "pauseButton")
    await stage.opened("newCodeDialog")
    stage.shoot("new-code")
    await stage.leave("newCodeDialog")
    return session


async def repaired(stage: Stage, session: ProjectSession) -> None:
    """What failed is run again: the backfills know of each other."""
    background = stage.shell.background
    stopped = await background(session.engine.backfills, states=(BackfillState.INTERRUPTED,))
    await session.cancel(stopped[0].backfill_id)
    (session.path / "gate").touch()
    request = await background(session.engine.rerun_request, stopped[0].backfill_id)
    await session.launch(await background(session.engine.plan, request))
    await stage.until(lambda: not session.is_busy, "the rerun")
    stage.window.show_page("backfills")
    stage.shell.navigation.open_backfill(stopped[0].backfill_id)
    stage.part(QTabWidget, "backfillTabs").setCurrentIndex(3)
    await stage.rest()
    stage.dismiss_notices()
    stage.shoot("backfill-reruns")
    stage.window.show_page("runs")
    await stage.rest()
    stage.part(QTabWidget, "runTabs").setCurrentIndex(4)
    await stage.rest()
    stage.shoot("run-metadata")
    hands.choose_text(stage.window, "runStateFilter", "running")
    await stage.until(lambda: hands.part(stage.window, QPushButton, "showAllRuns").isVisible(), "the empty list")
    stage.shoot("runs-filtered")
    hands.press(stage.window, "showAllRuns")


async def questions(stage: Stage, session: ProjectSession) -> None:
    """Outputs that are gone, and history that is old."""
    for path in sorted((session.path / ".rivers" / "outputs" / "sales").rglob("*2025-02-0*"))[:9]:
        path.unlink()
    stage.shell.navigation.open_asset("sales")
    stage.window.menus.action("verify_outputs").trigger()
    await stage.opened("verifyDialog")
    stage.shoot("verify")
    await stage.leave("verifyDialog")
    old = await stage.shell.background(session.engine.backfills)
    stage.shell.tasks.start(stage.window, may_clean(stage.shell, stage.window, old))
    await stage.opened("cleaningDialog")
    stage.shoot("cleaning")
    await stage.leave("cleaningDialog")
    await secrets(stage, session)


async def secrets(stage: Stage, session: ProjectSession) -> None:
    """What is secret is asked for again."""
    plan = await stage.shell.background(
        session.engine.plan, BackfillRequest(selection=("prices",), all_partitions=True)
    )

    async def check(_config: Config | None) -> None:
        await stage.shell.background(session.engine.check_config, plan)

    stage.shell.tasks.start(stage.window, with_secrets(stage.shell, stage.window, session, plan.assets, check))
    await stage.opened("secretsDialog")
    stage.shoot("secrets")
    await stage.leave("secretsDialog")


async def looks(stage: Stage) -> None:
    """The least screen, text a third larger, and colors of green and red."""
    settings, whole = stage.shell.settings, stage.window.size()
    liked = settings.preferences
    for name, size, preferences in (
        ("small-screen", QSize(1280, 720), liked),
        ("larger-text", QSize(1280, 720), replace(liked, text_scale=1.33)),
        ("classic-colors", whole, replace(liked, state_colors=StateColors.CLASSIC)),
    ):
        settings.preferences = preferences
        stage.window.resize(size)
        await open_grid(stage, "temperature")
        await stage.shoot_settled(name)
        if name != "classic-colors":
            stage.window.show_page("backfills")
            await stage.shoot_settled(f"{name}-backfills")
            hands.press(await _backfill_dialog(stage), "previewButton")
            await stage.opened("previewDialog")
            await stage.shoot_settled(f"{name}-preview")
            await stage.leave("previewDialog")
            await stage.shoot_settled(f"{name}-backfill")
            await stage.leave("backfillDialog")
    settings.preferences = liked
    stage.window.resize(whole)
    stage.dress()


async def _backfill_dialog(stage: Stage) -> QWidget:
    await open_grid(stage, "readings")
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    await stage.until(hands.part(dialog, QPushButton, "previewButton").isEnabled, "the count")
    return dialog


async def _launch(session: ProjectSession, stage: Stage, asset: str, some: slice) -> None:
    background = stage.shell.background
    definition = await background(session.engine.definition, asset)
    assert definition is not None
    subset = Subset(((some.start, min(some.stop, definition.size())),))
    request = BackfillRequest(selection=(asset,), subset=subset, fingerprint=definition.fingerprint)
    await session.launch(await background(session.engine.plan, request))


async def _run(stage: Stage, session: ProjectSession, asset: str, some: slice) -> None:
    await _launch(session, stage, asset, some)
    await stage.until(lambda: not session.is_busy, f"the backfill of {asset}")
    stage.dismiss_notices()
