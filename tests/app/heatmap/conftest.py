"""Heatmaps to test with: definitions, states and a shown widget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from rivers_app.heatmap.arrangement import Arrangement
from rivers_app.heatmap.selection import PartitionSelection
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.theme import Appearance
from rivers_core.partitions.definitions import PartitionsDefinition

DAYS = PartitionsDefinition.daily(datetime(2024, 1, 1), datetime(2024, 4, 1))
SHOPS = PartitionsDefinition.static_(["north", "south", "east"])
DAYS_AND_SHOPS = PartitionsDefinition.multi({"day": DAYS, "shop": SHOPS})
MANY = PartitionsDefinition.multi(
    {
        "hour": PartitionsDefinition.hourly(datetime(2024, 1, 1), datetime(2024, 5, 1)),
        "sensor": PartitionsDefinition.static_([f"s{number}" for number in range(700)]),
    }
)

ShowHeatmap = Callable[..., PartitionHeatmap]


@pytest.fixture
def show_heatmap(qtbot: QtBot, appearance: Appearance) -> ShowHeatmap:
    """Shows a heatmap of a definition; `states` maps ordinals to states, the rest is missing."""

    def show(
        definition: PartitionsDefinition,
        states: dict[int, int] | None = None,
        arrangement: Arrangement | None = None,
        size: tuple[int, int] = (1100, 600),
    ) -> PartitionHeatmap:
        heatmap = PartitionHeatmap(PartitionGridModel(), PartitionSelection(), appearance)
        qtbot.addWidget(heatmap)
        heatmap.resize(*size)
        array = np.zeros(definition.size(), dtype=np.uint8)
        for ordinal, state in (states or {}).items():
            array[ordinal] = state
        heatmap.model.set_definition(definition, array)
        heatmap.set_arrangement(arrangement)
        heatmap.show()
        qtbot.waitExposed(heatmap)
        return heatmap

    return show


def middle_of(heatmap: PartitionHeatmap, ordinal: int) -> QPoint:
    """The viewport's point in the middle of a partition's cell."""
    place = heatmap.place_of(ordinal)
    assert place is not None
    return place.center().toPoint()


def color_at(heatmap: PartitionHeatmap, point: QPoint) -> QColor:
    """What is painted at a point of the viewport."""
    heatmap.count_blocks()
    return heatmap.viewport().grab().toImage().pixelColor(point * heatmap.devicePixelRatioF())
