"""Finds which runs a list shows, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select, text

from rivers_core.states import RunState
from rivers_core.storage import schema
from rivers_core.storage.codes import RUN_CODES
from rivers_core.storage.finishing import remaining_runs
from rivers_core.storage.launched import LaunchedBackfill

_runs = schema.runs
# Below this many a list is sorted at once; above it is quicker to look for a page's runs from the newest on.
_FEW = 10_000
# SQLite uses a partial index only where its condition stands in the query as it is.
_NOT_COMPLETED, _FAILED_PARTITIONS = text("runs.state <> 1"), text("runs.failed_partitions > 0")


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to show; `failed`: those in which a partition failed, `found`: what `runs_with` a text says."""

    state: RunState | None = None
    asset: str | None = None
    failed: bool = False
    found: tuple[ColumnElement[bool], ...] = ()

    @property
    def needs_rows(self) -> bool:
        """Whether only runs that have started can be meant."""
        return self.failed or bool(self.found)

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """On the columns of a run's own row."""
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(_runs.c.state == RUN_CODES[self.state])
            if self.state is not RunState.COMPLETED:
                found.append(and_(_NOT_COMPLETED))
        if self.failed:
            found.append(and_(_FAILED_PARTITIONS))
        return [*found, *self.found]


def newest_runs(connection: Connection, asked: RunFilter, limit: int, offset: int) -> tuple[list[int], int]:
    """A page of the numbers of runs that have started, newest first, and how many there are."""
    conditions = asked.conditions
    source: FromClause = _runs if asked.asset is None else _runs_of(asked.asset)
    total = connection.execute(select(func.count()).select_from(source).where(*conditions)).scalar_one()
    if asked.asset is not None and total > _FEW:
        source = _runs
        conditions.append(_runs.c.stage.in_(select(schema.stage_assets.c.stage).where(_is_asset(asked.asset))))
    page = select(_runs.c.number).select_from(source).where(*conditions).order_by(_runs.c.number.desc())
    return list(connection.execute(page.limit(limit).offset(offset)).scalars()), total


def _is_asset(name: str) -> ColumnElement[bool]:
    number = select(schema.assets.c.id).where(schema.assets.c.name == name).scalar_subquery()
    return schema.stage_assets.c.asset == number


def _runs_of(asset: str) -> FromClause:
    """The runs of an asset, found by the spans of numbers that its stages reserved."""
    stages, links = schema.stages, schema.stage_assets
    span = _runs.c.number.between(stages.c.first_run, stages.c.first_run + stages.c.num_runs - 1)
    return links.join(stages, (stages.c.id == links.c.stage) & _is_asset(asset)).join(_runs, span)


def runs_of_backfill(
    connection: Connection,
    launched: LaunchedBackfill,
    asked: RunFilter,
    limit: int,
    offset: int,
    *,
    never_run: RunState,
) -> tuple[list[int], int]:
    """A page of run numbers in the plan's order, and how many there are; runs without a row are `never_run`."""
    spans = launched.spans(asked.asset)
    if asked.state is never_run and not asked.needs_rows:
        return _page(_never_run(connection, launched, asked, spans), limit, offset)
    if asked.state is None and not asked.needs_rows:
        numbers = [np.arange(start, stop, dtype=np.int64) for start, stop in spans]
        return _page(np.concatenate([np.empty(0, dtype=np.int64), *numbers]), limit, offset)
    conditions = [_within(spans), *asked.conditions]
    total = connection.execute(select(func.count()).select_from(_runs).where(*conditions)).scalar_one()
    page = select(_runs.c.number).where(*conditions).order_by(_runs.c.number).limit(limit).offset(offset)
    return list(connection.execute(page).scalars()), total


def _page(numbers: NDArray[np.int64], limit: int, offset: int) -> tuple[list[int], int]:
    return numbers[offset : offset + limit].tolist(), len(numbers)


def _within(spans: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    return or_(*(_runs.c.number.between(start, stop - 1) for start, stop in spans), text("0"))


def _never_run(
    connection: Connection, launched: LaunchedBackfill, asked: RunFilter, spans: Sequence[tuple[int, int]]
) -> NDArray[np.int64]:
    """The runs in this state, and those that have no row, since that is what it means."""
    present = select(_runs.c.number).where(_within(spans), *asked.conditions)
    running = select(_runs.c.number).where(_within(spans), *RunFilter(RunState.RUNNING).conditions)
    rows, started = (
        np.array(connection.execute(chosen).scalars().all(), dtype=np.int64) for chosen in (present, running)
    )
    left = np.setdiff1d(remaining_runs(connection, launched), started)
    inside = np.zeros(len(left), dtype=bool)
    for start, stop in spans:
        inside |= (left >= start) & (left < stop)
    return np.union1d(rows, left[inside])
