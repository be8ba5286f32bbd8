"""Joins one downstream axis to one upstream axis by a mapping: whether that can be, and the rule for it."""

from __future__ import annotations

from rivers_core.exceptions import PartitionDefinitionError, PartitionValidationError
from rivers_core.partitions.boxes import ordinals_in_box
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.listed_definitions import DynamicPartitions, StaticPartitions
from rivers_core.partitions.mapping import (
    AllPartitionsMapping,
    ForKeysMapping,
    IdentityMapping,
    PartitionMapping,
    SpecificPartitionsMapping,
    StaticMapping,
    SubsetMapping,
    TimeWindowMapping,
)
from rivers_core.partitions.mapping_defaults import same_windows
from rivers_core.partitions.mapping_rules import (
    FixedRule,
    MappedKeys,
    OverlapRule,
    Rule,
    SameKeyRule,
    ShiftRule,
    TableRule,
)
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.subset import Subset
from rivers_core.partitions.time_definitions import TimePartitions


def kind_of(mapping: PartitionMapping) -> str:
    """The name by which users know a mapping."""
    return str(mapping.to_spec()["kind"])


def check_axis(mapping: PartitionMapping, source: PartitionsDefinition | None, upstream: PartitionsDefinition) -> None:
    """Raise PartitionDefinitionError when the mapping cannot join the axes, pinned or not."""
    match mapping:
        case IdentityMapping() | SubsetMapping() if source is not None:
            _check_same_keys(kind_of(mapping), source, upstream)
        case TimeWindowMapping() if source is not None:
            _time_pair(source, upstream)
        case StaticMapping(pairs) if source is not None:
            for downstream_key, upstream_keys in pairs:
                _check_members("downstream", [downstream_key], source)
                _check_members("upstream", upstream_keys, upstream)
        case SpecificPartitionsMapping(keys):
            _check_members("upstream", keys, upstream)
        case ForKeysMapping() if not _lives_in_storage(upstream):
            _chosen(mapping, upstream)


def _check_same_keys(name: str, downstream: PartitionsDefinition, upstream: PartitionsDefinition) -> None:
    match downstream, upstream:
        case TimePartitions(), TimePartitions() if not same_windows(downstream, upstream):
            raise PartitionDefinitionError(
                f"The mapping {name} joins equal keys, but the two time grids have none for certain; "
                "use time_window, which joins windows that overlap."
            )
        case StaticPartitions() as one, (StaticPartitions() | TimePartitions()) as other:
            _check_common_key(name, one, other)
        case TimePartitions() as other, StaticPartitions() as one:
            _check_common_key(name, one, other)


def _check_common_key(name: str, one: StaticPartitions, other: PartitionsDefinition) -> None:
    if not any(other.validate_partition_key(key) for key in one.keys):
        raise PartitionDefinitionError(
            f"The mapping {name} joins equal keys, but the two definitions have no key in common."
        )


def _check_members(side: str, keys: tuple[str, ...] | list[str], definition: PartitionsDefinition) -> None:
    if _lives_in_storage(definition):
        return
    for key in keys:
        try:
            definition.ordinals_of(key)
        except PartitionValidationError as error:
            raise PartitionDefinitionError(f"The mapping names a key that is not {side}: {error}") from error


def _lives_in_storage(definition: PartitionsDefinition) -> bool:
    return any(isinstance(axis, DynamicPartitions) and not axis.is_pinned for _, axis in definition.dimensions)


def _time_pair(
    downstream: PartitionsDefinition, upstream: PartitionsDefinition
) -> tuple[TimePartitions, TimePartitions]:
    if not isinstance(downstream, TimePartitions) or not isinstance(upstream, TimePartitions):
        raise PartitionDefinitionError("The mapping time_window needs a time grid on both sides.")
    return downstream, upstream


def axis_rule(mapping: PartitionMapping, source: PartitionsDefinition | None, upstream: PartitionsDefinition) -> Rule:
    """The rule between two pinned axes; raises PartitionDefinitionError when there is none."""
    if source is None:
        return FixedRule(_always_read(mapping, upstream))
    match mapping:
        case TimeWindowMapping(offset):
            return _window_rule(*_time_pair(source, upstream), offset)
        case StaticMapping(pairs):
            return _table_rule(pairs, source, upstream)
        case IdentityMapping():
            return _same_key_rule(source, upstream, keep_missing=True)
        case SubsetMapping():
            return _same_key_rule(source, upstream, keep_missing=False)
    raise PartitionDefinitionError(f"{mapping!r} is no mapping of a single dimension.")


def _always_read(mapping: PartitionMapping, upstream: PartitionsDefinition) -> MappedKeys:
    match mapping:
        case AllPartitionsMapping():
            return MappedKeys(Subset.full(upstream.size()))
        case SpecificPartitionsMapping(keys):
            return _positions(keys, upstream)
        case ForKeysMapping():
            return MappedKeys(_chosen(mapping, upstream))
    raise PartitionDefinitionError(f"The mapping {kind_of(mapping)} needs a downstream partition to start from.")


def _table_rule(
    pairs: tuple[tuple[str, tuple[str, ...]], ...], downstream: PartitionsDefinition, upstream: PartitionsDefinition
) -> TableRule:
    images: dict[int, MappedKeys] = {}
    for key, upstream_keys in pairs:
        mapped = _positions(upstream_keys, upstream)
        images |= dict.fromkeys(_positions((key,), downstream).subset, mapped)
    return TableRule(images)


def _window_rule(downstream: TimePartitions, upstream: TimePartitions, offset: int) -> Rule:
    if not same_windows(downstream, upstream, labels=False):
        return OverlapRule(downstream, upstream, offset)
    shift = upstream.grid.ordinal_containing(downstream.start) + offset
    return ShiftRule(shift, downstream.size(), upstream, upstream.size())


def _same_key_rule(downstream: PartitionsDefinition, upstream: PartitionsDefinition, *, keep_missing: bool) -> Rule:
    if isinstance(downstream, TimePartitions) and isinstance(upstream, TimePartitions):
        _check_same_keys("identity", downstream, upstream)
        shift = upstream.grid.ordinal_containing(downstream.start)
        return ShiftRule(shift, downstream.size(), upstream, upstream.size(), keep_missing)
    if downstream == upstream:
        return ShiftRule(0, downstream.size(), upstream, upstream.size(), keep_missing)
    return SameKeyRule(downstream, upstream, keep_missing)


def _positions(keys: tuple[str, ...], definition: PartitionsDefinition) -> MappedKeys:
    found, missing = Subset(), []
    for key in keys:
        try:
            found |= definition.ordinals_of(key)
        except PartitionValidationError:
            missing.append(key)
    return MappedKeys(found, tuple(missing))


def _chosen(mapping: ForKeysMapping, upstream: PartitionsDefinition) -> Subset:
    chosen = Subset()
    for selector in mapping.selectors:
        chosen |= _selected(selector, upstream)
    return chosen


def _selected(selector: PartitionKey | PartitionKeyRange, upstream: PartitionsDefinition) -> Subset:
    try:
        if isinstance(selector, PartitionKey):
            return upstream.ordinals_of(selector)
        box = [Subset.of(positions) for positions in selector.select(upstream)]
    except PartitionValidationError as error:
        raise PartitionDefinitionError(f"The mapping for_keys names what is not upstream: {error}") from error
    return ordinals_in_box(box, upstream.shape())
