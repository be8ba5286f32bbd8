"""What a planner has to know of the present: how partitions stand, what runs already, how long runs took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from rivers_core.location.spec import RepositorySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.plan import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How the partitions of one asset stand, an element each; an asset without partitions has one.

    `states` (uint8 PartitionState) is what cells show; `materialized` (bool) whether there is an output, which a
    later failed attempt leaves.
    """

    states: NDArray[np.uint8]
    materialized: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RunHistory:
    """What earlier runs of some assets took: `runs` of them, seconds on average a run and a partition."""

    runs: int
    seconds_per_run: float
    seconds_per_partition: float


@dataclass(frozen=True, slots=True, eq=False)
class UnderWay:
    """A backfill that has not ended, and the stages it covers."""

    backfill_id: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """The present as the planner sees it; mappings may look things up when they are asked.

    `definitions` are pinned; `position` is the database's position that the states were read at. `slots` is how
    many runs the computer does at a time, whatever is asked for.
    """

    spec: RepositorySpec
    definitions: Mapping[str, PartitionsDefinition | None]
    standing: Mapping[str, Standing]
    position: int = 0
    now: datetime = field(default_factory=datetime.now)
    slots: int = 1024
    under_way: tuple[UnderWay, ...] = ()
    history: Callable[[tuple[str, ...]], RunHistory | None] = lambda _: None
