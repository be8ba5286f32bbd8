"""One asset in the real window: grid, panel, legend, staleness, and coming back to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.shell import Shell
from rivers_app.views import partition_table_tab
from rivers_app.views.desktop import Desktop
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState
from tests.app.conftest import Run
from tests.app.views.conftest import MILLISECONDS, Open
from tests.hands import LEFT, NONE, middle_of, part, press


def test_an_asset_is_opened_by_a_click_on_its_name_and_left_again(opened: Open, qtbot: QtBot, project: Path) -> None:
    window = opened(project)
    assets = window.pages.assets
    table = assets.list.table
    qtbot.waitUntil(lambda: assets.list.model.rowCount() == 3)
    row = next(row for row in range(3) if table.model().index(row, 0).data() == "daily")
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: assets.detail.isVisible() and assets.detail.model.size == 10, timeout=MILLISECONDS)
    assert assets.detail.asset == "daily"
    press(window, "allAssetsButton")
    assert assets.list.isVisible()


def test_a_failed_cell_tells_its_error_and_all_failed_are_selected_by_the_legend(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(project)
    session = window.session
    assert session is not None
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.size == 10, timeout=MILLISECONDS)
    request = BackfillRequest(selection=("daily",), all_partitions=True)
    run(session.launch(run(shell.background(session.engine.plan, request))))
    qtbot.waitUntil(
        lambda: detail.model.count(PartitionState.FAILED) == 1 and not session.is_busy, timeout=MILLISECONDS
    )
    press(window, "statusLegend_failed")
    assert detail.selection.subset().ranges == ((3, 4),)
    detail.selection.set_current(3)
    qtbot.waitUntil(lambda: detail.panel.record is not None)
    assert part(window, QLabel, "partitionError").text() == "ValueError: There are no rows for this day."
    assert part(window, QPushButton, "openRunButton").isEnabled()
    detail.panel.tell_ages(time.time() + 7200)
    assert part(window, QLabel, "partitionAttempt").text().startswith("failed 2 h ago")
    assert detail.draft().subset == detail.selection.subset()
    assert detail.draft().fingerprint == detail.model.definition.fingerprint  # type: ignore[union-attr]


def test_an_asset_without_partitions_is_materialized_as_a_whole(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path
) -> None:
    window = opened(project)
    shell.navigation.open_asset("constant")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.panel.record is not None, timeout=MILLISECONDS)
    assert part(window, QPushButton, "backfillButton").text() == "Materialize…"
    assert detail.draft().subset is None
    assert not detail.legend.isVisible()


def test_page_asset_and_selection_come_back_after_closing(
    opened: Open, qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(project)
    shell.navigation.open_asset("daily", 4)
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.selection.count == 1, timeout=MILLISECONDS)
    desktop.projects.close()
    qtbot.waitUntil(window.start.isVisible, timeout=MILLISECONDS)
    assert window.session is None
    opened(project)
    qtbot.waitUntil(lambda: detail.asset == "daily" and detail.selection.count == 1, timeout=MILLISECONDS)
    assert detail.selection.subset().ranges == ((4, 5),)
    assert detail.isVisible()


def test_cells_made_by_older_code_are_stale_and_say_so(
    qtbot: QtBot, opened: Open, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(project)
    session, detail = window.session, window.pages.assets.detail
    assert session is not None
    shell.navigation.open_asset("daily", 0)
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("daily",), all_partitions=True)))
    run(session.launch(plan))
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.COMPLETED) == 9, timeout=MILLISECONDS)
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text.replace('kinds=["numbers"]', 'kinds=["numbers"], code_version="2"'), encoding="utf-8")
    window.menus.action("reload_code").trigger()
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.STALE) == 9, timeout=MILLISECONDS)
    reason = part(window, QLabel, "staleReason")
    qtbot.waitUntil(reason.isVisible, timeout=MILLISECONDS)
    assert reason.text() == "Stale: made by code version none, which is 2 now."


def test_a_double_click_opens_the_run_of_a_cell_though_the_panel_does_not_know_it_yet(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(project)
    session = window.session
    assert session is not None
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.size == 10, timeout=MILLISECONDS)
    double_click_cell(detail.heatmap, "2024-01-02")
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=MILLISECONDS)
    assert window.banners.notices[0].text.startswith("2024-01-02 has not run yet")
    request = BackfillRequest(selection=("daily",), all_partitions=True)
    run(session.launch(run(shell.background(session.engine.plan, request))))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=MILLISECONDS)
    with qtbot.waitSignal(shell.navigation.run_opened, timeout=MILLISECONDS) as asked:
        double_click_cell(detail.heatmap, "2024-01-05")
    assert asked.args == ["r5"]


def test_rows_of_the_asset_before_are_not_asked_for_under_the_name_of_the_next(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(project)
    asked: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(partition_table_tab, "_records", lambda _engine, asset, rows: asked.append((asset, rows)) or {})
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.size == 10, timeout=MILLISECONDS)
    rows = detail.table.table.rows
    for asset in ("constant", "daily", "constant", "daily"):
        shell.navigation.open_asset(asset)
        rows.details_wanted.emit([3, 4])  # the table still holds the rows of the asset before
        qtbot.waitUntil(lambda asset=asset: detail.asset == asset and detail.states.is_loaded, timeout=MILLISECONDS)
        rows.details_wanted.emit([5])
    qtbot.waitUntil(lambda: asked.count(("daily", [5])) == 2, timeout=MILLISECONDS)
    assert {name for name, _ in asked} == {"daily"}


def double_click_cell(heatmap: PartitionHeatmap, key: str) -> None:
    """As a mouse does it: both clicks before anything else happens."""
    place = middle_of(heatmap, key)
    QTest.mouseClick(heatmap.viewport(), LEFT, NONE, place)
    QTest.mouseDClick(heatmap.viewport(), LEFT, NONE, place)


def test_filtered_rows_tell_their_last_run_as_well(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(project)
    session = window.session
    assert session is not None
    request = BackfillRequest(selection=("daily",), all_partitions=True)
    run(session.launch(run(shell.background(session.engine.plan, request))))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=MILLISECONDS)
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.FAILED) == 1, timeout=MILLISECONDS)
    detail.tabs.setCurrentIndex(1)
    press(window, "showFailedChip")
    rows = detail.table.table.rows
    qtbot.waitUntil(lambda: rows.rowCount() == 1)
    last = rows.columnCount() - 1
    qtbot.waitUntil(lambda: "no rows for this day" in str(rows.index(0, last).data()), timeout=MILLISECONDS)
