"""The whole demo in one backfill, downstream assets too: what every asset holds is what the raw data say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from rivers_core.resources import demo_project
from tests.journeys.test_demo_backfills import backfill, outputs

# The stations fall silent on December 30, so some of the hours fail and the days go without them.
EVERYTHING = ("--assets", "hourly_weather,daily_flights", "--include-downstream")
DAYS = ("--range", "date=2013-12-29..2013-12-30")
ASSETS = {
    *("hourly_weather", "daily_flights", "daily_delays"),
    *("monthly_report", "airline_months", "route_months", "weather_effect"),
}


@pytest.fixture(scope="module")
def raw() -> duckdb.DuckDBPyConnection:
    """The source files of the two days, with the weather of each day at each airport."""
    connection = duckdb.connect()
    data = demo_project() / "data"
    connection.execute(
        f"""
        CREATE TABLE flights AS FROM '{data}/flights/*/2013-12.parquet' WHERE day(date) IN (29, 30);
        CREATE TABLE readings AS FROM '{data}/weather/*/2013-12.parquet' WHERE day(hour) IN (29, 30);
        CREATE TABLE weather AS SELECT hour::DATE AS date, origin, count(DISTINCT hour) AS hours,
            max(wind_speed) AS wind, sum(precip) AS rain FROM readings GROUP BY ALL;
        CREATE TABLE joined AS FROM flights LEFT JOIN weather USING (date, origin);
        """
    )
    return connection


@pytest.fixture(scope="module")
def silent_hours(raw: duckdb.DuckDBPyConnection) -> int:
    (found,) = raw.execute("SELECT 2 * 24 * 3 - count(DISTINCT (hour, origin)) FROM readings").fetchall()
    assert 0 < found[0] < 40
    return found[0]


def rows(source: duckdb.DuckDBPyRelation, columns: str) -> list[tuple[Any, ...]]:
    return sorted(source.project(columns).fetchall(), key=repr)


@pytest.mark.parametrize("strategy", ["multi_run", "single_run"])
def test_a_backfill_of_everything_ends_with_what_the_raw_data_say(
    nyc_flights: Path, raw: duckdb.DuckDBPyConnection, silent_hours: int, strategy: str
):
    report = backfill(nyc_flights, *EVERYTHING, *DAYS, "--strategy", strategy)
    assert set(report["assets"]) == ASSETS
    assert report["num_partitions"] == 144 + 6 + 1
    assert (report["status"], report["failed"], report["canceled"]) == ("failed", silent_hours, 0)
    assert {failure["asset"] for failure in report["failures"]} == {"hourly_weather"}
    check_days(nyc_flights, raw)
    check_monthly_report(nyc_flights, raw)
    check_statistics(nyc_flights, raw)
    check_weather_effect(nyc_flights, raw)


def check_days(project: Path, raw: duckdb.DuckDBPyConnection) -> None:
    assert rows(outputs(project, "hourly_weather"), "*") == rows(raw.table("readings"), "*")
    assert rows(outputs(project, "daily_flights"), "*") == rows(raw.table("flights"), "*")
    found = outputs(project, "daily_delays").project(
        "date, origin, carrier, flights, late, weather_hours, strongest_wind, precipitation"
    )
    expected = raw.sql(
        """
        SELECT date, origin, carrier, count(*), count(*) FILTER (dep_delay >= 15),
            coalesce(any_value(hours), 0), any_value(wind), any_value(rain)
        FROM joined GROUP BY ALL
        """
    )
    assert rows(found, "*") == rows(expected, "*")


def check_monthly_report(project: Path, raw: duckdb.DuckDBPyConnection) -> None:
    expected = raw.sql(
        """
        SELECT origin, count(DISTINCT date), count(*), count(*) FILTER (dep_delay >= 15),
            count(*) FILTER (dep_time IS NULL), max(dep_delay), count(DISTINCT date) FILTER (rain > 0)
        FROM joined GROUP BY origin
        """
    )
    columns = "origin, days, flights, late, canceled, longest_delay, wet_days"
    assert rows(outputs(project, "monthly_report"), columns) == rows(expected, "*")


def check_statistics(project: Path, raw: duckdb.DuckDBPyConnection) -> None:
    for asset, by in (("airline_months", "carrier"), ("route_months", "origin, dest")):
        expected = raw.sql(
            f"""
            SELECT {by}, count(*), count(*) FILTER (dep_time IS NULL), round(avg(arr_delay), 1)
            FROM flights GROUP BY ALL
            """
        )
        assert rows(outputs(project, asset), f"{by}, flights, canceled, mean_arrival_delay") == rows(expected, "*")


def check_weather_effect(project: Path, raw: duckdb.DuckDBPyConnection) -> None:
    expected = raw.sql(
        """
        SELECT CASE WHEN hours IS NULL THEN 'unknown' WHEN rain >= 0.1 THEN 'wet' WHEN wind >= 20 THEN 'windy'
            ELSE 'calm' END AS weather, count(DISTINCT (date, origin)), count(*),
            round(100 * count(*) FILTER (dep_delay >= 15) / count(*), 1)
        FROM joined GROUP BY weather
        """
    )
    assert rows(outputs(project, "weather_effect"), "weather, days, flights, late_percent") == rows(expected, "*")


def test_delays_are_computed_without_any_weather(nyc_flights: Path):
    report = backfill(nyc_flights, "--assets", "daily_flights,daily_delays", *DAYS)
    assert (report["status"], report["completed"]) == ("completed", 6)
    found = outputs(nyc_flights, "daily_delays").aggregate("max(weather_hours), count(strongest_wind)").fetchall()
    assert found == [(0, 0)]


def test_a_report_without_any_day_of_its_month_says_what_to_materialize(nyc_flights: Path):
    report = backfill(nyc_flights, "--assets", "monthly_report", "--range", "2013-05")
    assert (report["status"], report["failed"]) == ("failed", 1)
    assert "No day of 2013-05 is in daily_delays yet. Materialize daily_delays" in report["failures"][0]["error"]


def test_one_output_of_the_statistics_can_be_computed_alone(nyc_flights: Path):
    backfill(nyc_flights, "--assets", "daily_flights", *DAYS)
    report = backfill(nyc_flights, "--assets", "route_months", "--range", "2013-12")
    assert (report["status"], report["assets"]) == ("completed", ["route_months"])
    assert sum(row[0] for row in outputs(nyc_flights, "route_months").project("flights").fetchall()) > 1_000
    assert not (nyc_flights / ".rivers" / "outputs" / "airline_months").exists()
