"""Which assets a request means: the named ones, what lies above and below them, and what cannot be computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches

from rivers_core.exceptions import AssetNotFoundError, ConfigurationError
from rivers_core.location.spec import AssetSpec, RepositorySpec
from rivers_core.planning.request import BackfillRequest


def selected_assets(request: BackfillRequest, spec: RepositorySpec) -> tuple[AssetSpec, ...]:
    """The assets to compute, in dependency order; external ones are only refused when they were named.

    Raises AssetNotFoundError for an unknown name, ConfigurationError for a selection that cannot be computed.
    """
    named = named_assets(request, spec)
    chosen = {asset.name for asset in named}
    if request.include_upstream or request.add_missing_upstream:
        chosen |= set(upstream_of(spec, [asset.name for asset in named]))
    if request.include_downstream:
        chosen |= set(downstream_of(spec, [asset.name for asset in named]))
    widened = len(chosen) > len(named)
    found = tuple(asset for asset in spec.assets if asset.name in chosen and asset.kind != "external")
    return _with_siblings(found, spec) if widened else _checked_siblings(found, spec)


def named_assets(request: BackfillRequest, spec: RepositorySpec) -> tuple[AssetSpec, ...]:
    """The assets a request names, in its own order; every partitioned one when it names none."""
    if request.selection is None:
        found = tuple(asset for asset in spec.assets if asset.partitions is not None and asset.kind != "external")
        if not found:
            raise ConfigurationError("No asset has partitions, so name those to materialize in the selection.")
        return found
    if not request.selection:
        raise ConfigurationError("The selection is empty; name the assets to backfill, or leave it out for all.")
    named = tuple(find_asset(spec, name) for name in dict.fromkeys(request.selection))
    if external := [asset.name for asset in named if asset.kind == "external"]:
        raise ConfigurationError(
            f"{external[0]} is an external asset: it is made elsewhere and only read here, so it cannot be backfilled."
        )
    return named


def find_asset(spec: RepositorySpec, name: str) -> AssetSpec:
    """The asset of that name; raises AssetNotFoundError naming those that are alike."""
    asset = spec.asset(name)
    if asset is not None:
        return asset
    names = [asset.name for asset in spec.assets]
    alike = get_close_matches(name, names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(alike)}?" if alike else f"there are {_listed(names)}."
    raise AssetNotFoundError(f"There is no asset named {name!r}; {hint}")


def upstream_of(spec: RepositorySpec, names: Iterable[str]) -> tuple[str, ...]:
    """Everything the named assets are made from, directly or not, in dependency order, without themselves."""
    parents = {asset.name: [edge.upstream for edge in asset.dependencies] for asset in spec.assets}
    return _closure(spec, names, lambda name: parents.get(name, ()))


def downstream_of(spec: RepositorySpec, names: Iterable[str]) -> tuple[str, ...]:
    """Everything that is made from the named assets, directly or not, in dependency order, without themselves."""
    children: dict[str, list[str]] = {}
    for asset in spec.assets:
        for edge in asset.dependencies:
            children.setdefault(edge.upstream, []).append(asset.name)
    return _closure(spec, names, lambda name: children.get(name, ()))


def _closure(spec: RepositorySpec, names: Iterable[str], neighbors: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    start = set(names)
    seen = set(start)
    queue = deque(start)
    while queue:
        for name in neighbors(queue.popleft()):
            if name not in seen:
                seen.add(name)
                queue.append(name)
    return tuple(asset.name for asset in spec.assets if asset.name in seen - start)


def _missing_siblings(found: Collection[AssetSpec], spec: RepositorySpec) -> dict[str, list[str]]:
    """For each asset whose function computes only all of its assets together, those that were left out."""
    names = {asset.name for asset in found}
    missing: dict[str, list[str]] = {}
    for asset in found:
        if not asset.subsettable:
            others = [
                other.name
                for other in spec.assets
                if other.computation == asset.computation and other.name not in names
            ]
            if others:
                missing[asset.name] = others
    return missing


def _checked_siblings(found: tuple[AssetSpec, ...], spec: RepositorySpec) -> tuple[AssetSpec, ...]:
    for name, others in _missing_siblings(found, spec).items():
        raise ConfigurationError(
            f"{name} is computed together with {_listed(others)} and cannot be computed alone; select them too."
        )
    return found


def _with_siblings(found: tuple[AssetSpec, ...], spec: RepositorySpec) -> tuple[AssetSpec, ...]:
    names = {asset.name for asset in found}
    for others in _missing_siblings(found, spec).values():
        names.update(others)
    return tuple(asset for asset in spec.assets if asset.name in names)


def _listed(names: Sequence[str], shown: int = 8) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more if names else "none"
