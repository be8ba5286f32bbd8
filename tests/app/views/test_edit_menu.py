"""Copy and Select All, by key and from the menu, in every table and in the grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState
from tests.app.conftest import Run
from tests.app.views.conftest import MILLISECONDS, Open
from tests.hands import part

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(opened: Open, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]) -> MainWindow:
    """The small project with one backfill of `daily`, shown on every page once."""
    window = opened(project)
    session = window.session
    assert session is not None
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("daily",), all_partitions=True)))
    run(session.launch(plan))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=MILLISECONDS)
    return window


def copied(qtbot: QtBot, inside: QWidget) -> str:
    """What Ctrl+C, and Copy of the menu, take from a widget that has the keyboard."""
    clipboard = QGuiApplication.clipboard()
    texts = []
    for by_key in (True, False):
        clipboard.clear()
        inside.setFocus()
        qtbot.waitUntil(inside.hasFocus)
        if by_key:
            qtbot.keyClick(inside, Qt.Key.Key_C, CONTROL)
        else:
            window = inside.window()
            assert isinstance(window, MainWindow)
            window.menus.action("copy").trigger()
        texts.append(clipboard.text())
    assert texts[0] == texts[1]
    return texts[0]


def selected_all(qtbot: QtBot, inside: QWidget) -> None:
    inside.setFocus()
    qtbot.waitUntil(inside.hasFocus)
    qtbot.keyClick(inside, Qt.Key.Key_A, CONTROL)


def test_backfills_and_runs_are_copied_as_rows(window: MainWindow, qtbot: QtBot) -> None:
    for page, name, rows in (("backfills", "backfillTable", 1), ("runs", "runTable", 10)):
        window.show_page(page)
        table = part(window, QAbstractItemView, name)
        qtbot.waitUntil(lambda table=table, rows=rows: table.model().rowCount() == rows, timeout=MILLISECONDS)
        selected_all(qtbot, table)
        lines = copied(qtbot, table).split("\n")
        assert len(lines) == rows + 1
        assert all(line.count("\t") == lines[0].count("\t") for line in lines)
        assert "daily" in lines[1]


def test_assets_are_copied_with_how_they_stand(window: MainWindow, qtbot: QtBot) -> None:
    assets = window.pages.assets.list
    qtbot.waitUntil(lambda: assets.model.rowCount() == 3)
    assets.refresh()
    qtbot.waitUntil(
        lambda: any(known.counts.get(PartitionState.FAILED) for known in assets.model.rows), timeout=MILLISECONDS
    )
    selected_all(qtbot, assets.table)
    rows = dict(line.split("\t", 1) for line in copied(qtbot, assets.table).split("\n"))
    assert rows["Asset"] == "Group\tKind\tPartitions\tStatus\tLast materialized"
    assert "9 completed, 1 failed" in rows["daily"]
    assert set(rows) == {"Asset", "daily", "doubled", "constant"}


@pytest.mark.parametrize("tab", [0, 1])
def test_partitions_are_copied_as_keys_from_the_grid_and_from_the_table(
    window: MainWindow, qtbot: QtBot, shell: Shell, tab: int
) -> None:
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.states.is_loaded, timeout=MILLISECONDS)
    detail.tabs.setCurrentIndex(tab)
    inside = detail.heatmap if tab == 0 else detail.table.table
    window.menus.action("select_all").trigger()  # nothing has the keyboard yet
    selected_all(qtbot, inside)
    assert detail.selection.count == 10
    assert copied(qtbot, inside).split("\n") == [f"2024-01-{day:02}" for day in range(1, 11)]
