"""One partition for each name of a fixed list, and a table of all of them."""

import duckdb

import rivers_core as rs

stations = rs.PartitionsDefinition.static_(["harbor", "airport", "park", "station"])


@rs.Asset(partitions_def=stations, group="stations", kinds=["duckdb"])
def station_table(context: rs.AssetExecutionContext) -> duckdb.DuckDBPyRelation:
    """The table of one station. Read a file of your own for `context.partition_key` here instead."""
    name = context.partition_key
    return duckdb.sql(f"SELECT '{name}' AS station, range AS day, hash('{name}', range) % 30 AS visitors FROM range(7)")


@rs.Asset(group="stations", kinds=["duckdb"])
def all_stations(station_table: dict[rs.PartitionKey, duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    """The visitors of every station, in one table."""
    totals = [
        {"station": key.key[0], "visitors": table.aggregate("sum(visitors)::INTEGER").fetchall()[0][0]}
        for key, table in station_table.items()
    ]
    return duckdb.sql("SELECT unnest($totals, recursive := true)", params={"totals": totals})


repo = rs.CodeRepository(assets=[station_table, all_stations])
