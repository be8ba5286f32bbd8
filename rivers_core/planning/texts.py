"""Says in a line which partitions a plan covers, how they are grouped, and what it would overwrite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.grouping import positions

Ordinals = NDArray[np.int64]

_NAMED_KEYS = 3
TIMES = " \N{MULTIPLICATION SIGN} "


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def strategy_text(strategy: BackfillStrategy, definition: PartitionsDefinition | None) -> str:
    """How runs are grouped, such as `one run per date, with every origin in it`."""
    if definition is None:
        return "one run"
    if not strategy.is_per_dimension:
        return "one run for all partitions" if strategy.batched_dimensions(definition) else "one run per partition"
    spread, batched = TIMES.join(strategy.multi_run_dimensions), TIMES.join(strategy.single_run_dimensions)
    if not spread:
        return f"one run for every {batched}"
    return f"one run per {spread}, with every {batched} in it" if batched else f"one run per {spread}"


def range_text(ordinals: Ordinals, definition: PartitionsDefinition | None) -> str:
    """Which partitions these sorted ordinals are, such as `2024-01-01 … 2024-01-31` times `us, eu`."""
    if definition is None:
        return "no partitions"
    if len(ordinals) == definition.size() and len(ordinals) > _NAMED_KEYS:
        return f"all {len(ordinals):,} partitions"
    along = [
        np.unique(positions(ordinals, definition, at)) if definition.is_multi else ordinals
        for at in range(len(definition.shape()))
    ]
    parts = [_dimension_text(part, found) for (_, part), found in zip(definition.dimensions, along, strict=True)]
    spanned = TIMES.join(parts)
    return spanned if _is_product(ordinals, along) else f"{counted(len(ordinals), 'partition')} of {spanned}"


def _is_product(ordinals: Ordinals, along: list[Ordinals]) -> bool:
    size = 1
    for found in along:
        size *= len(found)
    return size == len(ordinals)


def _dimension_text(definition: PartitionsDefinition, found: Ordinals) -> str:
    if len(found) <= _NAMED_KEYS:
        return ", ".join(definition.label_at(int(position)) for position in found)
    first, last = int(found[0]), int(found[-1])
    ends = f"{definition.label_at(first)} … {definition.label_at(last)}"
    if last - first + 1 == len(found):
        return ends if definition.is_time or len(found) < definition.size() else f"all {len(found):,}"
    return f"{len(found):,} of {ends}"
