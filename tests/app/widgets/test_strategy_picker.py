"""The choice of how partitions are grouped into runs."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QListWidget
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.widgets.strategy_picker import StrategyPicker
from rivers_app.widgets.tag_editor import parse_tags
from rivers_core.partitions.strategy import BackfillStrategy


@pytest.fixture
def picker(shell: Shell, qtbot: QtBot) -> StrategyPicker:
    made = StrategyPicker()
    qtbot.addWidget(made)
    made.offer(["date", "depot"], BackfillStrategy.single_run())
    made.show()
    return made


def test_the_assets_own_strategy_is_offered_first_and_named(picker: StrategyPicker) -> None:
    assert picker.strategy is None
    assert picker.findChild(QComboBox).currentText() == "The asset's own: one run for all partitions"


def test_per_dimension_is_not_offered_without_dimensions(picker: StrategyPicker) -> None:
    picker.offer([""], None)
    choice = picker.findChild(QComboBox)
    assert [choice.itemData(at) for at in range(choice.count())] == ["asset_default", "multi_run", "single_run"]


def test_a_dimension_sent_over_is_batched_in_each_run(picker: StrategyPicker, qtbot: QtBot) -> None:
    picker.set_strategy(BackfillStrategy.per_dimension(multi_run=["date", "depot"], single_run=[]))
    spread = picker.findChild(QListWidget, "multiRunDimensions")
    told: list[BackfillStrategy | None] = []
    picker.changed.connect(lambda: told.append(picker.strategy))
    spread.setCurrentRow(0)
    spread.itemActivated.emit(spread.item(0))
    qtbot.waitUntil(lambda: bool(told))
    assert picker.strategy == BackfillStrategy.per_dimension(multi_run=["depot"], single_run=["date"])


def test_a_strategy_over_other_dimensions_is_not_taken(picker: StrategyPicker) -> None:
    picker.set_strategy(BackfillStrategy.per_dimension(multi_run=["week"], single_run=["depot"]))
    assert picker.strategy is None


def test_tags_are_read_from_one_line() -> None:
    assert parse_tags("team=data, reason=late files,") == (("team", "data"), ("reason", "late files"))


@pytest.mark.parametrize(("text", "said"), [("team", "name=value"), ("=x", "name=value"), ("a=1, a=2", "twice")])
def test_what_is_no_tag_is_told_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_tags(text)
