"""Tables of four libraries: stored as Parquet, loaded as the reader is annotated."""

from collections.abc import Mapping

import duckdb
import pandas
import polars
import pyarrow
import pytest

import rivers_core as rs
from rivers_core.exceptions import ExecutionError
from rivers_core.io_handlers import tables
from rivers_core.io_handlers.default import DefaultIOHandler
from rivers_core.io_handlers.tables import kind_of_hint, value_hint
from tests.core.io_handlers.writing import DAYS, files_below, output, reading

MADE = {
    "duckdb": lambda rows: (
        duckdb.default_connection().cursor().sql(f"select * from (values {rows}) as t(port, height)")
    ),
    "pandas": lambda rows: pandas.DataFrame(list(rows_of(rows)), columns=["port", "height"]),
    "polars": lambda rows: polars.DataFrame(list(rows_of(rows)), schema=["port", "height"], orient="row"),
    "lazy": lambda rows: MADE["polars"](rows).lazy(),
    "arrow": lambda rows: MADE["polars"](rows).to_arrow(),
}
HINTS = {
    "duckdb": duckdb.DuckDBPyRelation,
    "pandas": pandas.DataFrame,
    "polars": polars.DataFrame,
    "lazy": polars.LazyFrame,
    "arrow": pyarrow.Table,
}
ROWS = "('Hull', 1), ('Kiel', 2)"


def rows_of(text):
    return eval(f"[{text}]")


def plain(table):
    """A table's rows, whichever library's it is."""
    match table:
        case pandas.DataFrame():
            return [tuple(row) for row in table.itertuples(index=False)]
        case polars.LazyFrame():
            return table.collect().rows()
        case polars.DataFrame():
            return table.rows()
        case pyarrow.Table():
            return [tuple(row.values()) for row in table.to_pylist()]
        case _:
            return table.fetchall()


@pytest.fixture(params=["memory", "parquet", "default", "url"])
def handler(request, tmp_path):
    match request.param:
        case "memory":
            return rs.InMemoryIOHandler()
        case "parquet":
            return rs.ParquetIOHandler(tmp_path)
        case "default":
            return DefaultIOHandler(tmp_path)
        case _:
            return rs.ParquetIOHandler(f"memory://{tmp_path.name}/tables")


@pytest.mark.parametrize("stored", MADE)
@pytest.mark.parametrize("wanted", HINTS)
def test_a_table_is_loaded_as_the_reader_is_annotated(handler, stored, wanted):
    handler.handle_output(output(0), MADE[stored](ROWS))
    found = handler.load_input(reading(0, type_hint=HINTS[wanted]))

    assert isinstance(found, HINTS[wanted])
    assert plain(found) == [("Hull", 1), ("Kiel", 2)]


@pytest.mark.parametrize("stored", MADE)
def test_without_annotations_a_table_is_loaded_as_what_was_stored(handler, stored):
    handler.handle_output(output(0), MADE[stored](ROWS))

    assert isinstance(handler.load_input(reading(0)), HINTS[stored])


def test_the_annotation_of_the_asset_counts_where_the_reader_has_none(tmp_path):
    handler = rs.ParquetIOHandler(tmp_path)
    handler.handle_output(output(0), MADE["pandas"](ROWS))

    assert isinstance(handler.load_input(reading(0, stored_hint=polars.DataFrame)), polars.DataFrame)


@pytest.mark.parametrize("wanted", HINTS)
def test_many_keys_become_one_table_with_columns_by_name(handler, wanted):
    handler.handle_output(output(1), MADE["polars"]("('Oslo', 5),"))
    handler.handle_output(output(0), MADE["duckdb"](ROWS))
    handler.handle_output(output(2), pandas.DataFrame({"height": [7], "port": ["Bergen"]}))
    found = handler.load_input(reading(0, 1, 2, many=True, type_hint=HINTS[wanted]))

    assert isinstance(found, HINTS[wanted])
    assert plain(found) == [("Hull", 1), ("Kiel", 2), ("Oslo", 5), ("Bergen", 7)]


@pytest.mark.parametrize("wanted", HINTS)
def test_columns_that_a_table_lacks_are_empty(handler, wanted):
    handler.handle_output(output(0), polars.DataFrame({"a": [1]}))
    handler.handle_output(output(1), polars.DataFrame({"a": [2], "b": ["x"]}))
    found = handler.load_input(reading(0, 1, many=True, type_hint=HINTS[wanted]))

    (_, empty), (_, filled) = plain(found)
    assert pandas.isna(empty)
    assert filled == "x"


@pytest.mark.parametrize("hint", [dict[str, polars.DataFrame], Mapping[rs.PartitionKey, polars.DataFrame], dict])
def test_many_keys_may_be_asked_for_as_tables_by_key(handler, hint):
    for ordinal in (0, 1):
        handler.handle_output(output(ordinal), polars.DataFrame({"a": [ordinal]}))
    found = handler.load_input(reading(0, 1, many=True, type_hint=hint, stored_hint=polars.DataFrame))

    assert {key: table.rows() for key, table in found.items()} == {DAYS.key_at(0): [(0,)], DAYS.key_at(1): [(1,)]}


def test_a_table_or_tables_by_key_gives_tables_where_there_are_many(handler):
    hint = pandas.DataFrame | Mapping[rs.PartitionKey, pandas.DataFrame]
    handler.handle_output(output(0), polars.DataFrame({"a": [1]}))

    assert isinstance(handler.load_input(reading(0, type_hint=hint)), pandas.DataFrame)
    assert isinstance(handler.load_input(reading(0, many=True, type_hint=hint))["2024-03-01"], pandas.DataFrame)


def test_a_table_of_a_batch_is_loaded_whole_and_once(handler):
    handler.handle_output(output(0, 1, 2, batched=True, run_id="r1"), MADE["pandas"](ROWS))

    assert plain(handler.load_input(reading(1))) == [("Hull", 1), ("Kiel", 2)]
    assert plain(handler.load_input(reading(0, 2, many=True, type_hint=polars.DataFrame))) == [("Hull", 1), ("Kiel", 2)]


def test_a_batch_may_return_a_table_for_each_key(handler):
    tables_by_key = {DAYS.key_at(ordinal): polars.DataFrame({"a": [ordinal]}) for ordinal in (0, 1)}
    handler.handle_output(output(0, 1, batched=True, run_id="r1"), tables_by_key)

    assert plain(handler.load_input(reading(1))) == [(1,)]
    assert plain(handler.load_input(reading(0, 1, many=True, type_hint=polars.DataFrame))) == [(0,), (1,)]


def test_no_table_at_all_is_none_where_missing_keys_are_allowed(handler):
    context = reading(0, 1, many=True, allow_missing=True, type_hint=polars.DataFrame)

    assert handler.load_input(context) is None


def test_a_relation_is_computed_when_it_is_stored(handler):
    connection = duckdb.connect()
    connection.execute("create table levels as select 1 as a")
    handler.handle_output(output(0), connection.table("levels"))
    connection.close()

    assert plain(handler.load_input(reading(0, type_hint=duckdb.DuckDBPyRelation))) == [(1,)]


def test_relations_of_several_inputs_can_be_joined(handler):
    handler.handle_output(output(0), MADE["duckdb"](ROWS))
    handler.handle_output(output(0, asset="berths"), pandas.DataFrame({"port": ["Hull"], "berths": [12]}))
    tides = handler.load_input(reading(0, type_hint=duckdb.DuckDBPyRelation))
    berths = handler.load_input(reading(0, asset="berths", type_hint=duckdb.DuckDBPyRelation))

    joined = duckdb.default_connection().cursor().sql("select port, height, berths from tides join berths using (port)")
    assert (tides.columns, berths.columns) == (["port", "height"], ["port", "berths"])
    assert joined.fetchall() == [("Hull", 1, 12)]


def test_an_index_with_names_survives(handler):
    frame = pandas.DataFrame({"height": [1, 2]}, index=pandas.Index(["Hull", "Kiel"], name="port"))
    handler.handle_output(output(0), frame)
    handler.handle_output(output(1), frame)

    pandas.testing.assert_frame_equal(handler.load_input(reading(0, type_hint=pandas.DataFrame)), frame)
    both = handler.load_input(reading(0, 1, many=True, type_hint=pandas.DataFrame))
    assert list(both.index) == ["Hull", "Kiel"] * 2


def test_rows_of_several_frames_are_numbered_through(tmp_path):
    handler = rs.ParquetIOHandler(tmp_path)
    for ordinal in (0, 1):
        handler.handle_output(output(ordinal), pandas.DataFrame({"a": [ordinal]}))

    assert list(handler.load_input(reading(0, 1, many=True, type_hint=pandas.DataFrame)).index) == [0, 1]


def test_pandas_works_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_has_pyarrow", lambda: False)
    handler = rs.ParquetIOHandler(tmp_path / "it's")
    handler.handle_output(output(0), MADE["pandas"](ROWS))
    found = handler.load_input(reading(0))

    assert isinstance(found, pandas.DataFrame)
    assert plain(found) == [("Hull", 1), ("Kiel", 2)]


def test_a_parquet_file_from_elsewhere_is_a_relation(tmp_path):
    (tmp_path / "tides").mkdir()
    duckdb.default_connection().cursor().sql("select 3 as a").write_parquet(str(tmp_path / "tides/2024-03-01.parquet"))

    assert plain(rs.ParquetIOHandler(tmp_path).load_input(reading(0))) == [(3,)]


def test_files_are_compressed_with_zstd(tmp_path):
    handler = rs.ParquetIOHandler(tmp_path)
    for ordinal, kind in enumerate(MADE):
        handler.handle_output(output(ordinal), MADE[kind](ROWS))

    found = (
        duckdb.default_connection()
        .cursor()
        .execute(f"select distinct compression from parquet_metadata('{tmp_path}/tides/*.parquet')")
    )
    assert found.fetchall() == [("ZSTD",)]


@pytest.mark.parametrize("value", [5, {"a": 1}, [1], None, "text"])
def test_parquet_refuses_what_is_no_table(tmp_path, value):
    with pytest.raises(ExecutionError, match="but ParquetIOHandler stores tables"):
        rs.ParquetIOHandler(tmp_path).handle_output(output(0), value)
    assert files_below(tmp_path) == []


def test_a_library_that_is_not_installed_is_named(tmp_path, monkeypatch):
    handler = rs.ParquetIOHandler(tmp_path)
    handler.handle_output(output(0), MADE["pandas"](ROWS))
    monkeypatch.setitem(__import__("sys").modules, "polars", None)

    with pytest.raises(ExecutionError, match="a table of polars, which is not installed here"):
        handler.load_input(reading(0, type_hint=polars.DataFrame))


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (duckdb.DuckDBPyRelation, "duckdb"),
        (pandas.DataFrame, "pandas"),
        (polars.DataFrame | None, "polars"),
        ("pd.DataFrame", "pandas"),
        ("polars.LazyFrame", "polars_lazy"),
        ("pl.DataFrame | None", "polars"),
        ("pa.Table", "arrow"),
        (type("Own", (pandas.DataFrame,), {}), "pandas"),
    ],
)
def test_hints_of_tables_are_known_without_loading_their_library(hint, name):
    assert kind_of_hint(hint).name == name


@pytest.mark.parametrize("hint", [int, dict[str, int], "DataFrame", "int", None, list[pandas.DataFrame]])
def test_other_hints_are_no_tables(hint):
    assert kind_of_hint(hint) is None


def test_the_hint_of_values_by_key_is_found_among_several():
    assert value_hint(dict[str, int]) is int
    assert value_hint(int | Mapping[str, bytes]) is bytes
    assert value_hint(int) is None


@pytest.mark.parametrize("table", [pandas.DataFrame(), polars.DataFrame(), polars.LazyFrame(), pyarrow.table({})])
def test_a_table_without_columns_is_refused_and_leaves_no_file(tmp_path, table):
    with pytest.raises(ExecutionError, match="A table without columns cannot be stored as Parquet"):
        rs.ParquetIOHandler(tmp_path).handle_output(output(0), table)
    assert files_below(tmp_path) == []
