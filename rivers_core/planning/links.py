"""The dependencies between assets as arithmetic over arrays of ordinals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.location.spec import AssetSpec, DependencySpec, JsonObject, RepositorySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping, default_mapping
from rivers_core.planning.asked import of_subset
from rivers_core.planning.mapping_arrays import (
    UpstreamArrays,
    constant_upstream,
    downstream_ordinals,
    upstream_arrays,
)

Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One dependency between two pinned definitions; an asset without partitions has the one ordinal 0.

    `constant` are the upstream ordinals that every partition reads alike, None where they differ; `same` says that
    each key reads itself.
    """

    mapping: PartitionMapping
    downstream: PartitionsDefinition | None
    upstream: PartitionsDefinition | None
    constant: Ordinals | None
    same: bool

    @classmethod
    def between(
        cls, spec: JsonObject | None, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None
    ) -> Link:
        """The link by a mapping's spec, or by the obvious one; raises PartitionDefinitionError if it cannot fit."""
        mapping = default_mapping(downstream, upstream) if spec is None else PartitionMapping.from_spec(spec)
        fixed = constant_upstream(mapping, downstream, upstream)
        return cls(
            mapping,
            downstream,
            upstream,
            None if fixed is None else of_subset(fixed.subset),
            keeps_keys(spec) and downstream == upstream,
        )

    def read_by(self, ordinals: Ordinals) -> Ordinals:
        """The upstream ordinals that these downstream ones read, sorted and unique."""
        if self.same:
            return ordinals
        if self.constant is not None:
            return self.constant if len(ordinals) else self.constant[:0]
        return np.unique(self.rows(ordinals).ordinals)

    def readers_of(self, ordinals: Ordinals) -> Ordinals:
        """The downstream ordinals that read any of these upstream ones, sorted and unique."""
        if self.same:
            return ordinals
        return downstream_ordinals(self.mapping, self.downstream, self.upstream, ordinals)

    def rows(self, ordinals: Ordinals) -> UpstreamArrays:
        """What each of these downstream ordinals reads, a row each."""
        return upstream_arrays(self.mapping, self.downstream, self.upstream, ordinals)


class Links:
    """Every dependency of a repository, bound to pinned definitions when it is first asked for."""

    def __init__(self, spec: RepositorySpec, definitions: Mapping[str, PartitionsDefinition | None]) -> None:
        self._spec = spec
        self._definitions = definitions
        self._links: dict[tuple[str, str], Link] = {}

    def link(self, asset: AssetSpec, edge: DependencySpec) -> Link:
        """The link from `asset` to the upstream asset of one of its dependencies."""
        found = self._links.get((asset.name, edge.upstream))
        if found is None:
            found = Link.between(edge.mapping, self._definitions[asset.name], self._definitions[edge.upstream])
            self._links[asset.name, edge.upstream] = found
        return found

    def read_by(self, asset: AssetSpec, edge: DependencySpec, ordinals: Ordinals) -> Ordinals:
        """The upstream ordinals that these partitions of `asset` read, sorted and unique."""
        return self.link(asset, edge).read_by(ordinals)

    def readers_of(self, asset: AssetSpec, edge: DependencySpec, ordinals: Ordinals) -> Ordinals:
        """The partitions of `asset` that read any of these upstream ordinals, sorted and unique."""
        return self.link(asset, edge).readers_of(ordinals)

    def below(self, name: str) -> Iterator[tuple[AssetSpec, DependencySpec]]:
        """The assets that read an asset directly, each with the dependency by which it does."""
        for asset in self._spec.assets:
            for edge in asset.dependencies:
                if edge.upstream == name:
                    yield asset, edge


def keeps_keys(mapping: JsonObject | None) -> bool:
    """Whether a mapping between equal definitions leads each key to itself and nothing else."""
    match mapping:
        case None | {"kind": "identity" | "subset"} | {"kind": "time_window", "offset": 0}:
            return True
        case {"kind": "multi", "dimensions": dimensions}:
            return all(name == source and keeps_keys(inner) for name, source, inner in dimensions)
    return False
