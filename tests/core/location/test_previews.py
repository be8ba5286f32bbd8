"""Previews of stored values: tables of every library as columns and rows, anything else as text."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pandas
import polars
import pyarrow
import pytest

from rivers_core.location.previews import LONGEST_CELL, LONGEST_TEXT, preview_of

DEPTHS = {"station": ["mill", "weir", "lock"], "depth": [1.5, 2.0, float("inf")], "count": [1, 2, 3]}


@pytest.mark.parametrize(
    "make_table",
    [
        pandas.DataFrame,
        polars.DataFrame,
        pyarrow.table,
        lambda depths: duckdb.connect().from_arrow(pyarrow.table(depths)),
    ],
    ids=["pandas", "polars", "arrow", "duckdb"],
)
def test_tables_of_every_library_show_their_first_rows(make_table):
    table = make_table(DEPTHS)
    shown = preview_of(table, 2)
    assert shown["columns"] == ["station", "depth", "count"]
    assert shown["rows"] == [["mill", 1.5, 1], ["weir", 2.0, 2]]
    assert shown["total"] == 3
    assert len(shown["types"]) == 3
    assert preview_of(table, 3)["rows"][2][1] == "inf"
    json.dumps(shown, allow_nan=False)


def test_a_series_is_a_table_of_one_column():
    assert preview_of(pandas.Series([1, 2], name="depth"), 10)["rows"] == [[1], [2]]


def test_a_list_of_mappings_reads_as_a_table():
    shown = preview_of([{"a": 1}, {"a": None, "b": "x"}], 10)
    assert (shown["columns"], shown["types"], shown["rows"]) == (["a", "b"], ["int", "str"], [[1, None], [None, "x"]])


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3), "2024-01-02 03:00:00"),
        (Decimal("1.10"), "1.10"),
        (b"abc", "3 bytes"),
        (True, True),
        ("x" * 1000, "x" * LONGEST_CELL + "…"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_cells_become_what_json_can_hold(cell, shown):
    assert preview_of([{"cell": cell}], 1)["rows"] == [[shown]]


def test_other_values_are_shown_as_text_of_a_reasonable_length():
    assert preview_of({"b": 1, "a": [2]}, 10) == {"text": "{'a': [2], 'b': 1}"}
    assert preview_of("plain\ntext", 10) == {"text": "plain\ntext"}
    assert len(preview_of(list(range(100_000)), 10)["text"]) == LONGEST_TEXT + 2
