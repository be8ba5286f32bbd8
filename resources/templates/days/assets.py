"""One table a day, and one a month made from its days."""

from datetime import datetime

import duckdb

import rivers_core as rs

START = datetime(2025, 1, 1)


@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=START), group="readings", kinds=["duckdb"])
def daily_readings(context: rs.AssetExecutionContext) -> duckdb.DuckDBPyRelation:
    """A reading for each hour of a day. Read your own data here instead, for the day `context.partition_key`."""
    day = context.partition_key
    return duckdb.sql(
        f"""
        SELECT time, round(15 + 8 * sin(hour(time) / 12.0 * pi() - 2) + hash(time) % 100 / 50.0, 1) AS celsius
        FROM generate_series(TIMESTAMP '{day}', TIMESTAMP '{day} 23:00', INTERVAL 1 HOUR) AS hours (time)
        """
    )


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.monthly(start=START),
    deps=[rs.AssetDef.input("daily_readings", partition_mapping=rs.PartitionMapping.time_window())],
    group="readings",
    kinds=["duckdb"],
)
def monthly_means(daily_readings: dict[rs.PartitionKey, duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    """The mean of each day of a month."""
    columns = "min(time)::DATE AS day, round(avg(celsius), 1) AS mean"
    days = [table.aggregate(columns).fetchall()[0] for table in daily_readings.values()]
    means = [{"day": day, "mean": mean} for day, mean in sorted(days)]
    return duckdb.sql("SELECT unnest($means, recursive := true)", params={"means": means})


repo = rs.CodeRepository(assets=[daily_readings, monthly_means])
