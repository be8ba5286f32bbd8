"""Keys of dynamic partitions are added and deleted where their partitions are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.dialogs.partition_keys import written_keys
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from tests.app.views.conftest import MILLISECONDS, Open, OpenDialog
from tests.hands import part, press, write

CODE = """
from datetime import datetime

import rivers_core as rs


@rs.Asset(partitions_def=rs.PartitionsDefinition.dynamic("customers"))
def bills(context: rs.AssetExecutionContext):
    return context.partition_key


@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=datetime(2999, 1, 1)))
def later():
    return 1


@rs.Asset(partitions_def=rs.PartitionsDefinition.static_(["a"]))
def letters():
    return 1


repo = rs.CodeRepository(assets=[bills, later, letters])
"""


@pytest.fixture
def window(opened: Open, tmp_path: Path) -> MainWindow:
    (tmp_path / "shop.py").write_text(CODE, encoding="utf-8")
    return opened(tmp_path)


def shown_empty(window: MainWindow, qtbot: QtBot, shell: Shell, asset: str) -> str:
    """What an asset without any partition says in the place of its grid."""
    shell.navigation.open_asset(asset)
    detail = window.pages.assets.detail
    qtbot.waitUntil(
        lambda: part(detail, QPushButton, "addPartitionKeys").parentWidget().isVisible(), timeout=MILLISECONDS
    )
    return part(part(detail, QPushButton, "addPartitionKeys").parentWidget(), QLabel, "emptyText").text()


def listed(dialog: QWidget) -> list[str]:
    model = part(dialog, QListView, "keysList").model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_keys_are_added_from_the_empty_grid_and_deleted_again(
    window: MainWindow, qtbot: QtBot, shell: Shell, open_dialog: OpenDialog
) -> None:
    assert "The keys of customers are added here" in shown_empty(window, qtbot, shell, "bills")
    press(window, "addPartitionKeys")
    dialog = open_dialog("partitionKeysDialog")
    assert not part(dialog, QPushButton, "addKeysButton").isEnabled()
    part(dialog, QPlainTextEdit, "newKeysField").setPlainText("oslo, rome\nlima\noslo\n")
    press(dialog, "addKeysButton")
    qtbot.waitUntil(lambda: listed(dialog) == ["oslo", "rome", "lima"], timeout=MILLISECONDS)
    assert part(dialog, QLabel, "keysSaid").text() == "3 keys added."
    qtbot.waitUntil(lambda: part(dialog, QLabel, "keysTitle").text() == "3 keys of customers", timeout=MILLISECONDS)
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.size == 3 and detail.heatmap.isVisible(), timeout=MILLISECONDS)

    write(dialog, "keysFilter", "OM")
    assert listed(dialog) == ["rome"]
    part(dialog, QListView, "keysList").selectAll()
    press(dialog, "deleteKeysButton")
    part(dialog, QLineEdit, "keysFilter").clear()
    qtbot.waitUntil(lambda: listed(dialog) == ["oslo", "lima"], timeout=MILLISECONDS)
    qtbot.waitUntil(lambda: detail.model.size == 2, timeout=MILLISECONDS)
    press(dialog, "closeKeysButton")


def test_keys_that_are_there_or_can_be_none_are_told(
    window: MainWindow, qtbot: QtBot, shell: Shell, open_dialog: OpenDialog
) -> None:
    shown_empty(window, qtbot, shell, "bills")
    press(window, "addPartitionKeys")
    dialog = open_dialog("partitionKeysDialog")
    field = part(dialog, QPlainTextEdit, "newKeysField")
    for text, said in (("oslo", "1 key added."), ("oslo\nrome", "1 key added, 1 there already.")):
        field.setPlainText(text)
        press(dialog, "addKeysButton")
        qtbot.waitUntil(lambda said=said: part(dialog, QLabel, "keysSaid").text() == said, timeout=MILLISECONDS)
    field.setPlainText("lima\na|b")
    press(dialog, "addKeysButton")
    problem = part(dialog, QLabel, "keysProblem")
    qtbot.waitUntil(lambda: "'a|b'" in problem.text(), timeout=MILLISECONDS)
    assert field.toPlainText() == "lima\na|b", "what was typed is kept"
    qtbot.waitUntil(lambda: listed(dialog) == ["oslo", "rome"], timeout=MILLISECONDS)
    press(dialog, "closeKeysButton")


def test_the_facts_of_an_asset_lead_to_its_keys_only_where_these_are_dynamic(
    window: MainWindow, qtbot: QtBot, shell: Shell, open_dialog: OpenDialog
) -> None:
    detail = window.pages.assets.detail
    keys = part(detail, QPushButton, "partitionKeysButton")
    shell.navigation.open_asset("letters")
    detail.tabs.setCurrentWidget(detail.about)
    qtbot.waitUntil(lambda: part(detail, QPushButton, "openFileButton").isVisible(), timeout=MILLISECONDS)
    assert not keys.isVisible()
    shell.navigation.open_asset("bills")
    qtbot.waitUntil(keys.isVisible, timeout=MILLISECONDS)
    press(window, "partitionKeysButton")
    press(open_dialog("partitionKeysDialog"), "closeKeysButton")


def test_a_definition_whose_first_window_is_to_come_says_so(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    assert QDate.currentDate().year() < 2999
    assert shown_empty(window, qtbot, shell, "later") == "The first window, 2999-01-01, is still to come."
    assert not part(window, QPushButton, "addPartitionKeys").isVisible()


def test_keys_are_read_from_lines_and_between_commas_each_once() -> None:
    assert written_keys(" a, b\n\n c ,a,\n") == ["a", "b", "c"]
