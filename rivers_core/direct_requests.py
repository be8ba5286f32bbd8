"""The request of assets that are to be computed once, outside of any backfill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rivers_core.exceptions import ConfigurationError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.script_requests import backfill_request

if TYPE_CHECKING:
    from rivers_core.engine import Engine
    from rivers_core.planning.request import BackfillRequest


def direct_request(
    engine: Engine,
    selection: Sequence[str] | None,
    key: PartitionKey | None,
    *,
    tags: Sequence[tuple[str, str]] = (),
    config: Mapping[str, Mapping[str, Any]] | None = None,
    include_upstream: bool = False,
    retry: Mapping[str, Any] | None = None,
) -> BackfillRequest:
    """One run of the selected assets at this key; of several values, it is one batched run over all of them.

    Without a selection those are meant that have the key, or, without a key, those that have no partitions.
    Raises ConfigurationError.
    """
    is_batch = key is not None and any(len(values) > 1 for _, values in key.parts)
    return backfill_request(
        selection=_fitting(engine, key) if selection is None else tuple(selection),
        partition_keys=None if key is None else (key,),
        strategy=BackfillStrategy.single_run() if is_batch else BackfillStrategy.multi_run(),
        tags=tags,
        config=config or {},
        include_upstream=include_upstream,
        retry=retry,
    )


def _fitting(engine: Engine, key: PartitionKey | None) -> tuple[str, ...]:
    found = []
    for asset in engine.spec().assets:
        definition = engine.definition(asset.name)
        fits = definition is None if key is None else definition is not None and definition.validate_partition_key(key)
        if fits and asset.kind != "external":
            found.append(asset.name)
    if not found:
        if key is not None:
            raise ConfigurationError(f"No asset of this repository has the partition {key}.")
        raise ConfigurationError("Every asset of this repository has partitions: say which one is to be computed.")
    return tuple(found)
