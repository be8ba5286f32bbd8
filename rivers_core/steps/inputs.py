"""Loads what a step takes from upstream: for one partition, or for a batch of which some may lack their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rivers_core.assets.computation import UpstreamArgument
from rivers_core.assets.outputs import SelfDependency
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.exceptions import MissingValueError
from rivers_core.io_handlers.base import stored_ordinals
from rivers_core.io_handlers.contexts import InputContext
from rivers_core.io_handlers.tables import table_wanted
from rivers_core.partitions.bound_mapping import MappedKeys
from rivers_core.partitions.subset import Subset
from rivers_core.steps.scope import PreparedInput, PreparedStep, UpstreamLink

_NO_PARTITION = Subset.full(1)  # an asset without partitions counts as one with a single partition


@dataclass(slots=True)
class MissingUpstream:
    """Partitions of a batch that cannot be computed, with a sentence each."""

    failures: dict[int, str] = field(default_factory=dict)

    def add(self, ordinals: Iterable[int], sentence: str) -> None:
        for ordinal in ordinals:
            self.failures.setdefault(ordinal, sentence)


def load_inputs(step: PreparedStep, subset: Subset, run_id: str, *, batched: bool) -> dict[str, Any]:
    """The upstream values of a step by parameter; raises MissingValueError naming what is not there.

    `subset` holds only ordinals whose upstream values exist, or at least were not found to be missing.
    """
    values = {}
    for one in step.inputs:
        values[one.argument.parameter] = _load(one, subset or _NO_PARTITION, run_id, batched=batched)
    if step.own_value is not None:
        values[step.own_value.parameter] = _own_value(step, subset, run_id, batched=batched)
    return values


def missing_upstream(step: PreparedStep, subset: Subset) -> dict[int, str]:
    """Which partitions of a batch lack an upstream value, as far as keys and IO handlers tell, and which one."""
    found = MissingUpstream()
    for one in step.inputs:
        if not one.allow_missing and one.link.bound is not None:
            _find_missing(one, subset, found)
    return found.failures


def blocked_by(step: PreparedStep, failed: Mapping[str, Mapping[int, str]], subset: Subset) -> dict[int, str]:
    """Which partitions hang on upstream ones that failed in the same run: `failed` by asset and ordinal."""
    found = MissingUpstream()
    for link in step.links:
        ordinals = failed.get(link.upstream.asset)
        if not ordinals or link.upstream.allow_missing:
            continue
        for ordinal, reason in ordinals.items():
            readers = subset if link.bound is None else link.bound.downstream_of(Subset.of([ordinal])) & subset
            found.add(readers, f"{_written(link, ordinal)} failed in the same run: {reason}")
    return found.failures


def _load(one: PreparedInput, subset: Subset, run_id: str, *, batched: bool) -> Any:
    bound = one.link.bound
    if bound is None:
        return _load_keys(one, None, run_id, many=False)
    if not batched or len(subset) == 1:
        mapped = bound.upstream_of(subset.ranges[0][0])
        _refuse_unknown_keys(one, mapped)
        return _load_keys(one, mapped.subset, run_id, many=one.argument.many or batched)
    mapped_alike = bound.read_by_all()
    if mapped_alike is not None:
        _refuse_unknown_keys(one, mapped_alike)
        return _load_keys(one, mapped_alike.subset, run_id, many=one.argument.many)
    wanted = Subset.from_ranges(span for ordinal in subset for span in bound.upstream_of(ordinal).subset.ranges)
    return _load_keys(one, wanted, run_id, many=True)


def _load_keys(one: PreparedInput, wanted: Subset | None, run_id: str, *, many: bool) -> Any:
    argument = one.argument
    partition = None
    if one.link.definition is not None and wanted is not None:
        if not wanted:
            return _nothing(argument, many=many)  # no such key upstream, and the asset allows for that
        partition = PartitionContext(wanted, one.link.definition)
    context = InputContext(
        one.name,
        one.reader,
        argument.metadata,
        partition,
        argument.hint,
        stored_hint=argument.stored_hint,
        run_id=run_id,
        many=many and partition is not None,
        allow_missing=one.allow_missing,
    )
    try:
        return one.handler.load_input(context)
    except MissingValueError:
        if one.allow_missing:
            return None
        raise


def _nothing(argument: UpstreamArgument, *, many: bool) -> dict[Any, Any] | None:
    """The value of no keys at all: an empty mapping, where no table was asked for."""
    return {} if many and table_wanted(argument.hint, argument.stored_hint) is None else None


def _own_value(step: PreparedStep, subset: Subset, run_id: str, *, batched: bool) -> SelfDependency[Any]:
    assert step.own_value is not None
    name = step.selection[0]
    partition = None if step.definition is None else PartitionContext(subset, step.definition)
    context = InputContext(
        name,
        name,
        step.first.metadata,
        partition,
        step.own_value.hint,
        stored_hint=step.first.type_hint,
        run_id=run_id,
        many=batched and partition is not None,
        allow_missing=True,
    )
    try:
        value = step.handlers[name].load_input(context)
    except MissingValueError:
        return SelfDependency()
    return SelfDependency(value, exists=not context.many or _holds_any(step.handlers[name], context, value))


def _holds_any(handler: Any, context: InputContext, value: Any) -> bool:
    """Whether any key of a batch had a value: loading many that may be missing gives an empty value for none."""
    stored = stored_ordinals(handler, context)
    if stored is not None:
        return bool(stored)
    return value is not None and not (isinstance(value, Mapping) and not value)


def _find_missing(one: PreparedInput, subset: Subset, found: MissingUpstream) -> None:
    bound = one.link.bound
    assert bound is not None
    mapped = {ordinal: bound.upstream_of(ordinal) for ordinal in subset}
    existing = _existing(one, Subset.from_ranges(span for keys in mapped.values() for span in keys.subset.ranges))
    for ordinal, keys in mapped.items():
        if keys.missing:
            found.add([ordinal], _unknown_key(one, keys.missing[0]))
        elif existing is not None and (absent := keys.subset - existing):
            found.add([ordinal], _not_stored(one, absent))


def _existing(one: PreparedInput, wanted: Subset) -> Subset | None:
    """Which of the wanted upstream keys have a value; None where the IO handler cannot tell."""
    definition = one.link.definition
    partition = None if definition is None or not wanted else PartitionContext(wanted, definition)
    if definition is not None and partition is None:
        return wanted
    context = InputContext(
        one.name, one.reader, one.argument.metadata, partition, one.argument.hint, stored_hint=one.argument.stored_hint
    )
    return stored_ordinals(one.handler, context)


def _refuse_unknown_keys(one: PreparedInput, mapped: MappedKeys) -> None:
    if mapped.missing and not one.allow_missing:
        raise MissingValueError(_unknown_key(one, mapped.missing[0]))


def _unknown_key(one: PreparedInput, key: str) -> str:
    return f"{one.reader} needs {one.name} for {key}, but {one.name} has no such partition."


def _not_stored(one: PreparedInput, absent: Subset) -> str:
    more = f" and {len(absent) - 1:,} more" if len(absent) > 1 else ""
    return (
        f"{_written(one.link, absent.ranges[0][0])}{more} has no stored output, which {one.reader} needs; "
        "materialize it first."
    )


def _written(link: UpstreamLink, ordinal: int) -> str:
    if link.definition is None:
        return link.upstream.asset
    return f"{link.upstream.asset} for {link.definition.label_at(ordinal)}"
