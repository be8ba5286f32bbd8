"""The flights that left New York in 2013, day by day, and the weather at its airports, hour by hour."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import rivers as rs
from pydantic import BaseModel, Field

DATA = Path(__file__).parent / "data"
NEW_YEAR, END_OF_YEAR = datetime(2013, 1, 1), datetime(2014, 1, 1)
SKIPPED_HOUR = "2013-03-10T02:00"  # clocks in New York went from 1:59 to 3:00 that night

origins = rs.PartitionsDefinition.static_(["EWR", "JFK", "LGA"])
days = rs.PartitionsDefinition.daily(start=NEW_YEAR, end=END_OF_YEAR)
hours = rs.PartitionsDefinition.hourly(start=NEW_YEAR, end=END_OF_YEAR)

# Connecting takes DuckDB longer than a day of flights does: all runs of a process use cursors of one connection.
database = duckdb.connect()

Table = duckdb.DuckDBPyRelation
Tables = Mapping[rs.PartitionKey, Table]


class NoReadingError(LookupError):
    """There is nothing to be stored for an hour."""


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
        except NoReadingError as reason:
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
        raise NoReadingError(f"{hour} never came in New York: clocks skipped it for summer time. Leave it out.")
    readings = read_month("weather", origin, hour).filter(f"hour = TIMESTAMP '{hour}'")
    if not len(readings):
        raise NoReadingError(
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


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"date": days, "origin": origins}),
    group="flights",
    kinds=["duckdb", "parquet"],
    code_version="1",
)
def daily_delays(context: rs.AssetExecutionContext[DelayConfig], daily_flights: Table | Tables) -> Table | Tables:
    """How late each airline left one airport on one day, in minutes after the schedule."""
    late_from = context.config.min_delay_minutes
    flights = daily_flights if context.batched else {context.partition.key: daily_flights}
    return for_each_key(context, lambda key: delays_of(flights[key], late_from))


def delays_of(flights: Table, late_from: int) -> Table:
    return flights.query(
        "flights",
        f"""
        SELECT date, origin, carrier, any_value(name) AS airline, count(*) AS flights,
            count(*) FILTER (dep_delay >= {late_from}) AS late, count(*) FILTER (dep_time IS NULL) AS canceled,
            round(avg(dep_delay), 1) AS mean_delay, max(dep_delay) AS longest_delay
        FROM flights LEFT JOIN '{DATA / "airlines.parquet"}' USING (carrier)
        GROUP BY date, origin, carrier
        ORDER BY late DESC, carrier
        """,
    )


repo = rs.CodeRepository(assets=[hourly_weather, daily_flights, daily_delays])
