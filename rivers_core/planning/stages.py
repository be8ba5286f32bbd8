"""How the assets of a backfill fall into stages: what can share a run does, what cannot follows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rivers_core.location.spec import AssetSpec, DependencySpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.links import keeps_keys

Definitions = Mapping[str, PartitionsDefinition | None]


@dataclass(frozen=True, slots=True)
class Group:
    """The assets of a backfill that cover the same partitions, in dependency order.

    `added` are upstream assets that nobody named, of which only what is missing is computed.
    """

    definition: PartitionsDefinition | None
    added: bool
    assets: tuple[AssetSpec, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(asset.name for asset in self.assets)


@dataclass(frozen=True, slots=True)
class StageAssets:
    """Assets of one group that share their runs."""

    group: Group
    assets: tuple[AssetSpec, ...]


def grouped_by_definition(
    assets: Sequence[AssetSpec], definitions: Definitions, added: Iterable[str] = ()
) -> tuple[Group, ...]:
    """The groups in the order of their first asset; a definition's growth makes it another one."""
    extra = frozenset(added)
    found: dict[Hashable, list[AssetSpec]] = {}
    for asset in assets:
        definition = definitions[asset.name]
        grid = None if definition is None else (definition.fingerprint, definition.size())
        found.setdefault((grid, asset.name in extra), []).append(asset)
    return tuple(
        Group(definitions[members[0].name], added=members[0].name in extra, assets=tuple(members))
        for members in found.values()
    )


def in_stages(groups: Sequence[Group]) -> tuple[StageAssets, ...]:
    """The stages in the order in which they run.

    All assets of a group share their runs, unless one of them reads other keys of another (an offset), or a
    path between them leads through another group: then they are split by how far down they lie.
    """
    group_of = {asset.name: at for at, group in enumerate(groups) for asset in group.assets}
    whole = {at for at, group in enumerate(groups) if _fits_one_run(group)}
    levels = _levels(groups, group_of, whole)
    if levels is None:
        levels = _levels(groups, group_of, set())
    assert levels is not None, "the assets of a repository have no cycle"
    found: dict[tuple[int, int], list[AssetSpec]] = {}
    for at, group in enumerate(groups):
        for asset in group.assets:
            found.setdefault((levels[asset.name], at), []).append(asset)
    return tuple(StageAssets(groups[at], tuple(found[level, at])) for level, at in sorted(found))


def _fits_one_run(group: Group) -> bool:
    names = set(group.names)
    return all(
        _shares_run(edge, group.definition)
        for asset in group.assets
        for edge in asset.dependencies
        if edge.upstream in names
    )


def _shares_run(edge: DependencySpec, definition: PartitionsDefinition | None) -> bool:
    return definition is None or keeps_keys(edge.mapping)


def _levels(groups: Sequence[Group], group_of: Mapping[str, int], whole: set[int]) -> dict[str, int] | None:
    """How far down each asset lies, with all assets of a `whole` group at one level; None if that is impossible."""
    assets = [asset for group in groups for asset in group.assets]
    levels = dict.fromkeys(group_of, 0)
    for _ in range(2 * len(assets) + 2):
        before = dict(levels)
        for asset in assets:
            levels[asset.name] = max([levels[asset.name], *_needed(asset, groups, group_of, levels)])
        for at in whole:
            deepest = max(levels[name] for name in groups[at].names)
            levels |= dict.fromkeys(groups[at].names, deepest)
        if levels == before:
            return levels
    return None


def _needed(
    asset: AssetSpec, groups: Sequence[Group], group_of: Mapping[str, int], levels: Mapping[str, int]
) -> list[int]:
    own = group_of[asset.name]
    return [
        levels[edge.upstream]
        if group_of[edge.upstream] == own and _shares_run(edge, groups[own].definition)
        else levels[edge.upstream] + 1
        for edge in asset.dependencies
        if edge.upstream in group_of
    ]
