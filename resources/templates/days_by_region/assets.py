"""Sales for each day and region, and how each compares with a target."""

from datetime import datetime

import duckdb
from pydantic import BaseModel, Field

import rivers_core as rs

days_and_regions = rs.PartitionsDefinition.multi(
    {
        "date": rs.PartitionsDefinition.daily(start=datetime(2025, 1, 1)),
        "region": rs.PartitionsDefinition.static_(["north", "south", "east", "west"]),
    }
)


@rs.Asset(partitions_def=days_and_regions, group="sales", kinds=["duckdb"])
def sales(context: rs.AssetExecutionContext) -> duckdb.DuckDBPyRelation:
    """The sales of one region on one day. Read your own data here instead."""
    keys = context.partition.keys[0].keys
    date, region = keys["date"][0], keys["region"][0]
    return duckdb.sql(
        f"""
        SELECT DATE '{date}' AS date, '{region}' AS region, item, hash(item, '{date}', '{region}') % 500 AS sold
        FROM (VALUES ('tea'), ('coffee'), ('cocoa')) AS items (item)
        """
    )


class TargetConfig(BaseModel):
    target: int = Field(default=600, ge=0, description="How many pieces a region should sell on a day.")


@rs.Asset(partitions_def=days_and_regions, group="sales", kinds=["duckdb"])
def against_target(
    context: rs.AssetExecutionContext[TargetConfig], sales: duckdb.DuckDBPyRelation
) -> duckdb.DuckDBPyRelation:
    """How far a region was from its target on a day."""
    return sales.aggregate(f"date, region, sum(sold) AS sold, sum(sold) - {context.config.target} AS above_target")


repo = rs.CodeRepository(assets=[sales, against_target])
