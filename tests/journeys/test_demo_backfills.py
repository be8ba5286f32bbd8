"""The demo from the command line: what a backfill reports is what the output files hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rivers_core.resources import demo_project

JANUARY = ["--range", "date=2013-01-01..2013-01-31"]


def backfill(project: Path, *words: str) -> dict[str, Any]:
    """What `rivers-core backfill` reports, with its exit code."""
    rivers_core = Path(sys.executable).with_name("rivers-core")
    command = [rivers_core, "backfill", project, *words, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout) | {"exit_code": ended.returncode}


def outputs(project: Path, asset: str) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().read_parquet(f"{project}/.rivers/outputs/{asset}/**/*.parquet")


def test_january_is_93_partitions_that_hold_its_27004_flights(nyc_flights: Path):
    report = backfill(nyc_flights, "--assets", "daily_flights", *JANUARY)
    assert (report["exit_code"], report["status"]) == (0, "completed")
    assert (report["num_partitions"], report["num_runs"], report["completed"]) == (93, 93, 93)
    files = sorted((nyc_flights / ".rivers" / "outputs" / "daily_flights").rglob("*.parquet"))
    assert len(files) == 93
    written = outputs(nyc_flights, "daily_flights")
    source = duckdb.read_parquet(f"{demo_project()}/data/flights/*/2013-01.parquet")
    assert len(written) == len(source) == 27_004
    assert sorted(written.fetchall(), key=repr) == sorted(source.fetchall(), key=repr)


def test_one_run_for_all_days_writes_the_same_as_a_run_for_each(nyc_flights: Path):
    words = ["--assets", "daily_flights", "--range", "date=2013-02-01..2013-02-07", "--range", "origin=EWR,JFK"]
    backfill(nyc_flights, *words)
    many = sorted(outputs(nyc_flights, "daily_flights").fetchall(), key=repr)
    report = backfill(nyc_flights, *words, "--strategy", "single_run")
    assert (report["num_partitions"], report["num_runs"], report["completed"]) == (14, 1, 14)
    assert sorted(outputs(nyc_flights, "daily_flights").fetchall(), key=repr) == many


@pytest.mark.parametrize("strategy", ["multi_run", "single_run"])
def test_delays_are_counted_from_the_flights_of_the_same_day(nyc_flights: Path, strategy: str):
    report = backfill(
        nyc_flights,
        *("--assets", "daily_flights,daily_delays", "--range", "date=2013-01-01..2013-01-03"),
        *("--config", "daily_delays.min_delay_minutes=60", "--strategy", strategy),
    )
    assert (report["exit_code"], report["completed"]) == (0, 9)
    found = outputs(nyc_flights, "daily_delays").aggregate("sum(flights), sum(late), sum(canceled)").fetchall()
    expected = duckdb.sql(
        f"""
        SELECT count(*), count(*) FILTER (dep_delay >= 60), count(*) FILTER (dep_time IS NULL)
        FROM '{demo_project()}/data/flights/*/2013-01.parquet' WHERE day(date) <= 3
        """
    ).fetchall()
    assert found == expected


def test_a_config_that_cannot_be_is_refused_and_nothing_is_written(nyc_flights: Path):
    report = backfill(
        nyc_flights,
        *("--assets", "daily_flights,daily_delays", "--range", "date=2013-01-01..2013-01-01"),
        *("--config", "daily_delays.min_delay_minutes=0"),
    )
    assert report["exit_code"] == 2
    assert "min_delay_minutes" in json.dumps(report)
    assert not list((nyc_flights / ".rivers").rglob("*.parquet"))


@pytest.mark.parametrize(("strategy", "runs"), [("multi_run", 24), ("single_run", 1)])
def test_hours_without_a_reading_fail_with_the_reason_and_the_others_complete(
    nyc_flights: Path, strategy: str, runs: int
):
    report = backfill(
        nyc_flights,
        *("--assets", "hourly_weather", "--range", "hour=2013-12-30T12:00..2013-12-30T23:00"),
        *("--range", "origin=JFK,LGA", "--strategy", strategy),
    )
    assert (report["exit_code"], report["status"], report["num_runs"]) == (1, "failed", runs)
    assert (report["completed"], report["failed"]) == (14, 10)
    reasons = {failure["key"]: failure["error"] for failure in report["failures"]}
    assert len(reasons) == 10
    assert "The station at JFK has no reading for 2013-12-30T19:00." in reasons["hour=2013-12-30T19:00|origin=JFK"]
    assert len(outputs(nyc_flights, "hourly_weather")) == 14
