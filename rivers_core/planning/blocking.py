"""Which partitions of a later stage cannot be computed because what they read failed in an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.location.spec import RepositorySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.links import Link, Links
from rivers_core.planning.plan import Stage

Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Cause:
    """A dependency whose upstream asset failed in places: `failed` and the `readers` of those, both sorted."""

    upstream: str
    definition: PartitionsDefinition | None
    link: Link
    failed: Ordinals
    readers: Ordinals


@dataclass(frozen=True, slots=True, eq=False)
class Blocking:
    """The partitions of one stage that are not computed; an asset without partitions has the ordinal 0.

    Computing them from an older output, though the new one failed, would pass old values off as new ones.
    """

    causes: tuple[_Cause, ...]

    @classmethod
    def of(
        cls,
        stage: Stage,
        earlier: Sequence[Stage],
        spec: RepositorySpec,
        links: Links,
        failed_of: Callable[[str], Ordinals],
    ) -> Blocking:
        """`failed_of` gives the sorted ordinals of an asset that failed in this backfill."""
        before = {name: other.definition for other in earlier for name in other.assets}
        causes = []
        for name in stage.assets:
            asset = spec.asset(name)
            for edge in () if asset is None else asset.dependencies:
                if asset is None or edge.allow_missing or edge.upstream not in before:
                    continue
                failed = failed_of(edge.upstream)
                if len(failed):
                    link = links.link(asset, edge)
                    readers = link.readers_of(failed)
                    causes.append(_Cause(edge.upstream, before[edge.upstream], link, failed, readers))
        return cls(tuple(causes))

    def __bool__(self) -> bool:
        return any(len(cause.readers) for cause in self.causes)

    def blocked(self, ordinals: Ordinals) -> Ordinals:
        """Those of a run's ordinals that cannot be computed."""
        hit = np.zeros(len(ordinals), dtype=bool)
        for cause in self.causes:
            hit |= np.isin(ordinals, cause.readers)
        return ordinals[hit]

    def reason(self, ordinal: int) -> str:
        """Why a blocked partition is not computed, naming the first partition that failed."""
        for cause in self.causes:
            read = np.intersect1d(cause.link.read_by(np.array([ordinal], dtype=np.int64)), cause.failed)
            if len(read):
                where = "" if cause.definition is None else f" {cause.definition.label_at(int(read[0]))}"
                return f"Not computed, because {cause.upstream}{where}, which it reads, failed in this backfill."
        raise ValueError(f"the partition {ordinal} is not blocked")
