"""A plan with the run numbers it was given: what the runner drives and the recording refers to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.storage.interning import fingerprint_of


@dataclass(frozen=True)
class LaunchedBackfill:
    """The runs from `first_run` on, in the order of the stages; `backfill_id` is None for a direct materialization.

    `stage_ids` are the numbers of the stored stages.
    """

    backfill_id: str | None
    first_run: int
    stages: tuple[Stage, ...]
    stage_ids: tuple[int, ...]
    tags: tuple[tuple[str, str], ...] = ()
    plan: BackfillPlan | None = None

    @property
    def num_runs(self) -> int:
        return self._starts[-1] - self.first_run

    @cached_property
    def _starts(self) -> list[int]:
        """The first run number of every stage, then the one after the last run."""
        return list(accumulate((stage.num_runs for stage in self.stages), initial=self.first_run))

    def spans(self, asset: str | None = None) -> list[tuple[int, int]]:
        """The run numbers of each stage, or of those that run over an asset, as half-open spans."""
        bounds = zip(self.stages, pairwise(self._starts), strict=True)
        return [span for stage, span in bounds if asset is None or asset in stage.assets]

    @cached_property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprint of every stage's definition, "" for one without partitions."""
        return tuple(fingerprint_of(stage.definition) for stage in self.stages)

    def place_of(self, run: int) -> tuple[int, int]:
        """The stage of a run, and the run's index within it; KeyError for another backfill's run."""
        if not self._starts[0] <= run < self._starts[-1]:
            raise KeyError(run)
        stage = bisect_right(self._starts, run) - 1
        return stage, run - self._starts[stage]

    def stage_of(self, run: int) -> Stage:
        return self.stages[self.place_of(run)[0]]

    def ordinals(self, run: int) -> NDArray[np.int64]:
        """The ordinals a run covers, in the plan's order; none for an asset without partitions."""
        stage, index = self.place_of(run)
        return self.stages[stage].run_ordinals(index)

    def subset(self, run: int) -> Subset:
        return subset_of(self.ordinals(run))

    def label(self, run: int) -> str:
        """The keys of a run in a few words."""
        return label_of(self.stage_of(run).definition, self.subset(run))


def subset_of(ordinals: NDArray[np.int64]) -> Subset:
    """The set of these ordinals, in any order."""
    if len(ordinals) == 1:
        only = int(ordinals[0])
        return Subset(((only, only + 1),))
    if not len(ordinals):
        return Subset()
    kept = ascending(ordinals)
    breaks = np.flatnonzero(np.diff(kept) != 1)
    starts = kept[np.concatenate(([0], breaks + 1))].tolist()
    stops = (kept[np.concatenate((breaks, [len(kept) - 1]))] + 1).tolist()
    return Subset(tuple(zip(starts, stops, strict=True)))


def ascending(ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ordinals sorted, each once; mostly they are, or are the other way around."""
    steps = np.diff(ordinals)
    if (steps > 0).all():
        return ordinals
    return ordinals[::-1] if (steps < 0).all() else np.unique(ordinals)


def ordinals_of(subset: Subset) -> NDArray[np.int64]:
    """The members of a set, ascending."""
    if len(subset.ranges) == 1:
        return np.arange(*subset.ranges[0], dtype=np.int64)
    pieces = [np.arange(start, stop, dtype=np.int64) for start, stop in subset.ranges]
    return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)


def label_of(definition: PartitionsDefinition | None, subset: Subset) -> str:
    """One key as it is; of several the first, the last and their number; "" without partitions."""
    if definition is None or not subset:
        return ""
    first, stop = subset.ranges[0][0], subset.ranges[-1][1]
    if stop - first == 1:
        return definition.label_at(first)
    return f"{definition.label_at(first)} … {definition.label_at(stop - 1)} ({len(subset):,})"
