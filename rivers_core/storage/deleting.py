"""Removes backfills and runs with everything that belongs to them alone; states of partitions stay."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, delete, select

from rivers_core.events import BackfillDeleted
from rivers_core.exceptions import ConfigurationError
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import format_backfill_id
from rivers_core.storage.state_columns import unpack
from rivers_core.storage.transaction import Transaction

_BY_RUN = ("run_logs", "steps", "partition_failures")


def delete_backfills(transaction: Transaction, numbers: Sequence[int]) -> None:
    """Delete ended backfills; ConfigurationError, and nothing deleted, if one is still under way."""
    for number in numbers:
        record = backfill_rows.read_record(transaction.connection, number)
        if not record.state.is_final:
            raise ConfigurationError(f"The backfill {record.backfill_id} has not ended; cancel it before deleting it.")
        delete_runs(transaction.connection, record.first_run, record.first_run + record.num_runs)
        transaction.connection.execute(delete(schema.backfills).where(schema.backfills.c.number == number))
        transaction.tell(BackfillDeleted(transaction.position, format_backfill_id(number)))
    delete_unused_errors(transaction.connection)
    delete_unused_outputs(transaction.connection)
    give_room_back(transaction.connection)


def delete_runs(connection: Connection, start: int, stop: int) -> None:
    """Delete the runs with numbers from `start` until `stop`.

    What user code said of an output stays as long as it is the last one of a partition: `delete_unused_outputs`.
    """
    for name in _BY_RUN:
        table = schema.metadata.tables[name]
        connection.execute(delete(table).where(table.c.run >= start, table.c.run < stop))
    runs = schema.runs
    connection.execute(delete(runs).where(runs.c.number >= start, runs.c.number < stop))


def delete_unused_errors(connection: Connection) -> None:
    errors = schema.errors
    used = select(schema.runs.c.error).where(schema.runs.c.error.is_not(None))
    used_by_steps = select(schema.steps.c.error).where(schema.steps.c.error.is_not(None))
    connection.execute(delete(errors).where(errors.c.id.not_in(used), errors.c.id.not_in(used_by_steps)))


def delete_unused_outputs(connection: Connection) -> None:
    """Delete what user code said of outputs that no partition has any more, of runs that are gone."""
    gone = [
        run
        for (run,) in connection.exec_driver_sql(
            "SELECT DISTINCT run FROM outputs WHERE run NOT IN (SELECT number FROM runs)"
        )
    ]
    unused = sorted(set(gone) - runs_of_present_outputs(connection)) if gone else []
    for name in ("outputs", "output_keys"):
        connection.exec_driver_sql(
            f"DELETE FROM {name} WHERE run IN (SELECT value FROM json_each(?))", (json.dumps(unused),)
        )


def give_room_back(connection: Connection) -> None:
    """Shorten the file by what was deleted; a database made without this stays as long as it is."""
    if connection.exec_driver_sql("PRAGMA auto_vacuum").scalar_one() == 0:
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    for _ in range(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()):
        driver.execute("PRAGMA incremental_vacuum")  # a page a call: the driver takes one step of it


def runs_of_present_outputs(connection: Connection) -> set[int]:
    """The runs that some partition's last output is of."""
    table = schema.state_chunks
    found: set[int] = set()
    for packed in connection.execute(select(table.c.materialized_run)).scalars():
        found.update(np.unique(unpack("materialized_run", [packed])).tolist())
    return found
