"""The backfills: launching, listing, changing and ending them, and forgetting them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, String, cast, func, insert, or_, select

from rivers_core.events import BackfillWarned
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, PartitionState
from rivers_core.storage import backfill_rows, schema
from rivers_core.storage.codes import parse_backfill_id, storable
from rivers_core.storage.database import Database
from rivers_core.storage.deleting import delete_backfills
from rivers_core.storage.finishing import finish, remaining_runs
from rivers_core.storage.interrupting import interrupt, interrupt_dead
from rivers_core.storage.launched import LaunchedBackfill
from rivers_core.storage.launched_rows import LaunchedPlans
from rivers_core.storage.launching import Launch
from rivers_core.storage.lease import Holder
from rivers_core.storage.rerunning import outcome_subsets
from rivers_core.storage.transaction import Transaction
from rivers_core.storage.writer import Writer

_table = schema.backfills


@dataclass(frozen=True, slots=True)
class BackfillPage:
    """Some of the backfills that were asked for, and how many there are in all."""

    records: tuple[BackfillRecord, ...]
    total: int


class BackfillStore:
    """Every call is one transaction; those that write wait until it is committed.

    Raises UnknownBackfillError for an id that is not there, StorageError when the database cannot be used.
    """

    def __init__(self, database: Database, writer: Writer, plans: LaunchedPlans) -> None:
        self._database = database
        self._writer = writer
        self._plans = plans

    def insert(
        self,
        plan: BackfillPlan,
        *,
        holder: Holder | None = None,
        state: BackfillState = BackfillState.REQUESTED,
    ) -> BackfillRecord:
        """Write the plan as a new backfill that `holder` will drive.

        Raises OutdatedPlanError when partitions of the plan changed since it was made.
        """
        launch = Launch.of(plan, state, holder)
        return self._writer.call(launch.write)

    def record(self, backfill_id: str) -> BackfillRecord:
        number = parse_backfill_id(backfill_id)
        with self._database.reading() as connection:
            return backfill_rows.read_record(connection, number)

    def launched(self, backfill_id: str) -> LaunchedBackfill:
        """The plan with its run numbers."""
        number = parse_backfill_id(backfill_id)
        with self._database.reading() as connection:
            return self._plans.get(connection, number)

    def load_plan(self, backfill_id: str) -> BackfillPlan:
        plan = self.launched(backfill_id).plan
        assert plan is not None
        return plan

    def list(
        self,
        *,
        states: Collection[BackfillState] = (),
        asset: str | None = None,
        text: str = "",
        tag: str | tuple[str, str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> BackfillPage:
        """Newest first; `text` is looked for in ids, assets, ranges, strategies, tags and launchers.

        `tag` is a name, or a name and its value; `since` and `until` bound when they were created.
        """
        conditions = [*_conditions(states, asset, text, tag), *_created(since, until)]
        page = select(_table).where(*conditions).order_by(_table.c.number.desc()).limit(limit).offset(offset)
        with self._database.reading() as connection:
            total = connection.execute(select(func.count()).select_from(_table).where(*conditions)).scalar_one()
            return BackfillPage(tuple(map(backfill_rows.record_of, connection.execute(page))), total)

    def change_state(self, backfill_id: str, state: BackfillState, *, error: str | None = None) -> BackfillRecord:
        """Go on to a state that is not final; AssertionError, a bug, for one that may not follow."""
        assert not state.is_final, "finish() ends a backfill"
        number = parse_backfill_id(backfill_id)
        values: dict[str, Any] = {"error": error}
        if state is BackfillState.IN_PROGRESS:
            values["started"] = func.coalesce(_table.c.started, time.time())
        return self._change(
            number,
            lambda transaction: transaction.tell(backfill_rows.change_state(transaction, number, state, **values)),
        )

    def set_max_concurrency(self, backfill_id: str, count: int) -> BackfillRecord:
        number = parse_backfill_id(backfill_id)
        return self._change(
            number,
            lambda transaction: transaction.tell(backfill_rows.change(transaction, number, max_concurrency=count)),
        )

    def finish(self, backfill_id: str, state: BackfillState, *, error: str | None = None) -> BackfillRecord:
        """End the backfill: runs without an end are canceled, and `BackfillEnded` is told once."""
        launched = self.launched(backfill_id)
        return self._writer.call(lambda transaction: finish(transaction, launched, state, error))

    def interrupt(self, backfill_id: str, error: str | None) -> BackfillRecord:
        """Leave the backfill to be resumed; its running runs go back to be run again."""
        number = parse_backfill_id(backfill_id)
        return self._writer.call(lambda transaction: interrupt(transaction, number, error))

    def warn(self, backfill_id: str, message: str) -> None:
        """Keep a warning with the backfill; the same one is kept once."""
        number = parse_backfill_id(backfill_id)

        def write(transaction: Transaction) -> None:
            row = (
                insert(schema.backfill_warnings)
                .prefix_with("OR IGNORE")
                .values(backfill=number, message=storable(message))
            )
            if transaction.connection.execute(row).rowcount:
                transaction.tell(BackfillWarned(transaction.position, backfill_id, message))

        self._writer.call(write)

    def warnings(self, backfill_id: str) -> tuple[str, ...]:
        table = schema.backfill_warnings
        chosen = select(table.c.message).where(table.c.backfill == parse_backfill_id(backfill_id))
        with self._database.reading() as connection:
            return tuple(connection.execute(chosen.order_by(table.c.id)).scalars())

    def remaining_runs(self, backfill_id: str) -> NDArray[np.int64]:
        """The numbers of the runs that have not ended, in the order of the plan."""
        launched = self.launched(backfill_id)
        with self._database.reading() as connection:
            return remaining_runs(connection, launched)

    def outcome_subsets(
        self,
        backfill_id: str,
        states: Sequence[PartitionState] = (PartitionState.FAILED, PartitionState.CANCELED),
    ) -> tuple[Subset, ...]:
        """For each stage the partitions that ended FAILED or CANCELED (or COMPLETED) in this backfill."""
        launched = self.launched(backfill_id)
        with self._database.reading() as connection:
            return outcome_subsets(connection, launched, states)

    def interrupt_dead(self, is_alive: Callable[[Holder], bool]) -> Sequence[BackfillRecord]:
        """Interrupt what a process drove that is gone; its running runs go back to be run again."""
        return interrupt_dead(self._database, self._writer, self._plans, is_alive)

    def delete(self, backfill_id: str) -> None:
        self.delete_many([backfill_id])

    def delete_many(self, backfill_ids: Iterable[str]) -> None:
        """Forget ended backfills with their runs and logs; the states of partitions stay."""
        numbers = [parse_backfill_id(backfill_id) for backfill_id in backfill_ids]
        self._writer.call(lambda transaction: delete_backfills(transaction, numbers))
        for number in numbers:
            self._plans.forget(number)

    def _change(self, number: int, work: Callable[[Transaction], None]) -> BackfillRecord:
        def write(transaction: Transaction) -> BackfillRecord:
            work(transaction)
            return backfill_rows.read_record(transaction.connection, number)

        return self._writer.call(write)


def _created(since: float | None, until: float | None) -> Iterable[ColumnElement[bool]]:
    if since is not None:
        yield _table.c.created >= since
    if until is not None:
        yield _table.c.created < until


def _conditions(
    states: Collection[BackfillState], asset: str | None, text: str, tag: str | tuple[str, str] | None
) -> Iterable[ColumnElement[bool]]:
    if states:
        yield _table.c.state.in_([str(state) for state in states])
    if asset is not None:
        yield _table.c.number.in_(_of_asset(asset))
    if tag is not None:
        tags = schema.backfill_tags.c
        wanted = [tags.name == tag] if isinstance(tag, str) else [tags.name == tag[0], tags.value == tag[1]]
        yield _table.c.number.in_(select(tags.backfill).where(*wanted))
    for word in text.split():
        written = "b" + cast(_table.c.number, String)
        columns = (written, *(_table.c[name] for name in ("assets", "range_text", "strategy_text", "tags")))
        found = [column.icontains(word, autoescape=True) for column in (*columns, _table.c.launched_by)]
        yield or_(*found)


def _of_asset(name: str) -> Select[tuple[int]]:
    stages, links, assets = schema.stages, schema.stage_assets, schema.assets
    return (
        select(stages.c.backfill)
        .join(links, links.c.stage == stages.c.id)
        .join(assets, assets.c.id == links.c.asset)
        .where(assets.c.name == name, stages.c.backfill.is_not(None))
    )
