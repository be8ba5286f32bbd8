"""The mapping between two definitions when a user names none."""

from __future__ import annotations

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.listed_definitions import DynamicPartitions, StaticPartitions
from rivers_core.partitions.mapping import PartitionMapping
from rivers_core.partitions.time_definitions import TimePartitions


def same_windows(one: TimePartitions, other: TimePartitions, *, labels: bool = True) -> bool:
    """Whether two grids have the same windows, wherever each begins and ends, under the same `labels`."""
    if one.rhythm != other.rhythm or (labels and one.fmt != other.fmt):
        return False
    return other.grid.ordinal_at(one.start) is not None


def obvious_mapping(downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None) -> PartitionMapping:
    """The one mapping anybody would expect; raises PartitionDefinitionError where there is none."""
    if downstream is None or upstream is None:
        return PartitionMapping.all_partitions()
    found = _between(downstream, upstream)
    if found is None:
        raise PartitionDefinitionError(
            "The partitions of the two assets do not say how they belong together; "
            "name a partition_mapping on the dependency."
        )
    return found


def _between(downstream: PartitionsDefinition, upstream: PartitionsDefinition) -> PartitionMapping | None:
    if downstream.is_multi and upstream.is_multi:
        return _between_products(downstream, upstream)
    if downstream.is_multi:
        return _to_single([(name, axis, upstream) for name, axis in downstream.dimensions])
    if upstream.is_multi:
        return _to_single([(name, downstream, axis) for name, axis in upstream.dimensions])
    return _between_axes(downstream, upstream)


def _between_axes(downstream: PartitionsDefinition, upstream: PartitionsDefinition) -> PartitionMapping | None:
    match downstream, upstream:
        case TimePartitions(), TimePartitions():
            if same_windows(downstream, upstream):
                return PartitionMapping.identity()
            return PartitionMapping.time_window()
        case StaticPartitions(), StaticPartitions() if set(downstream.keys) <= set(upstream.keys):
            return PartitionMapping.identity()
        case DynamicPartitions(), DynamicPartitions() if downstream.name == upstream.name:
            return PartitionMapping.identity()
    return None


def _between_products(downstream: PartitionsDefinition, upstream: PartitionsDefinition) -> PartitionMapping | None:
    """Dimension by dimension of the same name; those that upstream has in addition are read whole.

    Where both sides have a dimension that the other lacks, the two may belong together: that is for a user to say.
    """
    sources = dict(downstream.dimensions)
    shared = [name for name, _ in upstream.dimensions if name in sources]
    if not shared or (len(shared) < len(sources) and len(shared) < len(upstream.dimensions)):
        return None
    mappings: dict[str, PartitionMapping | tuple[str, PartitionMapping]] = {}
    for name, axis in upstream.dimensions:
        if name not in sources:
            mappings[name] = (shared[0], PartitionMapping.all_partitions())
            continue
        mapping = _between_axes(sources[name], axis)
        if mapping is None:
            return None
        mappings[name] = mapping
    if set(mappings.values()) == {PartitionMapping.identity()} and len(mappings) == len(sources):
        return PartitionMapping.identity()
    return PartitionMapping.multi(mappings)


def _to_single(
    pairs: list[tuple[str, PartitionsDefinition, PartitionsDefinition]],
) -> PartitionMapping | None:
    """The one dimension with the same keys, or else the one that overlaps in time."""
    mappings = {name: _between_axes(downstream, upstream) for name, downstream, upstream in pairs}
    for wanted in (PartitionMapping.identity(), PartitionMapping.time_window()):
        names = [name for name, mapping in mappings.items() if mapping == wanted]
        if len(names) == 1:
            return PartitionMapping.multi_to_single(names[0], wanted)
        if names:
            return None
    return None
