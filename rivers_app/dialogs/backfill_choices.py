"""What was chosen in the backfill dialog, as values, and the request it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import FailurePolicy, RunOrder

# Config values are whatever JSON can hold.
Config = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunChoices:
    """How the runs are made: the part of the dialog that is remembered for an asset."""

    strategy: BackfillStrategy | None = None
    failure_policy: FailurePolicy = FailurePolicy.CONTINUE
    order: RunOrder = RunOrder.OLDEST_FIRST
    max_concurrency: int = 4
    max_retries: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy.to_spec() if self.strategy else None,
            "failure_policy": self.failure_policy.value,
            "order": self.order.value,
            "max_concurrency": self.max_concurrency,
            "max_retries": self.max_retries,
        }

    @classmethod
    def from_json(cls, choices: Mapping[str, Any]) -> RunChoices:
        """What `as_json` gave; anything that cannot be read is as if never chosen."""
        try:
            strategy = choices.get("strategy")
            return cls(
                BackfillStrategy.from_spec(strategy) if strategy else None,
                FailurePolicy(choices.get("failure_policy", FailurePolicy.CONTINUE)),
                RunOrder(choices.get("order", RunOrder.OLDEST_FIRST)),
                int(choices.get("max_concurrency", 4)),
                int(choices.get("max_retries", 0)),
            )
        except (ValueError, TypeError, AttributeError):
            return cls()

    @classmethod
    def of(cls, request: BackfillRequest) -> RunChoices:
        retries = int((request.retry or {}).get("max_retries", 0))
        return cls(request.strategy, request.failure_policy, request.order, request.max_concurrency, retries)


@dataclass(frozen=True, slots=True)
class PartitionChoice:
    """Either cells of the grid (`cells`, ordinals of `definition`) or keys of each dimension (`parts`)."""

    definition: PartitionsDefinition | None
    cells: Subset | None = None
    parts: tuple[Subset, ...] = ()

    def as_fields(self) -> dict[str, Any]:
        """The fields of a request that say the same."""
        definition = self.definition
        if definition is None:
            return {}
        if self.cells is not None:
            return {"subset": self.cells, "fingerprint": definition.fingerprint}
        sizes = definition.shape()
        if all(len(part) == size for part, size in zip(self.parts, sizes, strict=True)):
            return {"all_partitions": True}
        if not definition.is_multi:
            return {"subset": self.parts[0], "fingerprint": definition.fingerprint}
        return {"partition_range": self._range(definition, sizes)}

    def _range(self, definition: PartitionsDefinition, sizes: Sequence[int]) -> PartitionKeyRange:
        named = zip(definition.dimensions, self.parts, sizes, strict=True)
        return PartitionKeyRange.multi(
            {name: _span_or_keys(part, subset) for (name, part), subset, size in named if len(subset) < size}
        )


@dataclass(frozen=True, slots=True)
class BackfillChoices:
    """Everything the dialog asks."""

    assets: tuple[str, ...]
    partitions: PartitionChoice
    runs: RunChoices
    include_upstream: bool = False
    include_downstream: bool = False
    where: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    config: Config = field(default_factory=dict)
    rerun_of: str | None = None

    def request(self) -> BackfillRequest:
        """The request these choices make."""
        runs = self.runs
        return BackfillRequest.model_validate(
            {
                "selection": self.assets,
                "include_upstream": self.include_upstream,
                "include_downstream": self.include_downstream,
                "where": self.where,
                "strategy": runs.strategy,
                "failure_policy": runs.failure_policy,
                "order": runs.order,
                "max_concurrency": runs.max_concurrency,
                "retry": {"max_retries": runs.max_retries} if runs.max_retries else None,
                "tags": self.tags,
                "config": {asset: dict(values) for asset, values in self.config.items()},
                "launched_by": "app",
                "rerun_of": self.rerun_of,
                **self.partitions.as_fields(),
            }
        )


def as_parts(cells: Subset, definition: PartitionsDefinition) -> tuple[Subset, ...] | None:
    """The keys of each dimension whose product is exactly these cells; None if they are no such product."""
    if not cells:
        return None
    if not definition.is_multi:
        return (cells,)
    ordinals = np.concatenate([np.arange(start, stop, dtype=np.int64) for start, stop in cells.ranges])
    indices = [np.unique(axis) for axis in np.unravel_index(ordinals, definition.shape())]
    if prod(len(found) for found in indices) != len(ordinals):
        return None
    return tuple(Subset.of(found.tolist()) for found in indices)


def _span_or_keys(part: PartitionsDefinition, subset: Subset) -> tuple[str, str] | list[str]:
    if len(subset.ranges) == 1 and part.is_time:
        start, stop = subset.ranges[0]
        return part.label_at(start), part.label_at(stop - 1)
    return [part.label_at(ordinal) for ordinal in subset]
