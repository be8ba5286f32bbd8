"""The graph of assets: an order in which upstream comes first, what lies above and below, and cycles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property


class AssetGraph:
    """Nodes and their direct upstream nodes, by name. Names that are no nodes of their own are ignored.

    Pure: knows nothing of assets. Nodes that depend on nothing of each other keep the order they were given in.
    """

    def __init__(self, upstream: Mapping[str, Iterable[str]]) -> None:
        self._upstream = {
            node: tuple(dict.fromkeys(name for name in names if name in upstream and name != node))
            for node, names in upstream.items()
        }

    @cached_property
    def _downstream(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {node: [] for node in self._upstream}
        for node, names in self._upstream.items():
            for name in names:
                found[name].append(node)
        return {node: tuple(names) for node, names in found.items()}

    def direct_upstream(self, node: str) -> tuple[str, ...]:
        return self._upstream[node]

    def direct_downstream(self, node: str) -> tuple[str, ...]:
        return self._downstream[node]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All nodes, upstream first; those of a cycle and below it are left out."""
        waiting = {node: len(names) for node, names in self._upstream.items()}
        ready = [node for node, count in waiting.items() if not count]
        ordered: list[str] = []
        for node in ready:
            ordered.append(node)
            for name in self._downstream[node]:
                waiting[name] -= 1
                if not waiting[name]:
                    ready.append(name)
        return tuple(ordered)

    def ordered(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Some nodes, upstream first."""
        wanted = set(nodes)
        return tuple(node for node in self.order if node in wanted)

    def upstream_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Everything that these nodes need, without themselves, upstream first."""
        return self._closure(nodes, self._upstream)

    def downstream_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Everything that needs one of these nodes, without themselves, upstream first."""
        return self._closure(nodes, self._downstream)

    def _closure(self, nodes: Iterable[str], edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        begin = set(nodes)
        reached, ahead = set(begin), list(begin)
        while ahead:
            for name in edges[ahead.pop()]:
                if name not in reached:
                    reached.add(name)
                    ahead.append(name)
        return self.ordered(reached - begin)

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """A cycle of every group of nodes that hang on each other: upstream first, each node once."""
        found: list[tuple[str, ...]] = []
        left = self._upstream.keys() - set(self.order)
        while left:
            # Every node that is left has an upstream that is left too, so walking up must come to a cycle.
            node = next(node for node in self._upstream if node in left)
            path: list[str] = []
            while node not in path:
                path.append(node)
                node = next(name for name in self._upstream[node] if name in left)
            cycle = path[path.index(node) :]
            found.append(tuple(reversed(cycle)))
            left = self._cyclic(left.difference(cycle))
        return tuple(found)

    def _cyclic(self, nodes: set[str]) -> set[str]:
        """Those of some nodes that are on a cycle among themselves, or below one."""
        return nodes.difference(AssetGraph({node: self._upstream[node] for node in nodes}).order)

    def __iter__(self) -> Iterator[str]:
        return iter(self.order)
