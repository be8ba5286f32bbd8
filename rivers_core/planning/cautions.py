"""What to know before a plan is launched: missing upstream, overwritten outputs, what turns stale, what collides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rivers_core.planning.links import Links
from rivers_core.planning.plan import PlanWarning, Stage
from rivers_core.planning.standing import Situation
from rivers_core.planning.texts import counted
from rivers_core.states import PartitionState

Ordinals = NDArray[np.int64]

_HAS_OUTPUT = (PartitionState.COMPLETED, PartitionState.STALE)


def cautions(stages: Sequence[Stage], situation: Situation, links: Links) -> tuple[PlanWarning, ...]:
    """Everything to say of these stages; the order is that of urgency."""
    covered = covered_by_asset(stages)
    return (
        *_collisions(covered, situation),
        *_missing_upstream(covered, situation, links),
        *_overwrites(covered, situation),
        *_turning_stale(covered, situation, links),
        *_still_open(stages, situation),
    )


def covered_by_asset(stages: Sequence[Stage]) -> dict[str, Ordinals]:
    """The ordinals that each asset is computed for, sorted; an asset without partitions has the ordinal 0."""
    return {
        name: np.sort(stage.ordinals) if stage.definition is not None else np.zeros(1, dtype=np.int64)
        for stage in stages
        for name in stage.assets
    }


def _collisions(covered: dict[str, Ordinals], situation: Situation) -> Iterator[PlanWarning]:
    for other in situation.under_way:
        theirs = covered_by_asset(other.stages)
        shared = {
            name: count
            for name in covered
            if name in theirs and (count := len(np.intersect1d(covered[name], theirs[name], assume_unique=True)))
        }
        if shared:
            most = max(shared.values())
            yield PlanWarning(
                "concurrent_backfill",
                f"Backfill {other.backfill_id} is at {counted(most, 'partition')} of these already. "
                "No partition runs twice at a time: this backfill waits for the other at each.",
                tuple(shared),
                most,
            )


def _missing_upstream(covered: dict[str, Ordinals], situation: Situation, links: Links) -> Iterator[PlanWarning]:
    missing: dict[str, Ordinals] = {}
    for name, ordinals in covered.items():
        asset = situation.spec.asset(name)
        assert asset is not None
        for edge in asset.dependencies:
            upstream = situation.spec.asset(edge.upstream)
            if edge.allow_missing or upstream is None or upstream.kind == "external":
                continue
            needed = links.read_by(asset, edge, ordinals)
            if edge.upstream in covered:
                needed = np.setdiff1d(needed, covered[edge.upstream], assume_unique=True)
            absent = needed[~situation.standing[edge.upstream].materialized[needed]]
            known = missing.get(edge.upstream)
            missing[edge.upstream] = absent if known is None else np.union1d(known, absent)
    for name, absent in missing.items():
        if len(absent):
            yield PlanWarning(
                "upstream_missing",
                f"{counted(len(absent), 'partition')} of {name}, which these read, "
                f"{'has' if len(absent) == 1 else 'have'} no output yet; what reads them will fail.",
                (name,),
                len(absent),
            )


def _overwrites(covered: dict[str, Ordinals], situation: Situation) -> Iterator[PlanWarning]:
    over = {
        name: int(np.isin(situation.standing[name].states[ordinals], _HAS_OUTPUT).sum())
        for name, ordinals in covered.items()
    }
    total = sum(over.values())
    if total:
        outputs = "output is" if total == 1 else "outputs are"
        yield PlanWarning(
            "overwrites",
            f"{total:,} {outputs} there already and will be computed again and overwritten.",
            tuple(name for name, count in over.items() if count),
            total,
        )


def _turning_stale(covered: dict[str, Ordinals], situation: Situation, links: Links) -> Iterator[PlanWarning]:
    reached: dict[str, Ordinals] = {}
    for name, ordinals in covered.items():
        for asset, edge in links.below(name):
            if asset.kind == "external":
                continue
            readers = links.readers_of(asset, edge, ordinals)
            if asset.name in covered:
                readers = np.setdiff1d(readers, covered[asset.name], assume_unique=True)
            hit = readers[situation.standing[asset.name].states[readers] == PartitionState.COMPLETED]
            known = reached.get(asset.name)
            reached[asset.name] = hit if known is None else np.union1d(known, hit)
    for name, hit in reached.items():
        if len(hit):
            turns = "turns" if len(hit) == 1 else "turn"
            yield PlanWarning(
                "downstream_stale",
                f"{counted(len(hit), 'partition')} of {name} {turns} stale when these change.",
                (name,),
                len(hit),
            )


def _still_open(stages: Sequence[Stage], situation: Situation) -> Iterator[PlanWarning]:
    """A time window that has not ended yet: its data may still be coming in."""
    for stage in stages:
        if stage.definition is None:
            continue
        for at, (_, part) in enumerate(stage.definition.dimensions):
            current = part.open_ordinal(situation.now) if part.is_time else None
            if current is None:
                continue
            inner = int(np.prod(stage.definition.shape()[at + 1 :], dtype=np.int64))
            count = int(((stage.ordinals // inner) % part.size() == current).sum())
            if count:
                yield PlanWarning(
                    "still_open",
                    f"The window {part.label_at(current)} has not ended yet, so its data may still be coming in.",
                    stage.assets,
                    count,
                )
