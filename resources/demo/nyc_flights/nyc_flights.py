"""The flights that left New York in 2013 day by day, the weather hour by hour, and what the months make of both."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import rivers as rs
from pydantic import BaseModel, Field

DATA = Path(__file__).parent / "data"
NEW_YEAR, END_OF_YEAR = datetime(2013, 1, 1), datetime(2014, 1, 1)
SKIPPED_HOUR = "2013-03-10T02:00"  # clocks in New York went from 1:59 to 3:00 that night

origins = rs.PartitionsDefinition.static_(["EWR", "JFK", "LGA"])
days = rs.PartitionsDefinition.daily(start=NEW_YEAR, end=END_OF_YEAR)
hours = rs.PartitionsDefinition.hourly(start=NEW_YEAR, end=END_OF_YEAR)
months = rs.PartitionsDefinition.monthly(start=NEW_YEAR, end=END_OF_YEAR)

# The hours of a day at the same airport, and the days of a month at all three.
HOURS_OF_DAY = rs.PartitionMapping.multi(
    {"hour": ("date", rs.PartitionMapping.time_window()), "origin": rs.PartitionMapping.identity()}
)
DAYS_OF_MONTH = rs.PartitionMapping.multi_to_single("date", rs.PartitionMapping.time_window())

# Connecting takes DuckDB longer than a day of flights does: all runs of a process use cursors of one connection,
# the one that the tables of upstream assets come from, so that they can be joined.
database = duckdb.default_connection()

Table = duckdb.DuckDBPyRelation
Tables = Mapping[rs.PartitionKey, Table]


class NothingToStoreError(LookupError):
    """There is nothing to be stored for a partition."""


class DelayConfig(BaseModel):
    """What daily_delays counts."""

    min_delay_minutes: int = Field(
        default=15,
        ge=1,
        le=24 * 60,
        title="Late from",
        description="A flight is late when it leaves at least this many minutes after its schedule.",
    )


def read_month(table: str, origin: str, time: str) -> Table:
    """The file that holds a day (`2013-01-15`) or an hour (`2013-01-15T09:00`) at one airport."""
    return database.cursor().read_parquet(str(DATA / table / origin / f"{time[:7]}.parquet"))


def for_each_key(context: rs.AssetExecutionContext, compute: Callable[[rs.PartitionKey], Table]) -> Table | Tables:
    """The table of the run's one partition, or in a run of several the table of each."""
    if not context.batched:
        return compute(context.partition.key)
    tables = {}
    for key in context.partition.keys:
        try:
            tables[key] = compute(key)
        except NothingToStoreError as reason:
            context.mark_partition_failed(key, str(reason))
    return tables


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"hour": hours, "origin": origins}),
    group="weather",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def hourly_weather(context: rs.AssetExecutionContext) -> Table | Tables:
    """The weather at one airport in one local hour; an hour without a reading fails and says so."""
    return for_each_key(context, readings_of)


def readings_of(key: rs.PartitionKey) -> Table:
    hour, origin = key.keys["hour"][0], key.keys["origin"][0]
    if hour == SKIPPED_HOUR:
        raise NothingToStoreError(f"{hour} never came in New York: clocks skipped it for summer time. Leave it out.")
    readings = read_month("weather", origin, hour).filter(f"hour = TIMESTAMP '{hour}'")
    if not len(readings):
        raise NothingToStoreError(
            f"The station at {origin} has no reading for {hour}. Leave the hour out, or add the reading to the data."
        )
    return readings


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"date": days, "origin": origins}),
    group="flights",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def daily_flights(context: rs.AssetExecutionContext) -> Table | Tables:
    """Every flight scheduled to leave one airport on one day, canceled ones too."""
    return for_each_key(context, flights_of)


def flights_of(key: rs.PartitionKey) -> Table:
    date, origin = key.keys["date"][0], key.keys["origin"][0]
    return read_month("flights", origin, date).filter(f"date = DATE '{date}'")


class DayOfWeather(NamedTuple):
    """The hours of one day at one airport taken together: wind in miles an hour, rain and snow in inches."""

    hours: int
    strongest_wind: float | None
    precipitation: float | None


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"date": days, "origin": origins}),
    deps=[rs.AssetDef.input("hourly_weather", partition_mapping=HOURS_OF_DAY, allow_missing=True)],
    group="flights",
    kinds=["duckdb", "parquet"],
    code_version="2",
)
def daily_delays(
    context: rs.AssetExecutionContext[DelayConfig], daily_flights: Table | Tables, hourly_weather: Table | None
) -> Table | Tables:
    """How late each airline left one airport on one day, in minutes after the schedule, and in what weather."""
    late_from = context.config.min_delay_minutes
    flights = daily_flights if context.batched else {context.partition.key: daily_flights}
    weather = weather_of_days(hourly_weather)
    return for_each_key(context, lambda key: delays_of(flights[key], weather.get(str(key)), late_from))


def weather_of_days(readings: Table | None) -> dict[str, DayOfWeather]:
    """Whatever hours were read, by the key of their day; without any, nothing."""
    if readings is None:
        return {}
    found = readings.query(
        "readings",
        """
        SELECT 'date=' || hour::DATE || '|origin=' || origin, count(DISTINCT hour), max(wind_speed), sum(precip)
        FROM readings GROUP BY ALL
        """,
    )
    return {day: DayOfWeather(*weather) for day, *weather in found.fetchall()}


def delays_of(flights: Table, weather: DayOfWeather | None, late_from: int) -> Table:
    hours, wind, precipitation = (value if value is not None else "NULL" for value in weather or (0, None, None))
    return flights.query(
        "flights",
        f"""
        SELECT date, origin, carrier, any_value(name) AS airline, count(*) AS flights,
            count(*) FILTER (dep_delay >= {late_from}) AS late, count(*) FILTER (dep_time IS NULL) AS canceled,
            round(avg(dep_delay), 1) AS mean_delay, max(dep_delay) AS longest_delay,
            {hours} AS weather_hours, {wind}::DOUBLE AS strongest_wind, {precipitation}::DOUBLE AS precipitation
        FROM flights LEFT JOIN '{DATA / "airlines.parquet"}' USING (carrier)
        GROUP BY date, origin, carrier
        ORDER BY late DESC, carrier
        """,
    )


def days_in(month: rs.PartitionKey, table: Table | None, asset: str) -> Table:
    """The rows of the days in a month, as far as they are there."""
    found = None if table is None else table.filter(f"strftime(date, '%Y-%m') = '{month}'")
    if found is None or not found.limit(1).fetchall():
        raise NothingToStoreError(f"No day of {month} is in {asset} yet. Materialize {asset} for that month first.")
    return found


@rs.Asset(
    partitions_def=months,
    deps=[rs.AssetDef.input("daily_delays", partition_mapping=DAYS_OF_MONTH, allow_missing=True)],
    group="reports",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def monthly_report(context: rs.AssetExecutionContext, daily_delays: Table | None) -> Table | Tables:
    """How one month went at each airport, up to the last day that is there."""
    return for_each_key(context, lambda month: report_of(days_in(month, daily_delays, "daily_delays")))


def report_of(delays: Table) -> Table:
    return delays.query(
        "delays",
        """
        SELECT origin, count(DISTINCT date) AS days, sum(flights)::BIGINT AS flights, sum(late)::BIGINT AS late,
            sum(canceled)::BIGINT AS canceled, round(100 * sum(late) / sum(flights), 1) AS late_percent,
            max(longest_delay) AS longest_delay, count(DISTINCT date) FILTER (precipitation > 0) AS wet_days
        FROM delays GROUP BY origin ORDER BY origin
        """,
    )


@rs.Asset.from_multi(
    output_defs=[rs.AssetDef("airline_months"), rs.AssetDef("route_months")],
    partitions_def=months,
    deps=[rs.AssetDef.input("daily_flights", partition_mapping=DAYS_OF_MONTH, allow_missing=True)],
    group="reports",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def monthly_statistics(
    context: rs.AssetExecutionContext, daily_flights: Table | None
) -> dict[str, Table] | dict[str, Tables]:
    """The flights of one month counted by airline and by route; either can be left out."""
    columns = {"airline_months": "carrier", "route_months": "origin, dest"}
    return {
        output: for_each_key(
            context, lambda month, by=columns[output]: counted(days_in(month, daily_flights, "daily_flights"), by)
        )
        for output in context.output_selection
    }


def counted(flights: Table, by: str) -> Table:
    return flights.query(
        "flights",
        f"""
        SELECT {by}, count(*) AS flights, count(*) FILTER (dep_time IS NULL) AS canceled,
            round(avg(dep_delay), 1) AS mean_departure_delay, round(avg(arr_delay), 1) AS mean_arrival_delay
        FROM flights GROUP BY {by} ORDER BY flights DESC, {by}
        """,
    )


@rs.Task
def sort_days(daily_delays: Table | None) -> Table | None:
    """Every day at an airport is wet, windy or calm; one without a reading of the weather is unknown."""
    if daily_delays is None:
        return None
    return daily_delays.query(
        "delays",
        """
        SELECT *, CASE WHEN weather_hours = 0 THEN 'unknown' WHEN precipitation >= 0.1 THEN 'wet'
            WHEN strongest_wind >= 20 THEN 'windy' ELSE 'calm' END AS weather
        FROM delays
        """,
    )


@rs.Task
def compare_weather(context: rs.TaskExecutionContext, days: Table | None) -> Table | Tables:
    """What share of a month's flights was late or canceled in each kind of weather."""
    return for_each_key(context, lambda month: shares_of(days_in(month, days, "daily_delays")))


def shares_of(days: Table) -> Table:
    return days.query(
        "days",
        """
        SELECT weather, count(DISTINCT (date, origin)) AS days, sum(flights)::BIGINT AS flights,
            round(100 * sum(late) / sum(flights), 1) AS late_percent,
            round(100 * sum(canceled) / sum(flights), 1) AS canceled_percent
        FROM days GROUP BY weather ORDER BY late_percent DESC, weather
        """,
    )


@rs.Asset.from_graph(
    partitions_def=months,
    deps=[rs.AssetDef.input("daily_delays", partition_mapping=DAYS_OF_MONTH, allow_missing=True)],
    group="reports",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def weather_effect(daily_delays: Table | None) -> Table | Tables:
    """How much later the flights of one month left in wet and in windy weather than in calm."""
    return compare_weather(sort_days(daily_delays))


repo = rs.CodeRepository(
    assets=[hourly_weather, daily_flights, daily_delays, monthly_report, monthly_statistics, weather_effect],
    tasks=[sort_days, compare_weather],
)
