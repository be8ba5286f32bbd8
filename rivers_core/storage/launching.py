"""Writes a plan down as a backfill, in one transaction."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import numpy as np
from sqlalchemy import insert

from rivers_core.events import BackfillChanged
from rivers_core.exceptions import OutdatedPlanError
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, PartitionState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.carrying_over import carry_over
from rivers_core.storage.interning import fingerprint_of
from rivers_core.storage.lease import Holder
from rivers_core.storage.lease_rows import take_lease
from rivers_core.storage.plan_codec import encode_plan
from rivers_core.storage.state_chunks import GridOf, read_shown
from rivers_core.storage.transaction import Transaction

# How a planned state that is not stored shows in the database; those under way may have ended either way.
_STORED_AS = {PartitionState.STALE: PartitionState.COMPLETED}
_PASSING = (PartitionState.QUEUED, PartitionState.RUNNING)


@dataclass(frozen=True)
class Launch:
    """A plan to be written; `encoded` is made beforehand, so that the writer does not spend time on it."""

    plan: BackfillPlan
    encoded: bytes
    state: BackfillState
    holder: Holder | None

    @classmethod
    def of(cls, plan: BackfillPlan, state: BackfillState, holder: Holder | None) -> Launch:
        return cls(plan, encode_plan(plan), state, holder)

    def write(self, transaction: Transaction) -> BackfillRecord:
        """The new backfill; OutdatedPlanError, and nothing written, if planned partitions changed since."""
        for stage in self.plan.stages:
            self._prepare(transaction, stage)
        first_run = transaction.reserve_runs(self.plan.num_runs)
        number = self._insert_backfill(transaction, first_run)
        transaction.connection.execute(insert(schema.plans).values(backfill=number, plan=self.encoded))
        for place, stage in enumerate(self.plan.stages):
            insert_stage(transaction, stage, backfill=number, place=place, first_run=first_run)
            first_run += stage.num_runs
        if self.holder is not None:
            take_lease(transaction.connection, number, self.holder)
        record = backfill_rows.read_record(transaction.connection, number)
        transaction.tell(BackfillChanged(transaction.position, record))
        return record

    def _prepare(self, transaction: Transaction, stage: Stage) -> None:
        interning, connection = transaction.interning, transaction.connection
        grid = interning.grid(connection, fingerprint_of(stage.definition), stage.definition)
        for asset in stage.assets:
            carry_over(transaction, GridOf(interning.asset(connection, asset), grid), stage.definition)
        _refuse_outdated(transaction, GridOf(interning.asset(connection, stage.assets[0]), grid), stage)

    def _insert_backfill(self, transaction: Transaction, first_run: int) -> int:
        plan, request = self.plan, self.plan.request
        row = insert(schema.backfills).values(
            state=self.state,
            assets=json.dumps(plan.assets),
            range_text=plan.range_text,
            strategy_text=plan.strategy_text,
            failure_policy=request.failure_policy,
            run_order=request.order,
            max_concurrency=request.max_concurrency,
            total_partitions=plan.num_partitions,
            completed=0,
            failed=0,
            canceled=0,
            num_runs=plan.num_runs,
            ended_runs=0,
            running_runs=0,
            first_run=first_run,
            created=time.time(),
            tags=json.dumps(request.tags),
            launched_by=request.launched_by,
            rerun_of=request.rerun_of,
            code_fingerprint=plan.code_fingerprint,
            position=transaction.position,
        )
        number: int = transaction.connection.execute(row.returning(schema.backfills.c.number)).scalar_one()
        tags = [{"backfill": number, "name": name, "value": value} for name, value in dict.fromkeys(request.tags)]
        if tags:
            transaction.connection.execute(insert(schema.backfill_tags), tags)
        return number


def insert_stage(
    transaction: Transaction,
    stage: Stage,
    *,
    backfill: int | None,
    place: int,
    first_run: int,
    tags: tuple[tuple[str, str], ...] = (),
) -> int:
    """The number of the new stage."""
    connection, interning = transaction.connection, transaction.interning
    row = insert(schema.stages).values(
        backfill=backfill,
        place=place,
        assets=json.dumps(stage.assets),
        definition=None if stage.definition is None else interning.definition(connection, stage.definition),
        batched=stage.batched,
        strategy_text=stage.strategy_text,
        tags=json.dumps(tags),
        first_run=first_run,
        num_runs=stage.num_runs,
    )
    number: int = connection.execute(row.returning(schema.stages.c.id)).scalar_one()
    assets = [{"asset": interning.asset(connection, asset), "stage": number} for asset in stage.assets]
    connection.execute(insert(schema.stage_assets), assets)
    return number


def _refuse_outdated(transaction: Transaction, of: GridOf, stage: Stage) -> None:
    cells = stage.ordinals if stage.definition is not None else np.zeros(1, dtype=np.int64)
    if len(stage.states) != len(cells) or not len(cells):
        return
    shown = read_shown(transaction.connection, of, int(cells.max()) + 1)[cells]
    planned = stage.states.copy()
    for state, stored in _STORED_AS.items():
        planned[planned == state] = stored
    changed = (shown != planned) & ~np.isin(planned, _PASSING)
    if changed.any():
        count = int(changed.sum())
        what = "One partition has" if count == 1 else f"{count:,} partitions have"
        raise OutdatedPlanError(
            f"{what} changed since this backfill was previewed; look at the preview again before launching it."
        )
