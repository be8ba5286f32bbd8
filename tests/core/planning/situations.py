"""Builds repositories and situations for the planner's tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from rivers_core.location.spec import AssetSpec, DependencySpec, RepositorySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.standing import RunHistory, Situation, Standing, UnderWay
from rivers_core.states import PartitionState

JUNE = PartitionsDefinition.daily(datetime(2024, 6, 1), datetime(2024, 7, 1))
JUNE_HOURS = PartitionsDefinition.hourly(datetime(2024, 6, 1), datetime(2024, 7, 1))
MONTHS = PartitionsDefinition.monthly(datetime(2024, 1, 1), datetime(2025, 1, 1))
STORES = PartitionsDefinition.static_(["oslo", "bergen", "tromso"])
SALES = PartitionsDefinition.multi({"day": JUNE, "store": STORES})


def asset(
    name: str,
    definition: PartitionsDefinition | None = JUNE,
    *,
    reads: Mapping[str, Any] | tuple[str, ...] = (),
    strategy: BackfillStrategy | None = None,
    allow_missing: bool = False,
    **given: Any,
) -> AssetSpec:
    """An asset; `reads` names its upstream assets, with a mapping's spec for each or without any."""
    mappings = reads if isinstance(reads, Mapping) else dict.fromkeys(reads)
    return AssetSpec(
        name=name,
        computation=given.pop("computation", name),
        partitions=None if definition is None else definition.to_spec(),
        dependencies=tuple(
            DependencySpec(upstream=upstream, mapping=mapping, allow_missing=allow_missing)
            for upstream, mapping in mappings.items()
        ),
        backfill_strategy=None if strategy is None else strategy.to_spec(),
        **given,
    )


def situation(
    *assets: AssetSpec,
    states: Mapping[str, Mapping[str, PartitionState]] | None = None,
    materialized: Mapping[str, str] | None = None,
    under_way: tuple[UnderWay, ...] = (),
    history: Mapping[tuple[str, ...], RunHistory] | None = None,
    now: datetime = datetime(2030, 1, 1),
    **given: Any,
) -> Situation:
    """How things stand: every partition is missing but those whose keys have a state; "*" stands for all keys.

    A partition has an output when it is completed or stale, or when `materialized` says "all" of its asset.
    """
    definitions = {
        one.name: None if one.partitions is None else PartitionsDefinition.from_spec(one.partitions) for one in assets
    }
    standing = {}
    for name, definition in definitions.items():
        cells = np.zeros(1 if definition is None else definition.size(), dtype=np.uint8)
        for key, state in (states or {}).get(name, {}).items():
            cells[slice(None) if key == "*" else 0 if definition is None else definition.ordinal_of(key)] = state
        has_output = np.isin(cells, (PartitionState.COMPLETED, PartitionState.STALE))
        standing[name] = Standing(cells, has_output | ((materialized or {}).get(name) == "all"))
    return Situation(
        RepositorySpec(assets=assets, code_fingerprint="code-1"),
        definitions,
        standing,
        now=now,
        under_way=under_way,
        history=(history or {}).get,
        **given,
    )
