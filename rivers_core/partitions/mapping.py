"""Which upstream partitions a downstream partition reads: the mappings a user names, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.subset import Subset

if TYPE_CHECKING:
    from rivers_core.partitions.bound_mapping import BoundMapping, MappedKeys

_Ordinals: TypeAlias = Subset  # the name that is left within the class, where Subset is a kind of mapping


class PartitionMapping:
    """How the partitions of an asset hang on those of an asset upstream.

    An asset without partitions counts as one with a single partition, of ordinal 0; its definition is None.
    """

    Identity: ClassVar[type]
    AllPartitions: ClassVar[type]
    Static: ClassVar[type]
    TimeWindow: ClassVar[type]
    Multi: ClassVar[type]
    MultiToSingle: ClassVar[type]
    SpecificPartitions: ClassVar[type]
    ForKeys: ClassVar[type]
    Subset: ClassVar[type]

    @staticmethod
    def identity() -> IdentityMapping:
        """The same key upstream; one that does not exist there is missing."""
        return IdentityMapping()

    @staticmethod
    def subset() -> SubsetMapping:
        """The same key upstream where it exists, nothing where it does not."""
        return SubsetMapping()

    @staticmethod
    def all_partitions() -> AllPartitionsMapping:
        """Every upstream partition."""
        return AllPartitionsMapping()

    @staticmethod
    def static_(mapping: Mapping[str, str | list[str]]) -> StaticMapping:
        """Downstream keys to upstream keys, written out; a key left out reads nothing."""
        if not isinstance(mapping, Mapping):
            raise PartitionDefinitionError(
                f"static_ takes a dict of downstream keys to upstream keys, not {mapping!r}."
            )
        return StaticMapping(
            tuple(
                (downstream, (upstream,) if isinstance(upstream, str) else tuple(upstream))
                for downstream, upstream in mapping.items()
            )
        )

    @staticmethod
    def time_window(offset: int = 0) -> TimeWindowMapping:
        """The upstream windows that overlap the downstream one, moved by `offset` upstream windows.

        Between equal grids that is the window at the same position; -1 is the one before.
        """
        if isinstance(offset, bool) or not isinstance(offset, int):
            raise PartitionDefinitionError(f"The offset of a time_window mapping is a whole number, not {offset!r}.")
        return TimeWindowMapping(offset)

    @staticmethod
    def specific_partitions(partition_keys: Sequence[str]) -> SpecificPartitionsMapping:
        """The same upstream keys for every downstream partition."""
        if isinstance(partition_keys, str) or not isinstance(partition_keys, Iterable) or not partition_keys:
            raise PartitionDefinitionError(
                f"specific_partitions takes a list of upstream keys, not {partition_keys!r}."
            )
        return SpecificPartitionsMapping(tuple(partition_keys))

    @staticmethod
    def for_keys(selectors: Sequence[PartitionKey | PartitionKeyRange]) -> ForKeysMapping:
        """The upstream partitions that these keys and ranges name, for every downstream partition."""
        if not selectors or not all(isinstance(one, PartitionKey | PartitionKeyRange) for one in selectors):
            raise PartitionDefinitionError("for_keys takes a list of PartitionKey and PartitionKeyRange.")
        return ForKeysMapping(tuple(selectors))

    @staticmethod
    def multi(
        dimension_mappings: Mapping[str, PartitionMapping | tuple[str, PartitionMapping]],
    ) -> MultiMapping:
        """A mapping for each upstream dimension, from the downstream dimension of that name or of the one given."""
        if not isinstance(dimension_mappings, Mapping):
            raise PartitionDefinitionError(f"multi takes a dict of dimensions to mappings, not {dimension_mappings!r}.")
        return MultiMapping(
            tuple(
                (name, *given) if isinstance(given, tuple) else (name, name, given)
                for name, given in dimension_mappings.items()
            )
        )

    @staticmethod
    def multi_to_single(dimension_name: str, partition_mapping: PartitionMapping | None = None) -> MultiToSingleMapping:
        """One dimension of the side that has several, mapped to or from the other side as a whole.

        Without a mapping for it, the one that fits the two definitions by default.
        """
        return MultiToSingleMapping(dimension_name, partition_mapping)

    def bound(self, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None) -> BoundMapping:
        """The mapping between two pinned definitions, ready to answer many questions.

        Raises PartitionDefinitionError when it cannot fit.
        """
        from rivers_core.partitions.mapping_layout import bind

        return bind(self, downstream, upstream)

    def validate(self, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None) -> None:
        """Raise PartitionDefinitionError when the mapping cannot fit the definitions, pinned or not."""
        from rivers_core.partitions.mapping_layout import check_fit

        check_fit(self, downstream, upstream)

    def upstream_of(
        self, ordinal: int, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None
    ) -> MappedKeys:
        """What the downstream partition reads; both definitions pinned."""
        return self.bound(downstream, upstream).upstream_of(ordinal)

    def downstream_of(
        self,
        ordinals: int | _Ordinals,
        downstream: PartitionsDefinition | None,
        upstream: PartitionsDefinition | None,
    ) -> _Ordinals:
        """The downstream partitions that read any of these upstream ones; both definitions pinned."""
        chosen = _Ordinals.of([ordinals]) if isinstance(ordinals, int) else ordinals
        return self.bound(downstream, upstream).downstream_of(chosen)

    def to_spec(self) -> dict[str, Any]:
        """The mapping as JSON-able values, told apart by "kind"."""
        from rivers_core.partitions.mapping_specs import mapping_to_spec

        return mapping_to_spec(self)

    @staticmethod
    def from_spec(spec: Mapping[str, Any]) -> PartitionMapping:
        """The mapping that `to_spec` described."""
        from rivers_core.partitions.mapping_specs import mapping_from_spec

        return mapping_from_spec(spec)


@dataclass(frozen=True, slots=True)
class IdentityMapping(PartitionMapping):
    """See `PartitionMapping.identity`."""


@dataclass(frozen=True, slots=True)
class SubsetMapping(PartitionMapping):
    """See `PartitionMapping.subset`."""


@dataclass(frozen=True, slots=True)
class AllPartitionsMapping(PartitionMapping):
    """See `PartitionMapping.all_partitions`."""


@dataclass(frozen=True, slots=True)
class StaticMapping(PartitionMapping):
    """See `PartitionMapping.static_`; `pairs` are a downstream key and its upstream keys."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class TimeWindowMapping(PartitionMapping):
    """See `PartitionMapping.time_window`."""

    offset: int = 0


@dataclass(frozen=True, slots=True)
class SpecificPartitionsMapping(PartitionMapping):
    """See `PartitionMapping.specific_partitions`."""

    partition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForKeysMapping(PartitionMapping):
    """See `PartitionMapping.for_keys`."""

    selectors: tuple[PartitionKey | PartitionKeyRange, ...]


@dataclass(frozen=True, slots=True)
class MultiMapping(PartitionMapping):
    """See `PartitionMapping.multi`; `dimensions` are upstream name, downstream name, mapping."""

    dimensions: tuple[tuple[str, str, PartitionMapping], ...]


@dataclass(frozen=True, slots=True)
class MultiToSingleMapping(PartitionMapping):
    """See `PartitionMapping.multi_to_single`."""

    dimension_name: str
    partition_mapping: PartitionMapping | None = None


# What rivers calls the kinds of mappings, to tell them apart.
PartitionMapping.Identity = IdentityMapping
PartitionMapping.AllPartitions = AllPartitionsMapping
PartitionMapping.Static = StaticMapping
PartitionMapping.TimeWindow = TimeWindowMapping
PartitionMapping.Multi = MultiMapping
PartitionMapping.MultiToSingle = MultiToSingleMapping
PartitionMapping.SpecificPartitions = SpecificPartitionsMapping
PartitionMapping.ForKeys = ForKeysMapping
PartitionMapping.Subset = SubsetMapping


def default_mapping(downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None) -> PartitionMapping:
    """The mapping between two definitions when none is named.

    Raises PartitionDefinitionError, asking for one, when there is no obvious choice.
    """
    from rivers_core.partitions.mapping_defaults import obvious_mapping

    return obvious_mapping(downstream, upstream)
