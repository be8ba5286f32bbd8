"""A frozen plan of a backfill: which runs there will be, over which ordinals, in which order.

The dry run shows this object and the launch runs it; nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.request import BackfillRequest


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Runs over one definition; stages follow each other, a later one's keys are derived through mappings.

    `ordinals` (int64, length = partitions of the stage) are in run order; run `i` of the stage covers
    `ordinals[bounds[i]:bounds[i + 1]]` (`bounds` int64, length = runs + 1). An asset without partitions has one run
    over no ordinals: `definition` None, `ordinals` empty, `bounds` [0, 0].
    `states` (uint8 PartitionState, aligned with `ordinals`) is how each partition of the stage's first asset stood
    when planned.
    """

    assets: tuple[str, ...]
    definition: PartitionsDefinition | None
    ordinals: NDArray[np.int64]
    bounds: NDArray[np.int64]
    batched: bool
    strategy_text: str
    states: NDArray[np.uint8]

    @property
    def num_runs(self) -> int:
        return len(self.bounds) - 1

    @property
    def num_partitions(self) -> int:
        """Keys of the stage; an asset without partitions counts as one."""
        return len(self.ordinals) if self.definition is not None else 1

    def run_ordinals(self, index: int) -> NDArray[np.int64]:
        return self.ordinals[self.bounds[index] : self.bounds[index + 1]]


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """Something to know before launching; `kind` lets the app offer a remedy, `assets` names whom it concerns."""

    kind: str  # upstream_missing | overwrites | downstream_stale | concurrent_backfill | mark_ignored | external ...
    message: str
    assets: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class BackfillPlan:
    """What a launch will do, exactly. `position` is the database's position the states were read at."""

    request: BackfillRequest
    stages: tuple[Stage, ...]
    warnings: tuple[PlanWarning, ...]
    code_fingerprint: str
    position: int
    range_text: str
    strategy_text: str
    skipped_keys: tuple[str, ...] = ()
    estimate_seconds: float | None = None
    estimate_basis: int = 0  # how many earlier runs the estimate rests on
    counts_by_state: Mapping[int, int] = field(default_factory=dict)  # PartitionState -> partitions as they are now

    @property
    def assets(self) -> tuple[str, ...]:
        return tuple(name for stage in self.stages for name in stage.assets)

    @property
    def num_runs(self) -> int:
        return sum(stage.num_runs for stage in self.stages)

    @property
    def num_partitions(self) -> int:
        return sum(stage.num_partitions for stage in self.stages)
