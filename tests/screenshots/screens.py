"""The other screens, dialogs and states of the app, on a project in which the tour was made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTableView, QTabWidget, QWidget

from rivers_app.dialogs.closing import asked_how_to_close
from rivers_app.dialogs.trust import is_trusted
from rivers_core.states import BackfillState
from tests import hands
from tests.screenshots.own_python import own_python
from tests.screenshots.stage import Stage
from tests.screenshots.tour import FLIGHTS, open_grid

_DELAYS: Final = "daily_delays"
# Where a project lies on the computer of somebody who is asked about it.
_ELSEWHERE: Final = Path("/home/ana/projects/nyc_flights")

_SHOP: Final = """
from datetime import datetime
from time import sleep

import rivers_core as rs

days = rs.PartitionsDefinition.daily(start=datetime(2025, 3, 1), end=datetime(2025, 3, 4))


@rs.Task
def read(context: rs.TaskExecutionContext) -> list[int]:
    context.log.info(f"Reading the orders of {context.partition_key}")
    sleep(0.04)
    return list(range(312))


@rs.Task
def check(context: rs.TaskExecutionContext, orders: list[int]) -> list[int]:
    context.log.info(f"{len(orders)} orders were read")
    context.log.warning("2 orders have no customer; they are left out")
    sleep(0.02)
    return orders[2:]


@rs.Task
def sum_up(context: rs.TaskExecutionContext, orders: list[int]) -> int:
    sleep(0.03)
    print("The orders come to", sum(orders))
    return sum(orders)


@rs.Asset.from_graph(partitions_def=days, group="shop")
def orders() -> int:
    return sum_up(check(read()))


repo = rs.CodeRepository(assets=[orders], tasks=[read, check, sum_up])
"""


async def all_screens(stage: Stage) -> None:
    await asset_tabs(stage)
    await backfill_dialog_parts(stage)
    await pages(stage)
    await small_dialogs(stage)
    await paused(stage)
    await broken_code(stage)
    await run_with_log(stage)
    await empty_project(stage)
    await own_python(stage)


async def asset_tabs(stage: Stage) -> None:
    await open_grid(stage, FLIGHTS)
    tabs = stage.part(QTabWidget, "assetTabs")
    for at, name in ((1, "table"), (2, "lineage"), (3, "about")):
        tabs.setCurrentIndex(at)
        await stage.rest()
        stage.shoot(f"asset-{name}")
    tabs.setCurrentIndex(0)


async def backfill_dialog_parts(stage: Stage) -> None:
    """Calendars, the list of keys, dimensions to drag, the config form, and what is missing upstream."""
    heatmap = await open_grid(stage, _DELAYS)
    hands.zoom_to(heatmap, "date=2013-02-01|origin=EWR")
    hands.extend_cells(heatmap, "date=2013-01-25|origin=EWR", "date=2013-02-07|origin=JFK")
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    await _shoot_popup(stage, dialog, "rangeOpen_date", "spanPopup", "backfill-dates")
    await _shoot_popup(stage, dialog, "rangeOpen_origin", "checkListPopup", "backfill-keys")
    dialog.resize(dialog.width(), 700)
    stage.center(dialog)
    hands.choose_text(dialog, "strategyChoice", "Per dimension")
    await stage.until(hands.part(dialog, QPushButton, "previewButton").isEnabled, "the count")
    stage.shoot("backfill-config")
    hands.press(dialog, "previewButton")
    await stage.opened("previewDialog")
    stage.shoot("preview-warnings")
    await stage.leave("previewDialog")
    await stage.leave("backfillDialog")


async def pages(stage: Stage) -> None:
    """One backfill's runs and settings, one run's log and steps, and an output."""
    stage.window.show_page("backfills")
    tabs = stage.part(QTabWidget, "backfillTabs")
    for at, name in ((1, "runs"), (2, "log"), (3, "settings")):
        tabs.setCurrentIndex(at)
        await stage.rest()
        stage.shoot(f"backfill-{name}")
    tabs.setCurrentIndex(0)
    stage.window.show_page("runs")
    await stage.rest()
    stage.shoot("runs")
    stage.shell.navigation.open_output(FLIGHTS, 0)
    table = stage.part(QTableView, "outputTable")
    await stage.until(table.isVisible, "the rows")
    await stage.rest()
    stage.shoot("outputs")


async def small_dialogs(stage: Stage) -> None:
    for action, dialog, name in (
        ("preferences", "preferencesDialog", "preferences"),
        ("shortcuts", "shortcutsDialog", "shortcuts"),
        ("about", "aboutDialog", "about"),
        ("new_project", "newProjectDialog", "new-project"),
        ("open_project", "openProjectDialog", "open-project"),
        ("help", "helpWindow", "help"),
    ):
        stage.window.menus.action(action).trigger()
        await stage.opened(dialog)
        await stage.shoot_settled(name)
        await stage.leave(dialog)
    await questions(stage)
    await search(stage)


async def questions(stage: Stage) -> None:
    shell, window = stage.shell, stage.window
    shell.tasks.start(window, is_trusted(shell, window, _ELSEWHERE))
    await stage.opened("trustDialog")
    stage.shoot("trust")
    await stage.leave("trustDialog")
    shell.tasks.start(window, asked_how_to_close(shell, window, 1))
    await stage.opened("closingDialog")
    stage.shoot("closing")
    await stage.leave("closingDialog")
    window.show_page("backfills")
    await stage.rest()
    hands.press(window, "deleteBackfillButton")
    await stage.opened("deleteBackfillDialog")
    stage.shoot("delete")
    await stage.leave("deleteBackfillDialog")


async def search(stage: Stage) -> None:
    stage.window.show_page("assets")
    stage.window.search.begin()
    QTest.keyClicks(stage.window.search, "daily")
    await stage.rest()
    await stage.rest()
    stage.shoot("search")
    QTest.keyClick(stage.window.search, Qt.Key.Key_Escape)


async def paused(stage: Stage) -> None:
    """A backfill of the whole year, paused on its way."""
    await open_grid(stage, FLIGHTS)
    heatmap = stage.window.pages.assets.detail.heatmap
    heatmap.selection.clear()
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    await stage.until(hands.part(dialog, QPushButton, "previewButton").isEnabled, "the count")
    hands.press(dialog, "previewButton")
    hands.press(await stage.opened("previewDialog"), "launchButton")
    session = stage.window.session
    assert session is not None
    await stage.until(lambda: any(record.completed > 400 for record in session.backfills.values()), "400 partitions")
    hands.press(stage.window, "activityPauseButton")
    paused = BackfillState.PAUSED
    await stage.until(lambda: any(record.state is paused for record in session.backfills.values()), "the pause")
    stage.window.show_page("backfills")
    stage.dismiss_notices()
    hands.choose_row(stage.window, "backfillTable", 0)
    await stage.rest()
    stage.shoot("paused")
    hands.press(stage.window, "cancelButton")
    await stage.until(lambda: not session.backfills, "the end")
    stage.dismiss_notices()


async def broken_code(stage: Stage) -> None:
    """Over a project that was loaded a notice; where none ever was, the whole page."""
    await open_grid(stage, FLIGHTS)
    code = stage.folder / "nyc_flights" / "nyc_flights.py"
    whole = code.read_text(encoding="utf-8")
    code.write_text(whole.replace("repo = rs.CodeRepository(", "repo = rs.CodeRepositroy("), encoding="utf-8")
    hands.press(stage.window, "reloadButton")
    session = stage.window.session
    await stage.until(lambda: session is not None and session.code_error is not None, "the error")
    await stage.rest()
    stage.shoot("code-notice")
    await stage.reopen(stage.folder / "nyc_flights")
    await stage.rest()
    stage.shoot("code-problem")
    code.write_text(whole, encoding="utf-8")


async def empty_project(stage: Stage) -> None:
    """Pages that have nothing to show yet say what to do next."""
    folder = stage.folder / "empty"
    folder.mkdir()
    code = "import rivers_core as rs\n\nrepo = rs.CodeRepository(assets=[])\n"
    (folder / "assets.py").write_text(code, encoding="utf-8")
    await stage.reopen(folder)
    for page in ("assets", "backfills", "runs", "outputs"):
        stage.window.show_page(page)
        await stage.rest()
        stage.shoot(f"empty-{page}")


async def run_with_log(stage: Stage) -> None:
    """A run of three steps that tells what it does, and warns."""
    folder = stage.folder / "shop"
    folder.mkdir()
    (folder / "assets.py").write_text(_SHOP, encoding="utf-8")
    await stage.reopen(folder)
    await open_grid(stage, "orders")
    hands.press(stage.window, "backfillButton")
    dialog = await stage.opened("backfillDialog")
    await stage.until(hands.part(dialog, QPushButton, "previewButton").isEnabled, "the count")
    hands.press(dialog, "previewButton")
    hands.press(await stage.opened("previewDialog"), "launchButton")
    session = stage.window.session
    assert session is not None
    await stage.until(lambda: session.engine.count_runs() == 3 and not session.backfills, "the runs")
    stage.shell.navigation.open_run("r2")
    stage.dismiss_notices()
    for at, name in ((1, "steps"), (0, "log")):
        stage.part(QTabWidget, "runTabs").setCurrentIndex(at)
        await stage.rest()
        stage.shoot(f"run-{name}")


async def _shoot_popup(stage: Stage, dialog: QWidget, button: str, popup: str, name: str) -> None:
    hands.press(dialog, button)
    await stage.until(lambda: hands.dialog(popup), popup)
    await stage.rest()
    stage.shoot(name)
    shown = hands.dialog(popup)
    assert shown is not None
    shown.hide()
