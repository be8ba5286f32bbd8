"""The flights that left New York in 2013, day by day, and the weather at its airports, hour by hour."""

from collections.abc import Mapping
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


def read_month(table: str, origin: str, time: str) -> duckdb.DuckDBPyRelation:
    """The file that holds a day (`2013-01-15`) or an hour (`2013-01-15T09:00`) at one airport."""
    return database.cursor().read_parquet(str(DATA / table / origin / f"{time[:7]}.parquet"))


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"hour": hours, "origin": origins}),
    group="weather",
    kinds=["duckdb", "parquet"],
)
def hourly_weather(context: rs.AssetExecutionContext) -> Mapping[rs.PartitionKey, duckdb.DuckDBPyRelation]:
    """The weather at one airport in one local hour; an hour without a reading fails and says so."""
    found = {}
    for key in context.partition.keys:
        hour, origin = key.keys["hour"][0], key.keys["origin"][0]
        readings = read_month("weather", origin, hour).filter(f"hour = TIMESTAMP '{hour}'")
        if len(readings):
            found[key] = readings
        elif len(context.partition.keys) == 1:
            raise LookupError(why_no_reading(hour, origin))
        else:
            context.mark_partition_failed(key, why_no_reading(hour, origin))
    return found


def why_no_reading(hour: str, origin: str) -> str:
    if hour == SKIPPED_HOUR:
        return f"{hour} never came in New York: clocks skipped it for summer time. Leave it out."
    return f"The station at {origin} has no reading for {hour}. Leave the hour out, or add the reading to the data."


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"date": days, "origin": origins}),
    group="flights",
    kinds=["duckdb", "parquet"],
)
def daily_flights(context: rs.AssetExecutionContext) -> Mapping[rs.PartitionKey, duckdb.DuckDBPyRelation]:
    """Every flight scheduled to leave one airport on one day, canceled ones too."""
    flights = {}
    for key in context.partition.keys:
        date, origin = key.keys["date"][0], key.keys["origin"][0]
        flights[key] = read_month("flights", origin, date).filter(f"date = DATE '{date}'")
    return flights


class DelayConfig(BaseModel):
    min_delay_minutes: int = Field(
        default=15,
        ge=1,
        le=24 * 60,
        title="Late from",
        description="A flight is late when it leaves at least this many minutes after its schedule.",
    )


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.multi({"date": days, "origin": origins}),
    group="flights",
    kinds=["duckdb", "parquet"],
)
def daily_delays(
    context: rs.AssetExecutionContext[DelayConfig],
    daily_flights: duckdb.DuckDBPyRelation | Mapping[rs.PartitionKey, duckdb.DuckDBPyRelation],
) -> Mapping[rs.PartitionKey, duckdb.DuckDBPyRelation]:
    """How late each airline left one airport on one day, in minutes after the schedule."""
    if isinstance(daily_flights, duckdb.DuckDBPyRelation):
        daily_flights = dict.fromkeys(context.partition.keys, daily_flights)
    late = f"dep_delay >= {context.config.min_delay_minutes}"
    return {
        key: flights.query(
            "flights",
            f"""
            SELECT date, origin, carrier, any_value(name) AS airline, count(*) AS flights,
                count(*) FILTER ({late}) AS late, count(*) FILTER (dep_time IS NULL) AS canceled,
                round(avg(dep_delay), 1) AS mean_delay, max(dep_delay) AS longest_delay
            FROM flights LEFT JOIN '{DATA / "airlines.parquet"}' USING (carrier)
            GROUP BY date, origin, carrier
            ORDER BY late DESC, carrier
            """,
        )
        for key, flights in daily_flights.items()
    }


repo = rs.CodeRepository(assets=[hourly_weather, daily_flights, daily_delays])
