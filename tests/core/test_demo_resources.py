"""The data of the demo project is whole, small, and laid out so that a run reads only its part."""

from __future__ import annotations

import tomllib
from pathlib import Path

import duckdb
import pytest

from rivers_core.resources import demo_project

AIRPORTS = ["EWR", "JFK", "LGA"]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    data = demo_project() / "data"
    connection.read_parquet(f"{data}/flights/*/*.parquet", filename=True).create("flights")
    connection.read_parquet(f"{data}/weather/*/*.parquet", filename=True).create("weather")
    for name in ("airlines", "airports", "planes"):
        connection.read_parquet(f"{data}/{name}.parquet").create(name)
    return connection


def test_the_demo_says_its_name_and_where_its_code_is():
    project = tomllib.loads((demo_project() / "rivers.toml").read_text())["project"]
    assert project["name"] == "NYC flights"
    assert (demo_project() / project["code"]).is_file()


def test_all_flights_of_2013_are_there(database: duckdb.DuckDBPyConnection):
    found = database.execute("SELECT count(*), min(date)::VARCHAR, max(date)::VARCHAR FROM flights").fetchone()
    assert found == (336_776, "2013-01-01", "2013-12-31")


def test_january_has_27004_flights_in_93_partitions(database: duckdb.DuckDBPyConnection):
    found = database.execute("SELECT count(*), count(DISTINCT (date, origin)) FROM flights WHERE month(date) = 1")
    assert found.fetchone() == (27_004, 93)


def test_every_airport_has_flights_on_every_day(database: duckdb.DuckDBPyConnection):
    assert database.execute("SELECT count(DISTINCT (date, origin)) FROM flights").fetchone() == (1_095,)


def test_a_canceled_flight_has_no_departure_rather_than_a_made_up_one(database: duckdb.DuckDBPyConnection):
    found = database.execute("SELECT count(*), count(dep_delay) FROM flights WHERE dep_time IS NULL").fetchone()
    assert found == (8_255, 0)


def test_the_weather_has_readings_for_all_but_168_of_26280_hours(database: duckdb.DuckDBPyConnection):
    readings, hours = database.execute("SELECT count(*), count(DISTINCT (hour, origin)) FROM weather").fetchone()
    assert (readings, 26_280 - hours) == (26_115, 168)


def test_the_hour_that_came_twice_has_two_readings_that_differ_in_utc(database: duckdb.DuckDBPyConnection):
    twice = database.execute(
        "SELECT hour::VARCHAR, origin, count(DISTINCT time_hour) FROM weather GROUP BY ALL HAVING count(*) > 1"
    ).fetchall()
    assert sorted(twice) == [("2013-11-03 01:00:00", airport, 2) for airport in AIRPORTS]


def test_the_hour_that_clocks_skipped_has_no_reading(database: duckdb.DuckDBPyConnection):
    found = database.execute("SELECT count(*) FROM weather WHERE hour = TIMESTAMP '2013-03-10 02:00'").fetchone()
    assert found == (0,)


def test_every_code_of_an_airline_has_a_name(database: duckdb.DuckDBPyConnection):
    nameless = database.execute("SELECT DISTINCT carrier FROM flights ANTI JOIN airlines USING (carrier)")
    assert nameless.fetchall() == []


@pytest.mark.parametrize(("table", "time"), [("flights", "date"), ("weather", "hour")])
def test_a_file_holds_one_airport_and_month_in_order(database: duckdb.DuckDBPyConnection, table: str, time: str):
    files = database.execute(
        f"SELECT filename, min(origin), max(origin), min(strftime({time}, '%Y-%m')), max(strftime({time}, '%Y-%m')) "
        f"FROM {table} GROUP BY filename"
    ).fetchall()
    assert len(files) == 36
    for filename, *parts in files:
        path = Path(filename)
        assert parts == [path.parent.name, path.parent.name, path.stem, path.stem]
        times = [row[0] for row in duckdb.read_parquet(filename).project(time).fetchall()]
        assert times == sorted(times)


def test_a_run_reads_a_file_that_is_a_small_part_of_the_data():
    flights = sorted((demo_project() / "data" / "flights").rglob("*.parquet"))
    sizes = [path.stat().st_size for path in flights]
    assert max(sizes) * 25 < sum(sizes)


def test_the_demo_takes_a_few_megabytes():
    files = [path for path in demo_project().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6_000_000
