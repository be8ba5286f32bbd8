"""What an IO handler is told about a value that it stores or loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rivers_core.assets.metadata import plain_metadata
from rivers_core.assets.partition_context import PartitionContext
from rivers_core.exceptions import ExecutionError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.subset import Subset

_NOTHING: Mapping[str, Any] = {}


class OutputContext:
    """One output to store: of `asset_name`, for the ordinals in `subset` of `partition`'s definition.

    `batched`: the value is what one call computed for all of them. `partition` is None for an asset without
    partitions. What the handler tells about the output is read afterwards from `output_metadata`,
    `key_metadata` (by ordinal), `data_version` and `failures` (a sentence by ordinal).
    """

    __slots__ = (
        "asset_metadata",
        "asset_name",
        "batched",
        "data_version",
        "failures",
        "key_metadata",
        "output_metadata",
        "partition",
        "run_id",
        "subset",
        "type_hint",
    )

    def __init__(
        self,
        asset_name: str,
        asset_metadata: Mapping[str, Any] | None = None,
        partition: PartitionContext | None = None,
        type_hint: Any = None,
        *,
        run_id: str | None = None,
        batched: bool = False,
        subset: Subset | None = None,
    ) -> None:
        self.asset_name = asset_name
        self.asset_metadata = asset_metadata if asset_metadata is not None else _NOTHING
        self.partition = partition
        self.type_hint = type_hint
        self.run_id = run_id
        self.batched = batched
        self.subset = subset if subset is not None else partition.subset if partition is not None else Subset()
        self.output_metadata: dict[str, Any] = {}
        self.key_metadata: dict[int, dict[str, Any]] = {}
        self.data_version: str | None = None
        self.failures: dict[int, str] = {}

    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Attach values to what is stored; the handler's win over the asset's own."""
        self.output_metadata.update(plain_metadata(metadata))

    def register_data_version(self, version: str) -> None:
        """Mark the output with a version; downstream partitions are stale only when it changes."""
        self.data_version = version

    def for_ordinal(self, ordinal: int) -> OutputContext:
        """The same for a single partition, of a batch that is stored one by one."""
        assert self.partition is not None
        only = PartitionContext(Subset.of([ordinal]), self.partition.definition)
        return OutputContext(self.asset_name, self.asset_metadata, only, self.type_hint, run_id=self.run_id)


class InputContext:
    """One value to load for `downstream_asset`: what `asset_name` stored for the keys of `partition`.

    `many`: the reader wants a set of keys, even if that holds one. `type_hint` is what the reader is annotated
    with, `stored_hint` what the asset is annotated to return. `allow_missing`: of many keys, those without a value are
    left out; a single one that is missing is an error all the same.
    """

    __slots__ = (
        "allow_missing",
        "asset_metadata",
        "asset_name",
        "downstream_asset",
        "many",
        "partition",
        "run_id",
        "stored_hint",
        "type_hint",
    )

    def __init__(
        self,
        asset_name: str,
        downstream_asset: str = "",
        asset_metadata: Mapping[str, Any] | None = None,
        partition: PartitionContext | None = None,
        type_hint: Any = None,
        *,
        stored_hint: Any = None,
        run_id: str | None = None,
        many: bool = False,
        allow_missing: bool = False,
    ) -> None:
        self.asset_name = asset_name
        self.downstream_asset = downstream_asset
        self.asset_metadata = asset_metadata if asset_metadata is not None else _NOTHING
        self.partition = partition
        self.type_hint = type_hint
        self.stored_hint = stored_hint
        self.run_id = run_id
        self.many = many
        self.allow_missing = allow_missing


class KeyedValues(dict[PartitionKey, Any]):
    """Values by partition key; a key may be looked up as its text too."""

    def __init__(self, partition: PartitionContext, values: Mapping[int, Any]) -> None:
        """`values` are by ordinal of the partition's definition."""
        super().__init__((partition.definition.key_at(ordinal), value) for ordinal, value in values.items())
        self._by_text = {str(key): key for key in self}

    def __missing__(self, key: object) -> Any:
        if isinstance(key, str) and key in self._by_text:
            return self[self._by_text[key]]
        raise KeyError(str(key))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._by_text

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # the base class does not look for texts

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def values_by_ordinal(context: OutputContext, value: Any) -> Iterator[tuple[int, Any]] | None:
    """A batched call's value taken apart by key, if it is a mapping of keys to values; None for any other.

    The keys are PartitionKey or their texts. Keys that were asked for and are left out are noted as failures.
    Raises ExecutionError for a key that was not asked for.
    """
    if not isinstance(value, Mapping) or not value or context.partition is None:
        return None
    if not all(isinstance(key, PartitionKey | str) for key in value):
        return None
    found: dict[int, Any] = {}
    strangers: list[str] = []
    for key, one in value.items():
        ordinals = context.partition.keys.ordinals(key)
        if ordinals is None:
            strangers.append(str(key))
        else:
            found.update(dict.fromkeys(ordinals, one))
    if not found:
        return None  # a plain dict that has nothing to do with partition keys
    if strangers:
        raise ExecutionError(
            f"{context.asset_name} returned values for {', '.join(strangers[:3])}, which this run was not asked for; "
            "return a mapping of the keys in context.partition.keys."
        )
    for ordinal in context.subset - Subset.of(found):
        key = context.partition.definition.label_at(ordinal)
        context.failures[ordinal] = f"{context.asset_name} returned a mapping of keys to values without {key}."
    return ((ordinal, one) for ordinal, one in sorted(found.items()) if ordinal in context.subset)
