"""The assets as a table: Qt's own checks of a model, what cells say, sorting and filters."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from rivers_app.models.asset_table import NAME_ROLE, AssetColumn, AssetFilter, AssetTableModel
from rivers_app.models.roles import COUNTS_ROLE
from rivers_core.location.spec import AssetSpec
from rivers_core.states import PartitionState as State

NOW = 1_700_000_000.0
DAYS = {"kind": "time"}


def spec(name: str, **values: Any) -> AssetSpec:
    return AssetSpec(name=name, computation=name, **({"partitions": DAYS} | values))


@pytest.fixture
def model() -> AssetTableModel:
    model = AssetTableModel()
    model.set_assets(
        (
            spec("weather", group="raw", kinds=("parquet",), description="Hourly readings"),
            spec("flights", group="raw", kind="multi_asset", kinds=("duckdb",)),
            spec("airports", partitions=None),
        )
    )
    model.set_progress(
        {
            "weather": {State.COMPLETED: 90, State.FAILED: 10},
            "flights": {State.MISSING: 1_095},
            "airports": {State.COMPLETED: 1},
        },
        {"weather": NOW - 120, "flights": None, "airports": NOW - 7200},
        NOW,
    )
    return model


def texts(model: AssetTableModel | AssetFilter, column: AssetColumn) -> list[str]:
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_the_model_keeps_qts_rules_through_changes(model: AssetTableModel) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_progress({"weather": {State.STALE: 1}}, {}, NOW)
    model.set_assets((spec("weather"), spec("new")))
    model.set_now(NOW + 60)
    model.set_assets(())
    assert tester.model() is model
    assert model.rowCount() == 0


def test_nothing_is_said_of_an_asset_before_it_is_known_how_it_stands(model: AssetTableModel) -> None:
    model.set_assets((spec("weather"), spec("new"), spec("airports", partitions=None)))
    assert texts(model, AssetColumn.PARTITIONS) == ["100", "", "none"]
    assert texts(model, AssetColumn.LAST)[1] == ""
    model.set_progress({}, {}, NOW)
    assert texts(model, AssetColumn.PARTITIONS) == ["0", "0", "none"]
    assert texts(model, AssetColumn.LAST) == ["never", "never", "never"]


def test_cells_say_how_an_asset_stands(model: AssetTableModel) -> None:
    assert texts(model, AssetColumn.NAME) == ["weather", "flights", "airports"]
    assert texts(model, AssetColumn.GROUP) == ["raw", "raw", ""]
    assert texts(model, AssetColumn.KIND) == ["parquet", "multi-asset, duckdb", ""]
    assert texts(model, AssetColumn.PARTITIONS) == ["100", "1,095", "none"]
    assert texts(model, AssetColumn.LAST) == ["2 min ago", "never", "2 h ago"]
    status = model.index(0, AssetColumn.STATUS)
    assert status.data(COUNTS_ROLE) == {State.COMPLETED: 90, State.FAILED: 10}
    assert status.data(Qt.ItemDataRole.AccessibleTextRole) == "90 completed, 10 failed"


def test_only_what_changed_is_told(model: AssetTableModel) -> None:
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    counts = {row.spec.name: row.counts for row in model.rows} | {"flights": {State.COMPLETED: 1_095}}
    model.set_progress(counts, {row.spec.name: row.last_materialized for row in model.rows}, NOW)
    assert told == [(1, 1), (0, 2)]  # the row, and every age


def test_reloaded_assets_keep_what_is_known_of_them(model: AssetTableModel) -> None:
    model.set_assets((spec("weather"), spec("new")))
    assert texts(model, AssetColumn.PARTITIONS) == ["100", ""]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["weather", "flights", "airports"]),
        ("AIR", ["airports"]),
        ("raw", ["weather", "flights"]),
        ("raw duck", ["flights"]),
        ("readings", ["weather"]),
        ("nothing", []),
    ],
)
def test_every_word_of_the_filter_must_be_found(model: AssetTableModel, text: str, names: list[str]) -> None:
    rows = AssetFilter()
    rows.setSourceModel(model)
    rows.set_text(text)
    assert texts(rows, AssetColumn.NAME) == names


def test_the_filter_keeps_assets_with_partitions_in_every_chosen_state(model: AssetTableModel) -> None:
    rows = AssetFilter()
    rows.setSourceModel(model)
    rows.set_states(frozenset({State.FAILED}))
    assert texts(rows, AssetColumn.NAME) == ["weather"]
    rows.set_states(frozenset({State.FAILED, State.MISSING}))
    assert rows.rowCount() == 0


def test_columns_sort_by_what_they_mean(model: AssetTableModel) -> None:
    rows = AssetFilter()
    rows.setSourceModel(model)
    rows.sort(AssetColumn.PARTITIONS, Qt.SortOrder.DescendingOrder)
    assert texts(rows, AssetColumn.PARTITIONS) == ["1,095", "100", "none"]
    rows.sort(AssetColumn.LAST, Qt.SortOrder.DescendingOrder)
    assert [rows.index(row, 0).data(NAME_ROLE) for row in range(3)] == ["weather", "airports", "flights"]
