"""One function of a repository, planned once for many calls: what it takes from where, and what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from rivers_core.assets.asset import AssetKind
from rivers_core.assets.composition import GraphPlan
from rivers_core.assets.config import AssetConfig
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.source import SourceLine
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping
from rivers_core.partitions.strategy import BackfillStrategy

# Values, hints, handlers and metadata are the user's; they have no type of ours.


@dataclass(frozen=True, slots=True)
class Upstream:
    """A direct upstream asset, and which of its partitions one partition needs.

    `mapping` is None where neither side has partitions. `is_own` marks a mapping that the user wrote.
    """

    asset: str
    mapping: PartitionMapping | None = None
    is_own: bool = False
    allow_missing: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """A parameter that receives the context."""

    parameter: str


@dataclass(frozen=True, slots=True)
class ResourceArgument:
    """A parameter that receives the resource of the same name."""

    parameter: str


@dataclass(frozen=True, slots=True)
class SelfArgument:
    """A parameter that receives a SelfDependency around the value stored before, of type `hint`."""

    parameter: str
    hint: Any = None


@dataclass(frozen=True, slots=True)
class UpstreamArgument:
    """A parameter that receives the value of an upstream asset.

    `io_handler` loads it (None: the default one). `many`: the mapping gives a set of keys rather than one, so the
    value holds all of them even when there happens to be one. `stored_hint` is what the upstream is annotated to
    return, for a loader that has no `hint` to go by.
    """

    parameter: str
    upstream: Upstream
    io_handler: Any = None
    hint: Any = None
    stored_hint: Any = None
    many: bool = False
    partitioned: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


Argument: TypeAlias = ContextArgument | ResourceArgument | SelfArgument | UpstreamArgument


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task of a graph asset; `name` is `graph/task`. `arguments` may hold references to earlier results."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    context_parameter: str | None
    resources: tuple[str, ...]
    retry: RetryPolicy | None
    source: SourceLine


@dataclass(frozen=True, slots=True)
class ComputedAsset:
    """One asset as an output of its computation.

    `stores` is False for an asset annotated `-> None`: its value is no value. `io_handler` None is the default one.
    """

    name: str
    description: str
    upstream: tuple[Upstream, ...]
    io_handler: Any
    type_hint: Any
    stores: bool
    metadata: Mapping[str, Any]
    tags: Mapping[str, str]
    kinds: tuple[str, ...]
    group: str | None
    code_version: str | None
    backfill_strategy: BackfillStrategy | None
    source: SourceLine


@dataclass(frozen=True)
class Computation:
    """A function with everything a call of it needs, worked out once.

    `outputs` has one asset, or those of a multi-asset. `partitions` is the definition they share, not pinned.
    `timeout_seconds` counts each attempt; `pool` names the slots it takes one of.
    """

    name: str
    kind: AssetKind
    function: Callable[..., Any]
    outputs: tuple[ComputedAsset, ...]
    arguments: tuple[Argument, ...]
    partitions: PartitionsDefinition | None
    config: AssetConfig
    retry: RetryPolicy | None
    pool: str | None
    timeout_seconds: float | None
    source: SourceLine
    graph: GraphPlan | None = None
    tasks: tuple[PlannedTask, ...] = ()

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        return tuple(output.name for output in self.outputs)

    @cached_property
    def output_by_name(self) -> Mapping[str, ComputedAsset]:
        return {output.name: output for output in self.outputs}

    @cached_property
    def upstream(self) -> tuple[Upstream, ...]:
        """The direct upstream assets of all outputs, each once."""
        found = {upstream.asset: upstream for output in self.outputs for upstream in output.upstream}
        return tuple(found.values())

    @cached_property
    def has_self_dependency(self) -> bool:
        return any(isinstance(argument, SelfArgument) for argument in self.arguments)

    @property
    def is_external(self) -> bool:
        """Whether it is only read and never computed."""
        return self.kind == "external"

    def config_for(self, overrides: Mapping[str, Mapping[str, Any]]) -> Any:
        """What `context.config` is under overrides by asset; raises InvalidConfigError."""
        given: dict[str, Any] = {}
        for name in (self.name, *self.output_names):
            given.update(overrides.get(name, {}))
        return self.config.value(self.name, given)
