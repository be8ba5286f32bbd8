"""Whatever can be done by mouse can be done by keyboard and by the search, on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QTabBar, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_app.views.main_window import MainWindow
from rivers_app.widgets.offered_actions import title_of
from rivers_app.widgets.parts import spoken
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState
from tests.app.conftest import Run
from tests.app.views.conftest import MILLISECONDS, Open
from tests.hands import part, press

GoTo = Callable[[MainWindow, QtBot, Shell], None]


def grid(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    shell.navigation.open_asset("daily", 3)
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.isVisible() and detail.panel.record is not None, timeout=MILLISECONDS)


def table(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    grid(window, qtbot, shell)
    window.pages.assets.detail.tabs.setCurrentIndex(1)


def about(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    grid(window, qtbot, shell)
    window.pages.assets.detail.tabs.setCurrentIndex(3)


def page(name: str, shown: str, tabs: str = "", tab: int = 0) -> GoTo:
    """Goes to a page where this part is to be seen, and to one of its tabs."""

    def go(window: MainWindow, qtbot: QtBot, _shell: Shell) -> None:
        window.show_page(name)
        qtbot.waitUntil(lambda: part(window, QWidget, shown).isVisible(), timeout=MILLISECONDS)
        if tabs:
            part(window, QTabWidget, tabs).setCurrentIndex(tab)

    return go


def output(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    shell.navigation.open_output("daily", 0)
    qtbot.waitUntil(lambda: part(window, QWidget, "outputText").isVisible(), timeout=MILLISECONDS)


def nothing_found(window: MainWindow, qtbot: QtBot, _shell: Shell) -> None:
    window.show_page("backfills")
    press(window, "backfillChip_canceled")
    qtbot.waitUntil(lambda: part(window, QWidget, "showAllBackfills").isVisible(), timeout=MILLISECONDS)


PLACES: dict[str, GoTo] = {
    "assets": page("assets", "assetTable"),
    "grid": grid,
    "table": table,
    "about": about,
    "backfills": page("backfills", "backfillActions"),
    "backfill settings": page("backfills", "backfillActions", "backfillTabs", 3),
    "nothing found": nothing_found,
    "runs": page("runs", "runDetail"),
    "run error": page("runs", "runDetail", "runTabs", 2),
    "outputs": output,
}


@pytest.fixture
def window(opened: Open, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]) -> MainWindow:
    """The small project with a backfill in which a partition failed, told of by a notice."""
    window = opened(project)
    session = window.session
    assert session is not None
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("daily",), all_partitions=True)))
    record = run(session.launch(plan))
    qtbot.waitUntil(lambda: bool(window.banners.notices) and not session.is_busy, timeout=MILLISECONDS)
    assert session.engine.backfill(record.backfill_id).state is BackfillState.FAILED
    return window


def buttons(window: MainWindow) -> Iterator[QAbstractButton]:
    """What can be pressed now, outside of the menus and the search itself."""
    for button in window.findChildren(QAbstractButton):
        is_own = button.objectName() and not isinstance(button.parentWidget(), QTabBar)
        if is_own and button.isVisible() and button.isEnabled() and not button.objectName().startswith("qt_"):
            yield button


@pytest.mark.parametrize("place", PLACES)
def test_every_button_is_found_by_the_search_and_reached_by_the_keyboard(
    window: MainWindow, qtbot: QtBot, shell: Shell, place: str
) -> None:
    PLACES[place](window, qtbot, shell)
    found = list(buttons(window))
    assert len(found) > 6
    without_keys = [button.objectName() for button in found if not button.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert without_keys == []
    lost = []
    for button in found:
        menu = getattr(button, "menu", lambda: None)()
        wanted = [title_of(button)] if menu is None else [spoken(action.text()) for action in menu.actions()]
        for title in filter(None, wanted):
            window.search.setText(title)
            window.search.textEdited.emit(title)
            if not any(result.title.startswith(title.rstrip("…")) for result in window.search.results):
                lost.append((button.objectName(), title))
    window.search.leave()
    assert lost == []


def test_the_search_presses_buttons_turns_to_tabs_and_acts_on_the_grid(
    window: MainWindow, qtbot: QtBot, shell: Shell
) -> None:
    grid(window, qtbot, shell)
    detail, search = window.pages.assets.detail, window.search

    def do(words: str) -> None:
        qtbot.keyClicks(search, words)
        qtbot.keyClick(search, Qt.Key.Key_Return)

    do("select all failed")
    assert detail.selection.subset().ranges == ((3, 4),)
    do("invert sel")
    assert detail.selection.count == 9
    do("lineage")
    assert detail.lineage.isVisible()


def test_what_a_menu_offers_is_not_listed_as_a_button_again(window: MainWindow, qtbot: QtBot, shell: Shell) -> None:
    grid(window, qtbot, shell)
    qtbot.keyClicks(window.search, "reload")
    assert [result.title for result in window.search.results if "Reload" in result.title] == ["Reload Code"]
    window.search.leave()


def test_a_button_that_has_gone_is_not_pressed(desktop: Desktop, qtbot: QtBot) -> None:
    search = desktop.window.search
    qtbot.keyClicks(search, "new project from")
    result = search.results[0]
    asked: list[None] = []
    desktop.window.start.new_chosen.connect(lambda: asked.append(None))
    desktop.window.start.hide()
    result.chosen()
    assert asked == []
    search.leave()
