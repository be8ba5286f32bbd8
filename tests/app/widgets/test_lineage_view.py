"""Lineage on the screen: the asset in the middle, its relatives as buttons, of thousands only those in reach."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from rivers_app.models.lineage import Lineage, lineage_of
from rivers_app.shell import Shell
from rivers_app.widgets.card_button import CardButton
from rivers_app.widgets.lineage_view import LineageView
from tests.app.models.test_lineage import repository
from tests.hands import part, press

CHAIN = repository(**{f"n{at}": [f"n{at - 1}"] if at else [] for at in range(1000)})
FAMILY = repository(raw=[], clean=["raw"], report=["clean"], chart=["clean"])


@pytest.fixture
def view(qtbot: QtBot, shell: Shell) -> LineageView:
    view = LineageView(shell)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    return view


def shown(view: LineageView) -> set[str]:
    return {card.toolTip() for card in view.findChildren(CardButton) if card.isVisible()}


def show(view: LineageView, lineage: Lineage) -> None:
    view.show_lineage(lineage, {})


def in_view(view: LineageView, name: str) -> bool:
    card = part(view, CardButton, f"lineage_{name}")
    return view.viewport().rect().contains(card.geometry().translated(view.widget().pos()))


def test_a_click_on_a_relative_chooses_it(view: LineageView, qtbot: QtBot) -> None:
    show(view, lineage_of(FAMILY, "clean"))
    assert shown(view) == {"raw", "clean", "report", "chart"}
    with qtbot.waitSignal(view.asset_chosen) as chosen:
        press(view, "lineage_report")
    assert chosen.args == ["report"]


def test_of_a_long_line_only_what_is_near_is_made_with_the_asset_in_view(view: LineageView) -> None:
    show(view, lineage_of(CHAIN, "n500"))
    assert in_view(view, "n500")
    assert {"n499", "n500", "n501"} <= shown(view)
    assert len(shown(view)) < 20


def test_scrolling_makes_what_comes_into_view_and_lets_go_of_what_is_far(view: LineageView, qtbot: QtBot) -> None:
    show(view, lineage_of(CHAIN, "n500"))
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    qtbot.waitUntil(lambda: "n500" not in shown(view))
    assert "n999" in shown(view)
    assert len(shown(view)) < 20


def test_what_is_filled_before_it_is_seen_has_the_asset_in_view_as_well(qtbot: QtBot, shell: Shell) -> None:
    view = LineageView(shell)
    qtbot.addWidget(view)
    show(view, lineage_of(CHAIN, "n700"))
    view.resize(900, 400)
    view.show()
    qtbot.waitUntil(lambda: "n700" in shown(view) and in_view(view, "n700"))
