"""Which process does a run that belongs to no backfill, so that one left behind by a killed process can be ended."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

TABLE = """
CREATE TABLE run_leases (
    run INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    process_started FLOAT NOT NULL,
    heartbeat FLOAT NOT NULL,
    CONSTRAINT pk_run_leases PRIMARY KEY (run)
)
"""


def upgrade() -> None:
    op.execute(TABLE)
