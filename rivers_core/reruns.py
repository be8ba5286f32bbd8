"""The request that runs partitions of an earlier backfill again, whatever became of their definitions since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rivers_core.exceptions import ConfigurationError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest

RERUN_TAG = "rivers/rerun_of"
Partitions = Literal["failed_and_canceled", "all"]


def rerun_request(
    backfill_id: str,
    plan: BackfillPlan,
    partitions: Partitions,
    chosen: Sequence[Subset],
    repository: PinnedRepository,
) -> BackfillRequest:
    """What asks for these partitions again, `chosen` in each stage of the plan (ordinal 0 without partitions).

    It keeps strategy, policy, order, config and retries, and adds a tag. Keys that are gone are named in
    `skipped_keys`. ConfigurationError when nothing is left, or an asset is gone.
    """
    stages = [(stage, subset) for stage, subset in zip(plan.stages, chosen, strict=True) if subset]
    if not stages:
        raise ConfigurationError(
            f"Nothing to rerun: no partition of the backfill {backfill_id} failed or was canceled."
        )
    skipped: list[str] = []
    moved: list[tuple[Stage, Subset]] = []
    for stage, subset in stages:
        for asset in stage.assets:
            repository.asset(asset)
        present = repository.definition(stage.assets[0])
        kept = _moved(stage.definition, present, subset, skipped)
        if kept:
            moved.append((stage, kept))
    if not moved:
        raise ConfigurationError(
            f"None of the partitions of the backfill {backfill_id} exists any more: {_listed(skipped)}."
        )
    changes = _changes(backfill_id, plan.request, moved, repository, skipped)
    return plan.request.model_copy(update={**changes, "rerun_partitions": partitions})


def _changes(
    backfill_id: str,
    request: BackfillRequest,
    moved: Sequence[tuple[Stage, Subset]],
    repository: PinnedRepository,
    skipped: Sequence[str],
) -> dict[str, object]:
    first, asked = next(((stage, kept) for stage, kept in moved if stage.definition is not None), moved[0])
    definition = repository.definition(first.assets[0])
    return {
        "selection": (*first.assets, *(name for stage, _ in moved if stage is not first for name in stage.assets)),
        "include_upstream": False,
        "include_downstream": False,
        "add_missing_upstream": False,
        "partition_keys": None,
        "partition_range": None,
        "all_partitions": False,
        "where": (),
        "subset": None if definition is None else asked,
        "fingerprint": None if definition is None else definition.fingerprint,
        "exact": {stage.assets[0]: kept for stage, kept in moved if stage is not first},
        "skipped_keys": tuple(skipped),
        "tags": (*(tag for tag in request.tags if tag[0] != RERUN_TAG), (RERUN_TAG, backfill_id)),
        "rerun_of": backfill_id,
    }


def _moved(
    planned: PartitionsDefinition | None, present: PartitionsDefinition | None, subset: Subset, skipped: list[str]
) -> Subset:
    """The same keys in the definition as it is now; those it no longer has are added to `skipped`."""
    if planned is None or present is None:
        if planned is not present:
            skipped.extend(_labels(planned, subset))
        return subset if planned is present else Subset()
    if planned.fingerprint == present.fingerprint:
        beyond = subset - Subset.full(present.size())
        skipped.extend(_labels(planned, beyond))
        return subset - beyond
    kept = []
    for ordinal in subset:
        label = planned.label_at(ordinal)
        try:
            kept.append(present.ordinal_of(label))
        except PartitionValidationError:
            skipped.append(label)
    return Subset.of(kept)


def _labels(definition: PartitionsDefinition | None, subset: Subset) -> list[str]:
    return ["(no partitions)"] if definition is None else [definition.label_at(ordinal) for ordinal in subset]


def _listed(keys: Sequence[str], shown: int = 5) -> str:
    more = f" and {len(keys) - shown:,} more" if len(keys) > shown else ""
    return ", ".join(keys[:shown]) + more
