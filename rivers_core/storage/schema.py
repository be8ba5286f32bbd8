"""The tables of the database; `migrations` holds how a database of an earlier version becomes this."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_backfill(*, key: bool = False, nullable: bool = False) -> Column[int]:
    link = ForeignKey("backfills.number", ondelete="CASCADE")
    return Column("backfill", Integer, link, primary_key=key, nullable=nullable)


# One row: the number of commits so far, the number of run outcomes so far, the next run's number.
counters = Table(
    "counters",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("next_run", Integer, nullable=False),
)

assets = Table(
    "assets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

code_versions = Table(
    "code_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
)

# Pinned definitions, each spec once; `digest` is of the whole spec, `fingerprint` of its numbering.
definitions = Table(
    "definitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False),
    Column("spec", LargeBinary, nullable=False),
)

# A numbering of partitions; "" is that of an asset without any. The definition is one that numbers so.
grids = Table(
    "grids",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("definition", Integer, ForeignKey("definitions.id")),
)

backfills = Table(
    "backfills",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("assets", Text, nullable=False),
    Column("range_text", Text, nullable=False),
    Column("strategy_text", Text, nullable=False),
    Column("failure_policy", Text, nullable=False),
    Column("run_order", Text, nullable=False),
    Column("max_concurrency", Integer, nullable=False),
    Column("total_partitions", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("canceled", Integer, nullable=False),
    Column("num_runs", Integer, nullable=False),
    Column("ended_runs", Integer, nullable=False),
    Column("running_runs", Integer, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("tags", Text, nullable=False),
    Column("launched_by", Text, nullable=False),
    Column("error", Text),
    Column("rerun_of", Text),
    Column("code_fingerprint", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Index(None, "state"),
    Index(None, "ended"),
    sqlite_autoincrement=True,  # the id of a deleted backfill is never given again
)

backfill_tags = Table(
    "backfill_tags",
    metadata,
    _of_backfill(key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Index(None, "name", "value"),
    sqlite_with_rowid=False,
)

backfill_warnings = Table(
    "backfill_warnings",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_backfill(),
    Column("message", Text, nullable=False),
    UniqueConstraint("backfill", "message"),
)

plans = Table(
    "plans",
    metadata,
    _of_backfill(key=True),
    Column("plan", LargeBinary, nullable=False),
)

# What runs over one definition: a stage of a backfill's plan, or one direct materialization.
stages = Table(
    "stages",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_backfill(nullable=True),
    Column("place", Integer, nullable=False),
    Column("assets", Text, nullable=False),
    Column("definition", Integer, ForeignKey("definitions.id")),
    Column("batched", Integer, nullable=False),
    Column("strategy_text", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("num_runs", Integer, nullable=False),
    Index(None, "backfill"),
    Index(None, "first_run"),
)

stage_assets = Table(
    "stage_assets",
    metadata,
    Column("asset", Integer, ForeignKey("assets.id"), primary_key=True),
    Column("stage", Integer, ForeignKey("stages.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "stage"),
    sqlite_with_rowid=False,
)

# A row when a run starts. `ranges`, `failed` and `canceled` are JSON ranges of ordinals; `ranges` is NULL for the
# one range of `num_ordinals` from `first_ordinal`. `state` and all states below are the numbers in `codes`.
runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("backfill", Integer),
    Column("stage", Integer, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("first_ordinal", Integer, nullable=False),
    Column("num_ordinals", Integer, nullable=False),
    Column("ranges", Text),
    Column("failed_partitions", Integer, nullable=False),
    Column("failed", Text),
    Column("canceled", Text),
    Column("error", Integer),
)
# Of a million runs nearly all are completed: the rest is what lists ask for.
Index("ix_runs_not_completed", runs.c.state, runs.c.number, sqlite_where=runs.c.state != 1)
Index("ix_runs_failed_partitions", runs.c.number, sqlite_where=runs.c.failed_partitions > 0)

steps = Table(
    "steps",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("attempts", Integer, nullable=False),
    Column("error", Integer),
    sqlite_with_rowid=False,
)

# What user code raised, each once however many runs and steps it ended; `traceback` is compressed.
errors = Table(
    "errors",
    metadata,
    Column("id", Integer, primary_key=True),  # a digest of the rest
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("traceback", LargeBinary, nullable=False),
)

partition_failures = Table(
    "partition_failures",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("asset", Integer, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("message", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Only outputs with metadata or a data version have a row; `ranges` are ordinals within `grid`.
outputs = Table(
    "outputs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("asset", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("grid", Integer, nullable=False),
    Column("ranges", Text, nullable=False),
    Column("data_version", Text),
    Column("metadata", Text, nullable=False),
    sqlite_with_rowid=False,
)

output_keys = Table(
    "output_keys",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("asset", Integer, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("metadata", Text, nullable=False),
    sqlite_with_rowid=False,
)

# The states of an asset's partitions, 512 to a row; `state_columns` says how each column is packed.
state_chunks = Table(
    "state_chunks",
    metadata,
    Column("asset", Integer, primary_key=True),
    Column("grid", Integer, primary_key=True),
    Column("chunk", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("shown", LargeBinary, nullable=False),
    Column("attempt", LargeBinary, nullable=False),
    Column("attempt_run", LargeBinary, nullable=False),
    Column("materialized_run", LargeBinary, nullable=False),
    Column("materialized_seq", LargeBinary, nullable=False),
    Column("changed_seq", LargeBinary, nullable=False),
    Column("materialized_time", LargeBinary, nullable=False),
    Column("code_version", LargeBinary, nullable=False),
    Column("data_version", LargeBinary, nullable=False),
    Column("read_seq", LargeBinary, nullable=False, server_default=text("x''")),
)

# The commit that changed any of the states last.
asset_grids = Table(
    "asset_grids",
    metadata,
    Column("asset", Integer, primary_key=True),
    Column("grid", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Until which commit the states of one numbering were carried over to another, and to how many partitions.
state_moves = Table(
    "state_moves",
    metadata,
    Column("asset", Integer, primary_key=True),
    Column("source", Integer, primary_key=True),
    Column("target", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

run_logs = Table(
    "run_logs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("time", Float, nullable=False),
    Column("level", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

dynamic_partitions = Table(
    "dynamic_partitions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    UniqueConstraint("name", "key"),
    sqlite_with_rowid=False,
)

# What other processes ask of the one that runs a backfill.
controls = Table(
    "controls",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_backfill(),
    Column("kind", Text, nullable=False),
    Column("value", Integer),
    Column("requested", Float, nullable=False),
    Index(None, "backfill"),
)

leases = Table(
    "leases",
    metadata,
    _of_backfill(key=True),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("process_started", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
)

# Of runs outside of any backfill, which need no row in `runs` yet.
run_leases = Table(
    "run_leases",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("process_started", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
)

locations = Table(
    "locations",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("spec", LargeBinary, nullable=False),
    Column("saved", Float, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


@cache
def statements() -> tuple[str, ...]:
    """What makes all tables and indexes in an empty database."""
    made: list[CreateTable | CreateIndex] = []
    for table in metadata.sorted_tables:
        made += [CreateTable(table), *map(CreateIndex, table.indexes)]
    dialect = sqlite.dialect()
    return tuple(str(one.compile(dialect=dialect)) for one in made)
