"""Turns a request into a frozen plan: a pure function of what is asked and how things stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rivers_core.exceptions import ConfigurationError, PartitionValidationError
from rivers_core.location.spec import AssetSpec
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.asked import asked_ordinals, check_asked, of_subset
from rivers_core.planning.cautions import cautions
from rivers_core.planning.estimate import estimated_seconds
from rivers_core.planning.grouping import grouped, is_batched
from rivers_core.planning.keyed import KeyedGroups
from rivers_core.planning.links import Links
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.planning.selection import downstream_of, named_assets, selected_assets, upstream_of
from rivers_core.planning.stages import Group, StageAssets, grouped_by_definition, in_stages
from rivers_core.planning.standing import Situation
from rivers_core.planning.texts import range_text, strategy_text

Ordinals = NDArray[np.int64]


def make_plan(request: BackfillRequest, situation: Situation) -> BackfillPlan:
    """The plan of a request.

    Raises AssetNotFoundError, PartitionValidationError or ConfigurationError with a sentence that says what to do.
    """
    assets = selected_assets(request, situation.spec)
    _check_config(request, situation)
    groups = grouped_by_definition(assets, situation.definitions, _added(request, situation))
    root, asked = _asked(request, groups, situation)
    links = Links(situation.spec, situation.definitions)
    keyed = KeyedGroups(groups, links, situation.standing, request.where).walk(root, asked, request.exact)
    covered = {group.names[0]: ordinals for group, ordinals in zip(groups, keyed, strict=True)}
    stages = _stages(request, groups, covered, situation)
    if not stages:
        raise ConfigurationError(_nothing_chosen(request, groups[root], len(asked)))
    seconds, basis = estimated_seconds(stages, min(request.max_concurrency, situation.slots), situation.history)
    first = groups[root]
    return BackfillPlan(
        request=request,
        stages=stages,
        warnings=cautions(stages, situation, links),
        code_fingerprint=situation.spec.code_fingerprint,
        position=situation.position,
        range_text=range_text(keyed[root], first.definition),
        strategy_text=_strategy_text(stages),
        skipped_keys=request.skipped_keys,
        estimate_seconds=seconds,
        estimate_basis=basis,
        counts_by_state=_counts(stages),
    )


def _check_config(request: BackfillRequest, situation: Situation) -> None:
    if unknown := [name for name in request.config if situation.spec.asset(name) is None]:
        raise ConfigurationError(f"config names {unknown[0]}, but there is no asset of that name.")


def _added(request: BackfillRequest, situation: Situation) -> set[str]:
    """The upstream assets of which only what is missing is wanted."""
    if not request.add_missing_upstream:
        return set()
    named = [asset.name for asset in named_assets(request, situation.spec)]
    kept = {*named, *(downstream_of(situation.spec, named) if request.include_downstream else ())}
    kept |= set(upstream_of(situation.spec, named)) if request.include_upstream else set()
    return set(upstream_of(situation.spec, named)) - kept


def _asked(request: BackfillRequest, groups: Sequence[Group], situation: Situation) -> tuple[int, Ordinals]:
    """The group whose partitions are asked for, and which: the first named one that has those keys."""
    candidates = _candidates(request, groups, situation)
    partitioned = [at for at in candidates if groups[at].definition is not None]
    first = groups[(partitioned or candidates)[0]]
    check_asked(request, partitioned=bool(partitioned), asset=first.names[0])
    if not partitioned:
        return candidates[0], np.zeros(1, dtype=np.int64)
    refusals: list[PartitionValidationError] = []
    for at in partitioned:
        definition = groups[at].definition
        assert definition is not None
        try:
            return at, asked_ordinals(request, definition, groups[at].names[0], situation.now)
        except PartitionValidationError as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _candidates(request: BackfillRequest, groups: Sequence[Group], situation: Situation) -> list[int]:
    """The groups of the named assets, in the order they were named."""
    group_of = {name: at for at, group in enumerate(groups) for name in group.names}
    named = (asset.name for asset in named_assets(request, situation.spec))
    return list(dict.fromkeys(group_of[name] for name in named))


def _stages(
    request: BackfillRequest, groups: Sequence[Group], covered: Mapping[str, Ordinals], situation: Situation
) -> tuple[Stage, ...]:
    found = []
    for share in in_stages(groups):
        ordinals = _exact(request, share)
        if ordinals is None:
            ordinals = covered[share.group.names[0]]
        if len(ordinals):
            found.append(_stage(request, share, ordinals, situation))
    return tuple(found)


def _exact(request: BackfillRequest, share: StageAssets) -> Ordinals | None:
    named = next((request.exact[asset.name] for asset in share.assets if asset.name in request.exact), None)
    return None if named is None else of_subset(named)


def _stage(request: BackfillRequest, share: StageAssets, ordinals: Ordinals, situation: Situation) -> Stage:
    definition = share.group.definition
    names = tuple(asset.name for asset in share.assets)
    states = situation.standing[names[0]].states
    if definition is None:
        empty = np.empty(0, dtype=np.int64)
        return Stage(names, None, empty, np.zeros(2, dtype=np.int64), False, strategy_text(_MULTI, None), states)
    strategy = _strategy(request, share)
    in_order, bounds = grouped(ordinals, definition, strategy, request.order)
    return Stage(
        names,
        definition,
        in_order,
        bounds,
        is_batched(definition, strategy),
        strategy_text(strategy, definition),
        states[in_order],
    )


_MULTI = BackfillStrategy.multi_run()


def _strategy(request: BackfillRequest, share: StageAssets) -> BackfillStrategy:
    """The one asked for; else the one all assets of the stage share; else one run per partition.

    A strategy by dimensions is meant for the partitions asked for: a stage of others keeps its own.
    """
    definition = share.group.definition
    assert definition is not None
    if request.strategy is not None:
        if request.strategy.is_per_dimension and not _is_named(request, share.assets):
            return _own_strategy(share.assets)
        request.strategy.validate_for(definition)
        return request.strategy
    own = _own_strategy(share.assets)
    own.validate_for(definition)
    return own


def _is_named(request: BackfillRequest, assets: Sequence[AssetSpec]) -> bool:
    return request.selection is None or any(asset.name in request.selection for asset in assets)


def _own_strategy(assets: Sequence[AssetSpec]) -> BackfillStrategy:
    declared = [asset.backfill_strategy for asset in assets]
    if declared[0] is None or any(other != declared[0] for other in declared):
        return _MULTI
    return BackfillStrategy.from_spec(declared[0])


def _strategy_text(stages: Sequence[Stage]) -> str:
    return ", then ".join(dict.fromkeys(stage.strategy_text for stage in stages))


def _counts(stages: Sequence[Stage]) -> dict[int, int]:
    counts = sum((np.bincount(stage.states, minlength=8) for stage in stages), start=np.zeros(8, dtype=np.int64))
    return {state: int(count) for state, count in enumerate(counts) if count}


def _nothing_chosen(request: BackfillRequest, group: Group, asked: int) -> str:
    if request.where and asked:
        states = " or ".join(request.where)
        return f"Nothing to do: of the {asked:,} partitions of {group.names[0]} asked for none is {states}."
    return f"Nothing to do: {group.names[0]} has no partitions yet."
