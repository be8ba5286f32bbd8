"""Whether a mapping gives a partition one upstream key or a set of them, by its kind and never by chance."""

from __future__ import annotations

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import (
    AllPartitionsMapping,
    ForKeysMapping,
    IdentityMapping,
    MultiMapping,
    MultiToSingleMapping,
    PartitionMapping,
    SpecificPartitionsMapping,
    StaticMapping,
    SubsetMapping,
    TimeWindowMapping,
    default_mapping,
)
from rivers_core.partitions.time_definitions import TimePartitions

# Windows of the first lie each within one window of the second.
_WITHIN = {
    ("hourly", "daily"),
    ("hourly", "weekly"),
    ("hourly", "monthly"),
    ("daily", "weekly"),
    ("daily", "monthly"),
}


def gives_many(  # noqa: PLR0911  # one answer for each kind of mapping
    mapping: PartitionMapping, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None
) -> bool:
    """Whether the upstream value of one downstream partition is a set of keys, even if it happens to hold one."""
    if upstream is None:
        return False
    match mapping:
        case IdentityMapping() | SubsetMapping():
            return False
        case AllPartitionsMapping() | SpecificPartitionsMapping() | ForKeysMapping():
            return True
        case StaticMapping():
            return any(len(keys) != 1 for _, keys in mapping.pairs)
        case TimeWindowMapping():
            return not _one_window(downstream, upstream)
        case MultiMapping():
            return _any_dimension(mapping, downstream, upstream)
        case MultiToSingleMapping():
            return _to_single(mapping, downstream, upstream)
        case _:
            raise TypeError(f"unknown mapping {mapping!r}")


def _one_window(downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None) -> bool:
    if not isinstance(downstream, TimePartitions) or not isinstance(upstream, TimePartitions):
        return False
    if (downstream.cadence, upstream.cadence) in _WITHIN:
        return True
    return downstream.rhythm == upstream.rhythm and upstream.grid.ordinal_at(downstream.start) is not None


def _any_dimension(
    mapping: MultiMapping, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition
) -> bool:
    theirs = dict(upstream.dimensions)
    ours = dict(downstream.dimensions) if downstream is not None else {}
    return any(gives_many(one, ours.get(source), theirs.get(name)) for name, source, one in mapping.dimensions)


def _to_single(
    mapping: MultiToSingleMapping, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition
) -> bool:
    if upstream.is_multi or downstream is None:
        return True
    ours = dict(downstream.dimensions).get(mapping.dimension_name)
    inner = mapping.partition_mapping if mapping.partition_mapping is not None else default_mapping(ours, upstream)
    return gives_many(inner, ours, upstream)
