"""Hands the outputs of a call to their IO handlers and notes what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rivers_core.assets.context import AssetExecutionContext, ContextNotes
from rivers_core.assets.results import Produced, produced
from rivers_core.io_handlers.contexts import OutputContext
from rivers_core.partitions.subset import Subset
from rivers_core.steps.scope import PreparedStep
from rivers_core.steps.task import StoredOutput

# Failed partitions by asset and ordinal, with a sentence each.
Failures = dict[str, dict[int, str]]


def store_outputs(
    step: PreparedStep,
    context: AssetExecutionContext[Any],
    returned: Any,
    stored: dict[str, StoredOutput],
    failures: Failures,
) -> None:
    """Store each output as it comes into `stored`, and note in `failures` the partitions that failed on their own.

    Raises whatever user code raises; what was stored before is in `stored` all the same.
    """
    for one in produced(step.computation, step.selection, returned):
        stored[one.asset] = _store(step, context, one, failures)


def _store(step: PreparedStep, context: AssetExecutionContext[Any], one: Produced, failures: Failures) -> StoredOutput:
    asset = step.computation.output_by_name[one.asset]
    notes = context.notes
    failed = dict(notes.failures)
    partition = context.partition
    subset = Subset() if partition is None else partition.subset
    if failed:
        subset = subset - Subset.of(failed)
    told = OutputContext(
        one.asset,
        asset.metadata,
        partition,
        asset.type_hint,
        run_id=context.run_id,
        batched=context.batched,
        subset=subset,
    )
    if asset.stores and not one.stored_itself and (subset or partition is None):
        step.handlers[one.asset].handle_output(told, one.value)
    if told.failures:
        failed.update(told.failures)
        subset = subset - Subset.of(told.failures)
    if failed:
        failures.setdefault(one.asset, {}).update(failed)
    return StoredOutput(
        one.asset,
        subset,
        asset.code_version,
        told.data_version or one.data_version or notes.data_versions.get(one.asset),
        _metadata(notes, one, told),
        _key_metadata(notes, one.asset, told, subset),
    )


_NOTHING: Mapping[str, Any] = {}
_NO_KEYS: Mapping[int, Mapping[str, Any]] = {}


def _metadata(notes: ContextNotes, one: Produced, told: OutputContext) -> Mapping[str, Any]:
    own = notes.metadata.get(one.asset)
    if not own and not one.metadata and not told.output_metadata:
        return _NOTHING
    return {**(own or {}), **(one.metadata or {}), **told.output_metadata}


def _key_metadata(
    notes: ContextNotes, asset: str, told: OutputContext, subset: Subset
) -> Mapping[int, Mapping[str, Any]]:
    own = notes.key_metadata.get(asset)
    if not own and not told.key_metadata:
        return _NO_KEYS
    own = own or {}
    return {
        ordinal: {**own.get(ordinal, {}), **told.key_metadata.get(ordinal, {})}
        for ordinal in sorted({*own, *told.key_metadata})
        if ordinal in subset
    }
