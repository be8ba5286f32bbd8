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
    names = {each.name for each in spec.assets}
    parents: dict[str, list[str]] = {name: [] for name in names}
    children: dict[str, list[str]] = {name: [] for name in names}
    for each in spec.assets:
        for edge in each.dependencies:
            if edge.upstream in names and edge.upstream != each.name:
                parents[each.name].append(edge.upstream)
                children[edge.upstream].append(each.name)
    # Distances are the longest ways, so that every edge leads from one layer to a later one.
    upstream_at, downstream_at = _distances(asset, parents), _distances(asset, children)
    place = {name: -distance for name, distance in upstream_at.items()} | downstream_at
    layers: list[list[str]] = [[] for _ in range(max(place.values()) - min(place.values()) + 1)]
    first = min(place.values())
    for each in spec.assets:
        if each.name in place:
            layers[place[each.name] - first].append(each.name)
    edges = tuple(
        (parent, each.name)
        for each in spec.assets
        if each.name in place
        for parent in parents[each.name]
        if parent in place
    )
    return Lineage(asset, tuple(map(tuple, layers)), edges)


def _distances(start: str, following: Mapping[str, list[str]]) -> dict[str, int]:
    """The length of the longest way from `start` to each it leads to, in time that grows with the links alone."""
    distances = {start: 0}
    for name in _in_order(start, following):
        for other in following[name]:
            distances[other] = max(distances.get(other, 0), distances[name] + 1)
    return distances


def _in_order(start: str, following: Mapping[str, list[str]]) -> list[str]:
    """All that `start` leads to, each before what it leads to itself."""
    ended: list[str] = []
    seen = {start}
    way = [(start, iter(following[start]))]
    while way:
        name, others = way[-1]
        for other in others:
            if other not in seen:
                seen.add(other)
                way.append((other, iter(following[other])))
                break
        else:
            ended.append(name)
            way.pop()
    return ended[::-1]
