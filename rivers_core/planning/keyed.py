"""Which partitions each group of assets covers: those asked for, or those that hang on them by mappings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.exceptions import ConfigurationError
from rivers_core.location.spec import AssetSpec, DependencySpec
from rivers_core.partitions.subset import Subset
from rivers_core.planning.asked import of_subset
from rivers_core.planning.links import Links
from rivers_core.planning.request import StateFilter
from rivers_core.planning.stages import Group
from rivers_core.planning.standing import Standing
from rivers_core.states import PartitionState

Ordinals = NDArray[np.int64]

_FILTERED: dict[StateFilter, PartitionState] = {
    "missing": PartitionState.MISSING,
    "failed": PartitionState.FAILED,
    "canceled": PartitionState.CANCELED,
    "stale": PartitionState.STALE,
}


@dataclass(frozen=True, slots=True)
class _Covered:
    """What a group covers: `asked` before choosing by state, `chosen` after it."""

    asked: Ordinals
    chosen: Ordinals


@dataclass(frozen=True, slots=True)
class _Bridge:
    """A dependency that joins two groups; `asset` is the one that reads."""

    near: int
    asset: AssetSpec
    edge: DependencySpec
    downwards: bool


class KeyedGroups:
    """Walks from the group whose partitions were asked for to all others, deriving theirs."""

    def __init__(
        self,
        groups: Sequence[Group],
        links: Links,
        standing: Mapping[str, Standing],
        where: Sequence[StateFilter],
    ) -> None:
        self._groups = groups
        self._links = links
        self._standing = standing
        self._where = where
        self._covered: dict[int, _Covered] = {}

    def walk(self, root: int, asked: Ordinals, exact: Mapping[str, Subset]) -> list[Ordinals]:
        """The sorted ordinals of each group; raises ConfigurationError for groups that nothing links."""
        self._covered = {root: _Covered(asked, self._filtered(self._groups[root], asked))}
        for at, group in enumerate(self._groups):
            if at != root and (named := exact.get(group.names[0])) is not None:
                self._covered[at] = _Covered(of_subset(named), of_subset(named))
        while len(self._covered) < len(self._groups):
            reached = {at: found for at in self._waiting() if (found := self._derive(at)) is not None}
            if not reached:
                self._refuse_unlinked(root)
            self._covered |= reached
        return [self._covered[at].chosen for at in range(len(self._groups))]

    def _waiting(self) -> Iterator[int]:
        return (at for at in range(len(self._groups)) if at not in self._covered)

    def _derive(self, at: int) -> _Covered | None:
        """What a group covers, from all groups that are known so far; None without any link to them."""
        asked: list[Ordinals] = []
        hanging: list[Ordinals] = []
        for bridge in self._bridges(at):
            near = self._covered[bridge.near]
            if bridge.downwards:
                asked.append(self._links.readers_of(bridge.asset, bridge.edge, near.asked))
                hanging.append(self._links.readers_of(bridge.asset, bridge.edge, near.chosen))
            else:
                asked.append(self._links.read_by(bridge.asset, bridge.edge, near.chosen))
        if not asked:
            return None
        every = _union(asked)
        chosen = self._filtered(self._groups[at], every)
        # What lies below a partition that is computed anew turns stale, so it is computed whatever its state is now.
        return _Covered(every, _union([chosen, *hanging]) if self._where else chosen)

    def _bridges(self, at: int) -> Iterator[_Bridge]:
        group = self._groups[at]
        for near in self._covered:
            others = self._groups[near]
            yield from (
                _Bridge(near, asset, edge, downwards=True) for asset, edge in _between(group.assets, others.names)
            )
            yield from (
                _Bridge(near, asset, edge, downwards=False) for asset, edge in _between(others.assets, group.names)
            )

    def _filtered(self, group: Group, ordinals: Ordinals) -> Ordinals:
        """Those in which any asset of the group has one of the wanted states, or no output where only that counts."""
        if not group.added and not self._where:
            return ordinals
        wanted = [_FILTERED[name] for name in self._where]
        hit = np.zeros(len(ordinals), dtype=bool)
        for name in group.names:
            standing = self._standing[name]
            if group.added:
                hit |= ~standing.materialized[ordinals]
            else:
                hit |= np.isin(standing.states[ordinals], wanted)
        return ordinals[hit]

    def _refuse_unlinked(self, root: int) -> None:
        known = self._groups[root]
        other = self._groups[next(self._waiting())]
        raise ConfigurationError(
            f"{other.names[0]} does not have the partitions of {known.names[0]}, and no dependency among the selected "
            "assets links them; select what lies between them, or backfill each on its own."
        )


def _between(readers: Iterable[AssetSpec], names: Iterable[str]) -> Iterator[tuple[AssetSpec, DependencySpec]]:
    upstream = set(names)
    for asset in readers:
        for edge in asset.dependencies:
            if edge.upstream in upstream:
                yield asset, edge


def _union(found: Sequence[Ordinals]) -> Ordinals:
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))
