"""What each output can have read: an upstream output that came while it was made leaves it stale.

Outputs made before count as having read all that was there when they were stored, as they did until now.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE state_chunks ADD COLUMN read_seq BLOB NOT NULL DEFAULT x''")
    op.execute("UPDATE state_chunks SET read_seq = materialized_seq")
