"""How the partitions of a stage are put in order and grouped into runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import MULTI_RUN, SINGLE_RUN, BackfillStrategy
from rivers_core.states import RunOrder

Ordinals = NDArray[np.int64]


def grouped(
    ordinals: Ordinals, definition: PartitionsDefinition, strategy: BackfillStrategy, order: RunOrder
) -> tuple[Ordinals, Ordinals]:
    """The ordinals in run order, and the bounds of the runs: run `i` is `[bounds[i]:bounds[i + 1]]`.

    `ordinals` come sorted and unique; every one lands in exactly one run, and no other does. Within a run they
    keep the definition's order. The strategy must fit the definition (`BackfillStrategy.validate_for`).
    """
    if strategy.kind == SINGLE_RUN:
        return ordinals, np.array([0, len(ordinals)], dtype=np.int64)
    if strategy.kind == MULTI_RUN:
        return _ordered(ordinals, definition, order), np.arange(len(ordinals) + 1, dtype=np.int64)
    batched = strategy.batched_dimensions(definition)
    return _by_group(ordinals, definition, [at for at in range(len(definition.shape())) if at not in batched], order)


def is_batched(definition: PartitionsDefinition | None, strategy: BackfillStrategy) -> bool:
    """Whether a run may hold several keys; it comes from the strategy, never from the number of keys."""
    return definition is not None and bool(strategy.batched_dimensions(definition))


def positions(ordinals: Ordinals, definition: PartitionsDefinition, dimension: int) -> Ordinals:
    """The position of each ordinal along one dimension."""
    shape = definition.shape()
    inner = int(np.prod(shape[dimension + 1 :], dtype=np.int64))
    along = ordinals // inner if inner > 1 else ordinals
    return along % shape[dimension] if dimension > 0 else along


def _ordered(ordinals: Ordinals, definition: PartitionsDefinition, order: RunOrder) -> Ordinals:
    if order is RunOrder.OLDEST_FIRST:
        return ordinals
    time = _time_dimension(definition)
    if time is None:
        return ordinals[::-1]
    # The newest windows first; keys of one window stay in the definition's order.
    return ordinals[np.argsort(-positions(ordinals, definition, time), kind="stable")]


def _by_group(
    ordinals: Ordinals, definition: PartitionsDefinition, spread: Sequence[int], order: RunOrder
) -> tuple[Ordinals, Ordinals]:
    """Runs for every combination of the `spread` dimensions, by the definition's order of those combinations."""
    shape = definition.shape()
    groups = np.zeros(len(ordinals), dtype=np.int64)
    newest = order is RunOrder.NEWEST_FIRST
    time = _time_dimension(definition)
    for at in _significance(spread, time if newest else None):
        along = positions(ordinals, definition, at)
        backwards = newest and (time is None or at == time)
        groups = groups * shape[at] + (shape[at] - 1 - along if backwards else along)
    if len(groups) and bool(np.any(groups[1:] < groups[:-1])):
        by_group = np.argsort(groups, kind="stable")
        ordinals, groups = ordinals[by_group], groups[by_group]
    starts = np.flatnonzero(np.diff(groups)) + 1
    bounds = np.concatenate(([0], starts, [len(ordinals)])).astype(np.int64)
    return ordinals, bounds if len(ordinals) else np.zeros(1, dtype=np.int64)


def _significance(spread: Sequence[int], first: int | None) -> list[int]:
    return sorted(spread, key=lambda at: (at != first, at))


def _time_dimension(definition: PartitionsDefinition) -> int | None:
    return next((at for at, (_, part) in enumerate(definition.dimensions) if part.is_time), None)
