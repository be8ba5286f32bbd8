"""What the pointer tells about a cell, and that a cell that went meanwhile is no error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.notices import Notice
from rivers_app.shell import Shell
from rivers_app.views.partition_tips import PartitionTips
from rivers_core.partitions.definitions import PartitionsDefinition

Shown = Callable[[str, PartitionsDefinition], None]


@pytest.fixture
def model() -> PartitionGridModel:
    return PartitionGridModel()


@pytest.fixture
def tips(shell: Shell, model: PartitionGridModel) -> PartitionTips:
    return PartitionTips(shell, model, model)


@pytest.fixture
def show(tips: PartitionTips, model: PartitionGridModel, session: ProjectSession) -> Shown:
    def show(asset: str, definition: PartitionsDefinition) -> None:
        tips.show_asset(session, asset)
        model.set_definition(definition, np.zeros(definition.size(), dtype=np.uint8))

    return show


@pytest.fixture
def told(shell: Shell) -> list[Notice]:
    told: list[Notice] = []
    shell.notices.shown.connect(told.append)
    return told


@pytest.fixture
def asked(session: ProjectSession, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the engine was asked for, in the order of the answers."""
    asked: list[tuple[str, int]] = []
    look = session.engine.partition

    def partition(asset: str, ordinal: int) -> object:
        try:
            return look(asset, ordinal)
        finally:
            asked.append((asset, ordinal))

    monkeypatch.setattr(session.engine, "partition", partition)
    return asked


def daily(session: ProjectSession) -> PartitionsDefinition:
    definition = session.engine.definition("daily")
    assert definition is not None
    return definition


def test_a_pointer_that_rests_on_a_cell_has_it_asked_for_once(
    tips: PartitionTips, show: Shown, session: ProjectSession, asked: list[tuple[str, int]], qtbot: QtBot
) -> None:
    show("daily", daily(session))
    assert tips.describe(3) == "2024-01-04\nmissing"
    tips.hover(3)
    qtbot.waitUntil(lambda: tips.describe(3) != "" and asked == [("daily", 3)])
    tips.hover(-1)
    tips.hover(3)
    tips.hover(4)
    qtbot.waitUntil(lambda: asked == [("daily", 3), ("daily", 4)])


def test_a_cell_of_the_asset_before_is_not_asked_for(
    tips: PartitionTips, show: Shown, session: ProjectSession, asked: list[tuple[str, int]], qtbot: QtBot
) -> None:
    show("daily", daily(session))
    tips.hover(9)
    show("doubled", daily(session))
    tips.hover(2)
    qtbot.waitUntil(lambda: asked == [("doubled", 2)])


def test_a_cell_whose_key_has_just_gone_is_no_error(
    tips: PartitionTips,
    show: Shown,
    asked: list[tuple[str, int]],
    told: list[Notice],
    qtbot: QtBot,
) -> None:
    show("daily", PartitionsDefinition.static_([str(number) for number in range(100)]))
    tips.hover(99)
    qtbot.waitUntil(lambda: asked == [("daily", 99)])
    tips.hover(3)
    qtbot.waitUntil(lambda: asked == [("daily", 99), ("daily", 3)])
    assert tips.describe(99) == "99\nmissing"
    assert told == []
