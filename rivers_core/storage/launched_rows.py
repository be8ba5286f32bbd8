"""Reads back the plans of launched backfills, and keeps the last few at hand."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import Connection, Row, select

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.plan import Stage
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import format_backfill_id
from rivers_core.storage.interning import read_definition
from rivers_core.storage.launched import LaunchedBackfill, ordinals_of
from rivers_core.storage.plan_codec import decode_plan
from rivers_core.storage.run_rows import subset_of_row

# Plans and definitions that are kept at hand: so many, and no more partitions than this in all.
_KEPT = 256
_KEPT_PARTITIONS = 4_000_000

Definitions: TypeAlias = Callable[[Connection, int], PartitionsDefinition]


def read_launched(connection: Connection, number: int, definition_of: Definitions) -> LaunchedBackfill:
    """A backfill with its plan; UnknownBackfillError if there is none."""
    record = backfill_rows.read_record(connection, number)
    rows = _stage_rows(connection, number)
    definitions = [None if row.definition is None else definition_of(connection, row.definition) for row in rows]
    content = connection.execute(select(schema.plans.c.plan).where(schema.plans.c.backfill == number)).scalar_one()
    plan = decode_plan(content, definitions)
    ids = tuple(row.id for row in rows)
    return LaunchedBackfill(format_backfill_id(number), record.first_run, plan.stages, ids, record.tags, plan)


def _stage_rows(connection: Connection, number: int) -> list[Row[Any]]:
    table = schema.stages
    return list(connection.execute(select(table).where(table.c.backfill == number).order_by(table.c.place)))


def read_direct(connection: Connection, run: Row[Any], definition_of: Definitions) -> LaunchedBackfill:
    """The one run of a direct materialization, from its row."""
    row = connection.execute(select(schema.stages).where(schema.stages.c.id == run.stage)).one()
    ordinals = ordinals_of(subset_of_row(run))
    stage = Stage(
        assets=tuple(json.loads(row.assets)),
        definition=None if row.definition is None else definition_of(connection, row.definition),
        ordinals=ordinals,
        bounds=np.array([0, len(ordinals)], dtype=np.int64),
        batched=bool(row.batched),
        strategy_text=row.strategy_text,
        states=np.zeros(len(ordinals), dtype=np.uint8),
    )
    tags = tuple((name, value) for name, value in json.loads(row.tags))
    return LaunchedBackfill(None, run.number, (stage,), (row.id,), tags)


class LaunchedPlans:
    """The plans and definitions that were asked for last; they never change, so any thread may share them."""

    def __init__(self) -> None:
        self._plans: OrderedDict[int, LaunchedBackfill] = OrderedDict()
        self._definitions: OrderedDict[int, PartitionsDefinition] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, connection: Connection, number: int) -> LaunchedBackfill:
        """A backfill with its plan; UnknownBackfillError if there is none."""
        with self._lock:
            found = self._plans.get(number)
            if found is not None:
                self._plans.move_to_end(number)
                return found
        found = read_launched(connection, number, self.definition)
        with self._lock:
            self._plans[number] = found
            while len(self._plans) > _KEPT or (len(self._plans) > 1 and self._partitions() > _KEPT_PARTITIONS):
                self._plans.popitem(last=False)
        return found

    def direct(self, connection: Connection, run: Row[Any]) -> LaunchedBackfill:
        """The one run of a direct materialization, from its row."""
        return read_direct(connection, run, self.definition)

    def definition(self, connection: Connection, number: int) -> PartitionsDefinition:
        """The stored definition of this number."""
        with self._lock:
            found = self._definitions.get(number)
        if found is None:
            found = read_definition(connection, number)
            with self._lock:
                self._definitions[number] = found
                while len(self._definitions) > _KEPT:
                    self._definitions.popitem(last=False)
        return found

    def forget(self, number: int) -> None:
        with self._lock:
            self._plans.pop(number, None)

    def _partitions(self) -> int:
        return sum(len(stage.ordinals) for launched in self._plans.values() for stage in launched.stages)
