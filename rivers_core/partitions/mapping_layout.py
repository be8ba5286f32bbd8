"""Fits a named mapping to two definitions: which axes are joined by which rule, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.axis_rules import axis_rule, check_axis, kind_of
from rivers_core.partitions.bound_mapping import BoundMapping, Link
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
    TimeWindowMapping,
)
from rivers_core.partitions.mapping_defaults import obvious_mapping
from rivers_core.partitions.time_definitions import TimePartitions

Definition = PartitionsDefinition | None


@dataclass(frozen=True, slots=True)
class _Join:
    """A mapping of one kind between a downstream axis, if it needs one, and an upstream axis."""

    name: str
    upstream: PartitionsDefinition
    source: int | None
    mapping: PartitionMapping


@dataclass(frozen=True, slots=True)
class _Layout:
    downstream_axes: tuple[PartitionsDefinition, ...]
    joins: tuple[_Join, ...]


def bind(mapping: PartitionMapping, downstream: Definition, upstream: Definition) -> BoundMapping:
    """The mapping between two pinned definitions; raises PartitionDefinitionError when it cannot fit."""
    layout = _laid_out(mapping, downstream, upstream)
    links = []
    for join in layout.joins:
        source = None if join.source is None else layout.downstream_axes[join.source]
        links.append(Link(join.source, axis_rule(join.mapping, source, join.upstream)))
    return BoundMapping(
        layout.downstream_axes,
        tuple(join.upstream for join in layout.joins),
        tuple(join.name for join in layout.joins),
        tuple(links),
    )


def check_fit(mapping: PartitionMapping, downstream: Definition, upstream: Definition) -> None:
    """Raise PartitionDefinitionError when the mapping cannot fit; keys in the storage are not looked at."""
    layout = _laid_out(mapping, downstream, upstream)
    for join in layout.joins:
        source = None if join.source is None else layout.downstream_axes[join.source]
        check_axis(join.mapping, source, join.upstream)


def _laid_out(mapping: PartitionMapping, downstream: Definition, upstream: Definition) -> _Layout:
    if upstream is None:
        if not isinstance(mapping, AllPartitionsMapping | IdentityMapping):
            raise PartitionDefinitionError(
                f"The mapping {kind_of(mapping)} chooses partitions, but the upstream asset has none; leave it out."
            )
        return _Layout(_whole(downstream), ())
    match mapping:
        case AllPartitionsMapping() | SpecificPartitionsMapping() | ForKeysMapping():
            return _Layout(_whole(downstream), (_Join("", upstream, None, mapping),))
        case MultiMapping():
            return _multi(mapping, downstream, upstream)
        case MultiToSingleMapping():
            return _multi_to_single(mapping, downstream, upstream)
    if downstream is None:
        raise PartitionDefinitionError(
            f"The mapping {kind_of(mapping)} starts from a partition, but the downstream asset has none; "
            "use all_partitions or specific_partitions."
        )
    if isinstance(mapping, StaticMapping):
        return _Layout((downstream,), (_Join("", upstream, 0, mapping),))
    return _same_dimensions(mapping, downstream, upstream)


def _whole(definition: Definition) -> tuple[PartitionsDefinition, ...]:
    return () if definition is None else (definition,)


def _same_dimensions(
    mapping: PartitionMapping, downstream: PartitionsDefinition, upstream: PartitionsDefinition
) -> _Layout:
    """Identity and the like: each dimension to the one of its name."""
    names = [name for name, _ in downstream.dimensions]
    if isinstance(mapping, TimeWindowMapping) and (downstream.is_multi or upstream.is_multi):
        raise PartitionDefinitionError(
            "The mapping time_window joins time with time, and downstream has the dimensions "
            f"{_dimensions(downstream)}, upstream {_dimensions(upstream)}; "
            f"use it within {_within_dimensions(downstream, upstream)}."
        )
    if sorted(names) != sorted(name for name, _ in upstream.dimensions):
        raise PartitionDefinitionError(
            f"The mapping {kind_of(mapping)} needs the same dimensions on both sides: downstream has "
            f"{_dimensions(downstream)}, upstream {_dimensions(upstream)}; use multi or multi_to_single."
        )
    joins = tuple(_Join(name, axis, names.index(name), mapping) for name, axis in upstream.dimensions)
    return _Layout(_axes(downstream), joins)


def _within_dimensions(downstream: PartitionsDefinition, upstream: PartitionsDefinition) -> str:
    """How a mapping of time is written where one side or both have dimensions."""
    if downstream.is_multi and upstream.is_multi:
        return "multi, which has a mapping for each dimension"
    dimensions = (upstream if upstream.is_multi else downstream).dimensions
    name = next((name for name, axis in dimensions if isinstance(axis, TimePartitions)), dimensions[0][0])
    return f'multi_to_single: PartitionMapping.multi_to_single("{name}", PartitionMapping.time_window())'


def _dimensions(definition: PartitionsDefinition) -> str:
    if not definition.is_multi:
        return "none"
    return ", ".join(name for name, _ in definition.dimensions)


def _axes(definition: PartitionsDefinition) -> tuple[PartitionsDefinition, ...]:
    return tuple(axis for _, axis in definition.dimensions)


def _multi(mapping: MultiMapping, downstream: Definition, upstream: PartitionsDefinition) -> _Layout:
    if downstream is None or not downstream.is_multi or not upstream.is_multi:
        raise PartitionDefinitionError(
            "The mapping multi needs dimensions on both sides; where one side has none, use multi_to_single."
        )
    sources = [name for name, _ in downstream.dimensions]
    targets = dict(upstream.dimensions)
    named = {name: (source, inner) for name, source, inner in mapping.dimensions}
    if unknown := [name for name in named if name not in targets]:
        raise PartitionDefinitionError(
            f"The mapping multi names the upstream dimension {unknown[0]!r}, but upstream has {_dimensions(upstream)}."
        )
    if unknown := [source for source, _ in named.values() if source not in sources]:
        raise PartitionDefinitionError(
            f"The mapping multi reads the downstream dimension {unknown[0]!r}, "
            f"but downstream has {_dimensions(downstream)}."
        )
    if left := [name for name in targets if name not in named]:
        raise PartitionDefinitionError(
            f"The mapping multi leaves out the upstream dimension {left[0]!r}; "
            "give it all_partitions() to read all of it."
        )
    joins = tuple(
        _dimension_join(name, axis, sources.index(named[name][0]), named[name][1]) for name, axis in targets.items()
    )
    return _Layout(_axes(downstream), joins)


def _dimension_join(name: str, upstream: PartitionsDefinition, source: int, mapping: PartitionMapping) -> _Join:
    if isinstance(mapping, MultiMapping | MultiToSingleMapping):
        raise PartitionDefinitionError(
            f"The dimension {name!r} is mapped by {kind_of(mapping)}, but it has no dimensions itself."
        )
    reads_nothing = isinstance(mapping, AllPartitionsMapping | SpecificPartitionsMapping | ForKeysMapping)
    return _Join(name, upstream, None if reads_nothing else source, mapping)


def _multi_to_single(mapping: MultiToSingleMapping, downstream: Definition, upstream: PartitionsDefinition) -> _Layout:
    if downstream is None or downstream.is_multi == upstream.is_multi:
        raise PartitionDefinitionError(
            "The mapping multi_to_single needs dimensions on one side and none on the other."
        )
    parts = (downstream if downstream.is_multi else upstream).dimensions
    position = next((at for at, (name, _) in enumerate(parts) if name == mapping.dimension_name), None)
    if position is None:
        raise PartitionDefinitionError(
            f"The mapping multi_to_single names the dimension {mapping.dimension_name!r}, "
            f"but there are {', '.join(name for name, _ in parts)}."
        )
    if downstream.is_multi:
        inner = mapping.partition_mapping or obvious_mapping(parts[position][1], upstream)
        return _Layout(_axes(downstream), (_dimension_join("", upstream, position, inner),))
    inner = mapping.partition_mapping or obvious_mapping(downstream, parts[position][1])
    joins = tuple(
        _dimension_join(name, axis, 0, inner if at == position else AllPartitionsMapping())
        for at, (name, axis) in enumerate(parts)
    )
    return _Layout((downstream,), joins)
