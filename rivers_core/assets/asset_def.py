"""The outputs of multi-assets and the dependencies of all assets, as a user declares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from rivers_core.assets.declared import (
    Tags,
    checked_name,
    checked_names,
    checked_pool,
    checked_tags,
    refuse_unavailable,
)
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.exceptions import AssetDefinitionError

if TYPE_CHECKING:
    from rivers_core.partitions.definitions import PartitionsDefinition
    from rivers_core.partitions.mapping import PartitionMapping


@runtime_checkable
class Named(Protocol):
    """An asset, where its name would do as well."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Dependency:
    """One upstream of an asset: with its value (`AssetDef.input`) or for the order only (`AssetDef.dep`).

    `io_handler` loads the value instead of the upstream's own; a name refers to a resource.
    """

    name: str
    is_input: bool = False
    partition_mapping: PartitionMapping | None = None
    io_handler: Any = None  # an IO handler is any object with its two methods
    metadata: Mapping[str, Any] | None = None
    allow_missing: bool = False


Dependencies: TypeAlias = Iterable["Dependency | Named | str"] | None


class AssetDef:
    """One output of a multi-asset; `AssetDef.input` and `AssetDef.dep` write dependencies.

    Takes what `Asset` takes for one asset. Raises AssetDefinitionError for what cannot be accepted.
    """

    def __init__(
        self,
        name: str,
        *,
        partitions_def: PartitionsDefinition | str | None = None,
        deps: Dependencies = None,
        io_handler: Any = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Tags = None,
        kinds: str | Sequence[str] | None = None,
        group: str | None = None,
        code_version: str | None = None,
        pool: str | Sequence[str] | None = None,
        type_hint: Any = None,
        **unavailable: Any,
    ) -> None:
        self.source: SourceLine = calling_line()
        self.name = checked_name(name, "an output", self.source)
        owner = f"the output {name!r}"
        self.not_run_here = refuse_unavailable(unavailable, owner, self.source)
        self.partitions_def = partitions_def
        self.deps = checked_dependencies(deps, owner, self.source)
        self.io_handler = io_handler
        self.metadata = dict(metadata or {})
        self.tags = checked_tags(tags, owner, self.source)
        self.kinds = checked_names(kinds, "kinds", owner, self.source)
        self.group = group
        self.code_version = code_version
        self.pool = checked_pool(pool, owner, self.source)
        self.type_hint = type_hint

    @staticmethod
    def input(
        name: str | Named,
        partition_mapping: PartitionMapping | None = None,
        io_handler: Any = None,
        metadata: Mapping[str, Any] | None = None,
        allow_missing: bool = False,
    ) -> Dependency:
        """An upstream whose value the parameter of the same name receives, for the keys that the mapping gives.

        With `allow_missing`, only those keys are given that have a value.
        """
        return Dependency(_name_of(name), True, partition_mapping, io_handler, metadata, allow_missing)

    @staticmethod
    def dep(name: str | Named, partition_mapping: PartitionMapping | None = None) -> Dependency:
        """An upstream that must be done before, without its value."""
        return Dependency(_name_of(name), False, partition_mapping)

    def __repr__(self) -> str:
        return f"AssetDef({self.name!r})"


def checked_dependencies(given: Dependencies, owner: str, source: SourceLine) -> tuple[Dependency, ...]:
    """Dependencies in the order given; a bare name or asset counts for the order only.

    Raises AssetDefinitionError for anything else, and for an upstream that is named twice.
    """
    found: dict[str, Dependency] = {}
    if isinstance(given, str):
        raise AssetDefinitionError(f"{source}: deps of {owner} must be a list; write deps=[{given!r}].")
    for one in given or ():
        dependency = one if isinstance(one, Dependency) else _order_only(one, owner, source)
        if dependency.name in found:
            raise AssetDefinitionError(f"{source}: {owner} names its upstream {dependency.name!r} twice in deps.")
        found[dependency.name] = dependency
    return tuple(found.values())


def _order_only(one: Named | str, owner: str, source: SourceLine) -> Dependency:
    if isinstance(one, str):
        return Dependency(one)
    if isinstance(one, Named) and isinstance(one.name, str):
        return Dependency(one.name)
    raise AssetDefinitionError(
        f"{source}: deps of {owner} holds {one!r}; use AssetDef.input(name), AssetDef.dep(name), a name or an asset."
    )


def _name_of(given: str | Named) -> str:
    return given if isinstance(given, str) else given.name
