"""Lets Alembic run the migrations over the connection that the caller opened."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # SQLite undoes the making of tables too, since the caller began the transaction
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
