"""The first tables: backfills and their runs, the states of partitions, logs, leases and requests."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE asset_grids (
    asset INTEGER NOT NULL,
    grid INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_asset_grids PRIMARY KEY (asset, grid)
)
 WITHOUT ROWID;

CREATE TABLE assets (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_assets PRIMARY KEY (id),
    CONSTRAINT uq_assets_name UNIQUE (name)
);

CREATE TABLE backfills (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    assets TEXT NOT NULL,
    range_text TEXT NOT NULL,
    strategy_text TEXT NOT NULL,
    failure_policy TEXT NOT NULL,
    run_order TEXT NOT NULL,
    max_concurrency INTEGER NOT NULL,
    total_partitions INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    num_runs INTEGER NOT NULL,
    ended_runs INTEGER NOT NULL,
    running_runs INTEGER NOT NULL,
    first_run INTEGER NOT NULL,
    created FLOAT NOT NULL,
    started FLOAT,
    ended FLOAT,
    tags TEXT NOT NULL,
    launched_by TEXT NOT NULL,
    error TEXT,
    rerun_of TEXT,
    code_fingerprint TEXT NOT NULL,
    position INTEGER NOT NULL
);

CREATE INDEX ix_backfills_ended ON backfills (ended);

CREATE INDEX ix_backfills_state ON backfills (state);

CREATE TABLE code_versions (
    id INTEGER NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_code_versions PRIMARY KEY (id),
    CONSTRAINT uq_code_versions_text UNIQUE (text)
);

CREATE TABLE counters (
    id INTEGER NOT NULL CONSTRAINT ck_counters_single CHECK (id = 1),
    position INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    next_run INTEGER NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (id)
);

CREATE TABLE definitions (
    id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    spec BLOB NOT NULL,
    CONSTRAINT pk_definitions PRIMARY KEY (id),
    CONSTRAINT uq_definitions_digest UNIQUE (digest)
);

CREATE TABLE dynamic_partitions (
    name TEXT NOT NULL,
    place INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    CONSTRAINT pk_dynamic_partitions PRIMARY KEY (name, place),
    CONSTRAINT uq_dynamic_partitions_name_key UNIQUE (name, "key")
)
 WITHOUT ROWID;

CREATE TABLE errors (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    traceback BLOB NOT NULL,
    CONSTRAINT pk_errors PRIMARY KEY (id)
);

CREATE TABLE facts (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (name)
);

CREATE TABLE locations (
    fingerprint TEXT NOT NULL,
    spec BLOB NOT NULL,
    saved FLOAT NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (fingerprint)
);

CREATE TABLE output_keys (
    run INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    CONSTRAINT pk_output_keys PRIMARY KEY (run, asset, ordinal)
)
 WITHOUT ROWID;

CREATE TABLE outputs (
    run INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    place INTEGER NOT NULL,
    grid INTEGER NOT NULL,
    ranges TEXT NOT NULL,
    data_version TEXT,
    metadata TEXT NOT NULL,
    CONSTRAINT pk_outputs PRIMARY KEY (run, asset, place)
)
 WITHOUT ROWID;

CREATE TABLE partition_failures (
    run INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    message TEXT NOT NULL,
    CONSTRAINT pk_partition_failures PRIMARY KEY (run, asset, ordinal)
)
 WITHOUT ROWID;

CREATE TABLE run_logs (
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time FLOAT NOT NULL,
    level TEXT NOT NULL,
    source TEXT NOT NULL,
    step TEXT NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_run_logs PRIMARY KEY (run, number)
)
 WITHOUT ROWID;

CREATE TABLE runs (
    number INTEGER NOT NULL,
    backfill INTEGER,
    stage INTEGER NOT NULL,
    state SMALLINT NOT NULL,
    started FLOAT,
    ended FLOAT,
    first_ordinal INTEGER NOT NULL,
    num_ordinals INTEGER NOT NULL,
    ranges TEXT,
    failed_partitions INTEGER NOT NULL,
    failed TEXT,
    canceled TEXT,
    error INTEGER,
    CONSTRAINT pk_runs PRIMARY KEY (number)
);

CREATE INDEX ix_runs_failed_partitions ON runs (number) WHERE failed_partitions > 0;

CREATE INDEX ix_runs_not_completed ON runs (state, number) WHERE state != 1;

CREATE TABLE state_chunks (
    asset INTEGER NOT NULL,
    grid INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    position INTEGER NOT NULL,
    shown BLOB NOT NULL,
    attempt BLOB NOT NULL,
    attempt_run BLOB NOT NULL,
    materialized_run BLOB NOT NULL,
    materialized_seq BLOB NOT NULL,
    changed_seq BLOB NOT NULL,
    materialized_time BLOB NOT NULL,
    code_version BLOB NOT NULL,
    data_version BLOB NOT NULL,
    CONSTRAINT pk_state_chunks PRIMARY KEY (asset, grid, chunk)
);

CREATE TABLE state_moves (
    asset INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    size INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_state_moves PRIMARY KEY (asset, source, target)
)
 WITHOUT ROWID;

CREATE TABLE steps (
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    state SMALLINT NOT NULL,
    started FLOAT,
    ended FLOAT,
    attempts INTEGER NOT NULL,
    error INTEGER,
    CONSTRAINT pk_steps PRIMARY KEY (run, place)
)
 WITHOUT ROWID;

CREATE TABLE backfill_tags (
    backfill INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_backfill_tags PRIMARY KEY (backfill, name, value),
    CONSTRAINT fk_backfill_tags_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_backfill_tags_name_value ON backfill_tags (name, value);

CREATE TABLE backfill_warnings (
    id INTEGER NOT NULL,
    backfill INTEGER NOT NULL,
    message TEXT NOT NULL,
    CONSTRAINT pk_backfill_warnings PRIMARY KEY (id),
    CONSTRAINT uq_backfill_warnings_backfill_message UNIQUE (backfill, message),
    CONSTRAINT fk_backfill_warnings_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE
);

CREATE TABLE controls (
    id INTEGER NOT NULL,
    backfill INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value INTEGER,
    requested FLOAT NOT NULL,
    CONSTRAINT pk_controls PRIMARY KEY (id),
    CONSTRAINT fk_controls_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE
);

CREATE INDEX ix_controls_backfill ON controls (backfill);

CREATE TABLE grids (
    id INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    definition INTEGER,
    CONSTRAINT pk_grids PRIMARY KEY (id),
    CONSTRAINT uq_grids_fingerprint UNIQUE (fingerprint),
    CONSTRAINT fk_grids_definition FOREIGN KEY(definition) REFERENCES definitions (id)
);

CREATE TABLE leases (
    backfill INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    process_started FLOAT NOT NULL,
    heartbeat FLOAT NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (backfill),
    CONSTRAINT fk_leases_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE
);

CREATE TABLE plans (
    backfill INTEGER NOT NULL,
    "plan" BLOB NOT NULL,
    CONSTRAINT pk_plans PRIMARY KEY (backfill),
    CONSTRAINT fk_plans_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE
);

CREATE TABLE stages (
    id INTEGER NOT NULL,
    backfill INTEGER,
    place INTEGER NOT NULL,
    assets TEXT NOT NULL,
    definition INTEGER,
    batched INTEGER NOT NULL,
    strategy_text TEXT NOT NULL,
    tags TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    num_runs INTEGER NOT NULL,
    CONSTRAINT pk_stages PRIMARY KEY (id),
    CONSTRAINT fk_stages_backfill FOREIGN KEY(backfill) REFERENCES backfills (number) ON DELETE CASCADE,
    CONSTRAINT fk_stages_definition FOREIGN KEY(definition) REFERENCES definitions (id)
);

CREATE INDEX ix_stages_backfill ON stages (backfill);

CREATE INDEX ix_stages_first_run ON stages (first_run);

CREATE TABLE stage_assets (
    asset INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    CONSTRAINT pk_stage_assets PRIMARY KEY (asset, stage),
    CONSTRAINT fk_stage_assets_asset FOREIGN KEY(asset) REFERENCES assets (id),
    CONSTRAINT fk_stage_assets_stage FOREIGN KEY(stage) REFERENCES stages (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_stage_assets_stage ON stage_assets (stage)
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    op.execute("INSERT INTO counters (id, position, sequence, next_run) VALUES (1, 0, 0, 1)")
