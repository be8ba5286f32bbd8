"""Where an asset stands among those it is made from and those made from it: layers and edges, by arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivers_core.location.spec import RepositorySpec


@dataclass(frozen=True, slots=True)
class Lineage:
    """`layers` from the farthest upstream to the farthest downstream, `edges` as (upstream, downstream)."""

    asset: str
    layers: tuple[tuple[str, ...], ...]
    edges: tuple[tuple[str, str], ...]


def lineage_of(spec: RepositorySpec, asset: str) -> Lineage:
    """All that is upstream and downstream of an asset; raises KeyError if there is none of that name."""
    parents = {each.name: tuple(edge.upstream for edge in each.dependencies) for each in spec.assets}
    children: dict[str, tuple[str, ...]] = dict.fromkeys(parents, ())
    for name, upstream in parents.items():
        for parent in upstream:
            children[parent] = (*children.get(parent, ()), name)
    # Distances are the longest ways, so that every edge leads from one layer to a later one.
    upstream_at = _distances(asset, parents)
    downstream_at = _distances(asset, children)
    place = {name: -distance for name, distance in upstream_at.items()} | downstream_at
    layers = tuple(
        tuple(name for name in parents if place.get(name) == at)
        for at in range(min(place.values()), max(place.values()) + 1)
    )
    edges = tuple(
        (parent, name)
        for name in parents
        for parent in parents[name]
        if name in place and parent in place and name != parent
    )
    return Lineage(asset, layers, edges)


def _distances(start: str, following: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """The length of the longest way from `start` to each it leads to; a link to itself does not count."""
    distances = {start: 0}
    front = [start]
    while front:
        name = front.pop(0)
        for other in following[name]:
            if other != name and other in following and distances.get(other, -1) < distances[name] + 1:
                distances[other] = distances[name] + 1
                front.append(other)
    return distances
