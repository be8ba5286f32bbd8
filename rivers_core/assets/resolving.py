"""Turns declared assets into planned computations, and collects a sentence for everything that does not fit."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rivers_core.assets.asset import Asset, GraphAsset
from rivers_core.assets.asset_def import AssetDef, Dependency
from rivers_core.assets.computation import (
    Argument,
    Computation,
    ComputedAsset,
    ContextArgument,
    PlannedTask,
    ResourceArgument,
    SelfArgument,
    Upstream,
    UpstreamArgument,
)
from rivers_core.assets.config import AssetConfig, read_config
from rivers_core.assets.key_counts import gives_many
from rivers_core.assets.outputs import SelfDependency
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.signature import EMPTY, Parameter, is_hint_of, type_argument
from rivers_core.assets.suggestions import close_to
from rivers_core.assets.task import context_parameter
from rivers_core.exceptions import AssetDefinitionError, ConfigurationError, PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping, default_mapping
from rivers_core.partitions.strategy import BackfillStrategy


@dataclass(frozen=True, slots=True)
class Shared:
    """What a repository declares beside its assets, by name."""

    resources: Mapping[str, Any]
    partition_defs: Mapping[str, PartitionsDefinition]
    retries: Mapping[str, RetryPolicy]
    default_retry: RetryPolicy | str | None = None


@dataclass(frozen=True, slots=True)
class _KnownAsset:
    """What others need to know of an asset to hang on it."""

    declared: Asset
    output: AssetDef | None
    partitions: PartitionsDefinition | None
    type_hint: Any
    stores: bool
    io_handler: Any


class Resolver:
    """Plans every declared asset; `problems` grows by one sentence for each fault."""

    def __init__(self, assets: Sequence[Asset], shared: Shared) -> None:
        self._assets = assets
        self._shared = shared
        self.problems: list[str] = []
        self._known: dict[str, _KnownAsset] = {}
        for asset in assets:
            self._register(asset)

    def computations(self) -> list[Computation]:
        """A computation for each asset that could be planned, in the order they were declared."""
        return [planned for asset in self._assets if (planned := self._planned(asset)) is not None]

    # What each asset is, before looking at how they hang together.

    def _register(self, asset: Asset) -> None:
        if asset.function is None and asset.kind != "external":
            self._fault(asset, "has no function; put the decorator above one")
            return
        for output in (*asset.outputs, *(() if asset.outputs else (None,))):
            name = output.name if output is not None else asset.name
            if name in self._known:
                first = self._known[name].declared.source
                self._fault(asset, f"is a second asset named {name!r}; the first one is at {first}")
                continue
            self._known[name] = self._described(asset, output)

    def _described(self, asset: Asset, output: AssetDef | None) -> _KnownAsset:
        hint = output.type_hint if output is not None else None
        stores = True
        if asset.function is not None and output is None and asset.kind != "external":
            stores = not asset.signature.returns_nothing
            hint = asset.signature.return_hint
        return _KnownAsset(
            asset, output, self._partitions(asset, output), hint, stores, self._io_handler(asset, output)
        )

    def _partitions(self, asset: Asset, output: AssetDef | None) -> PartitionsDefinition | None:
        given = asset.partitions_def
        if output is not None and output.partitions_def is not None:
            given = output.partitions_def
        if isinstance(given, str):
            if given not in self._shared.partition_defs:
                self._fault(
                    asset,
                    f"names the partitions definition {given!r}, which partition_defs does not hold"
                    + close_to(given, self._shared.partition_defs),
                )
                return None
            given = self._shared.partition_defs[given]
        if given is not None and not isinstance(given, PartitionsDefinition):
            self._fault(asset, f"has a partitions_def that is none: {given!r}")
            return None
        return given

    def _io_handler(self, asset: Asset, output: AssetDef | None) -> Any:
        given = output.io_handler if output is not None and output.io_handler is not None else asset.io_handler
        return self._handler(asset, given)

    def _handler(self, asset: Asset, given: Any) -> Any:
        if isinstance(given, str):
            if given not in self._shared.resources:
                self._fault(
                    asset,
                    f"names the io_handler {given!r}, but there is no such resource"
                    + close_to(given, self._shared.resources),
                )
                return None
            given = self._shared.resources[given]
        if given is not None and not all(callable(getattr(given, name, None)) for name in _HANDLER_METHODS):
            self._fault(asset, f"has an io_handler without {' and '.join(_HANDLER_METHODS)}: {given!r}")
            return None
        return given

    # One computation.

    def _planned(self, asset: Asset) -> Computation | None:
        outputs = [known for known in self._known.values() if known.declared is asset]
        if not outputs:
            return None
        self._check_shared_partitions(asset, outputs)
        partitions = outputs[0].partitions
        upstream = self._upstream(asset, partitions)
        arguments = self._arguments(asset, partitions, upstream)
        return Computation(
            name=asset.name or outputs[0].output.name if outputs[0].output else asset.name,
            kind=asset.kind,
            function=asset.function if asset.function is not None else _never_called,
            outputs=tuple(self._output(asset, known, upstream, partitions) for known in outputs),
            arguments=arguments,
            partitions=partitions,
            config=self._config(asset),
            retry=self._retry(asset, asset.retry, f"the asset {asset.name!r}"),
            pool=asset.pool or next((known.output.pool for known in outputs if known.output), None),
            timeout_seconds=asset.timeout_seconds,
            source=asset.source,
            graph=asset.plan if isinstance(asset, GraphAsset) else None,
            tasks=self._tasks(asset) if isinstance(asset, GraphAsset) else (),
        )

    def _output(
        self,
        asset: Asset,
        known: _KnownAsset,
        upstream: Mapping[str, Upstream],
        partitions: PartitionsDefinition | None,
    ) -> ComputedAsset:
        output = known.output
        own = {} if output is None else self._resolved(asset, output.deps, partitions)
        strategy = asset.backfill_strategy
        if strategy is not None:
            self._check_strategy(asset, strategy, partitions)
        return ComputedAsset(
            name=output.name if output is not None else asset.name,
            description=inspect.getdoc(asset.function) or "" if asset.function is not None else "",
            upstream=tuple({**upstream, **own}.values()),
            io_handler=known.io_handler,
            type_hint=known.type_hint,
            stores=known.stores,
            metadata={**asset.metadata, **(output.metadata if output is not None else {})},
            tags={**asset.tags, **(output.tags if output is not None else {})},
            kinds=(output.kinds if output is not None else ()) or asset.kinds,
            group=(output.group if output is not None else None) or asset.group,
            code_version=(output.code_version if output is not None else None) or asset.code_version,
            backfill_strategy=strategy if isinstance(strategy, BackfillStrategy) else None,
            source=output.source if output is not None else asset.source,
        )

    def _check_shared_partitions(self, asset: Asset, outputs: Sequence[_KnownAsset]) -> None:
        specs = [None if known.partitions is None else known.partitions.to_spec() for known in outputs]
        if any(spec != specs[0] for spec in specs):
            self._fault(asset, "computes outputs with different partitions in one call; give them one partitions_def")

    def _check_strategy(self, asset: Asset, strategy: object, partitions: PartitionsDefinition | None) -> None:
        if not isinstance(strategy, BackfillStrategy):
            self._fault(asset, f"has a backfill_strategy that is none: {strategy!r}")
        elif partitions is None:
            self._fault(asset, "has a backfill_strategy but no partitions")
        else:
            try:
                strategy.validate_for(partitions)
            except ConfigurationError as error:
                self._fault(asset, f"has a backfill_strategy that it cannot use: {str(error).rstrip('.')}")

    def _config(self, asset: Asset) -> AssetConfig:
        hint = None
        if asset.function is not None and (name := context_parameter(asset.signature.parameters)):
            parameter = next(one for one in asset.signature.parameters if one.name == name)
            hint = None if isinstance(parameter.hint, str) else type_argument(parameter.hint)
        try:
            return read_config(asset.config, hint)
        except ConfigurationError as error:
            self._fault(asset, f"has a config that cannot be used: {error}")
            return AssetConfig()

    def _retry(self, asset: Asset, given: RetryPolicy | str | None, owner: str) -> RetryPolicy | None:
        named = given if given is not None else self._shared.default_retry
        if named is None or isinstance(named, RetryPolicy):
            return named
        if isinstance(named, str) and named in self._shared.retries:
            return self._shared.retries[named]
        if given is not None:  # an unknown default is one fault of the repository, not one of every asset
            where = (
                f", which retries does not hold{close_to(named, self._shared.retries)}"
                if isinstance(named, str)
                else ""
            )
            self._fault(asset, f"names the retry policy {named!r} for {owner}{where}")
        return None

    # What a function takes.

    def _upstream(self, asset: Asset, partitions: PartitionsDefinition | None) -> dict[str, Upstream]:
        """The upstream assets by name: those of `deps`, and those that a parameter is named like."""
        declared = {one.name: one for output in asset.outputs for one in output.deps if one.is_input}
        declared |= {one.name: one for one in asset.deps}
        names = asset.signature.parameter_names if asset.function is not None else ()
        for dependency in declared.values():
            if dependency.is_input and dependency.name not in names and dependency.name in self._known:
                taken = f"it takes {', '.join(names)}" if names else "it takes none"
                self._fault(
                    asset,
                    f"declares the input {dependency.name!r}, but its function has no parameter of that name ({taken}); "
                    "add it, or use AssetDef.dep for the order only",
                )
        for name in self._value_parameters(asset):
            if name in self._known and name not in declared:
                declared[name] = Dependency(name, is_input=True)
        return self._resolved(asset, declared.values(), partitions)

    def _value_parameters(self, asset: Asset) -> list[str]:
        if asset.function is None or asset.kind == "external":
            return []
        context = context_parameter(asset.signature.parameters)
        return [one.name for one in asset.signature.parameters if one.name != context and not _is_self(one)]

    def _resolved(
        self, asset: Asset, dependencies: Iterable[Dependency], partitions: PartitionsDefinition | None
    ) -> dict[str, Upstream]:
        found: dict[str, Upstream] = {}
        own = {output.name for output in asset.outputs} or {asset.name}
        for one in dependencies:
            if one.name in own:
                self._fault(
                    asset,
                    f"depends on itself by {one.name!r}; take its own last value as a parameter `self: "
                    "SelfDependency[...]`",
                )
            elif one.name not in self._known:
                self._fault(asset, f"depends on {one.name!r}, which no asset is named{close_to(one.name, self._known)}")
            else:
                mapping = self._mapping(asset, one, partitions)
                found[one.name] = Upstream(one.name, mapping, one.partition_mapping is not None, one.allow_missing)
        return found

    def _mapping(
        self, asset: Asset, dependency: Dependency, partitions: PartitionsDefinition | None
    ) -> PartitionMapping | None:
        """The mapping to an upstream, once it is known to fit; None where neither side has partitions."""
        theirs = self._known[dependency.name].partitions
        given = dependency.partition_mapping
        if given is not None and not isinstance(given, PartitionMapping):
            self._fault(asset, f"has a partition_mapping to {dependency.name!r} that is none: {given!r}")
            return None
        if given is None and partitions is None and theirs is None:
            return None
        try:
            mapping = given if given is not None else default_mapping(partitions, theirs)
            mapping.validate(partitions, theirs)
        except PartitionDefinitionError as error:
            self._fault(asset, f"cannot be mapped to its upstream {dependency.name!r}: {str(error).rstrip('.')}")
            return None
        return mapping

    def _arguments(
        self, asset: Asset, partitions: PartitionsDefinition | None, upstream: Mapping[str, Upstream]
    ) -> tuple[Argument, ...]:
        if asset.function is None or asset.kind == "external":
            return ()
        context = context_parameter(asset.signature.parameters)
        found: list[Argument] = []
        for parameter in asset.signature.parameters:
            argument = self._argument(asset, parameter, context, partitions, upstream)
            if argument is not None:
                found.append(argument)
        return tuple(found)

    def _argument(
        self,
        asset: Asset,
        parameter: Parameter,
        context: str | None,
        partitions: PartitionsDefinition | None,
        upstream: Mapping[str, Upstream],
    ) -> Argument | None:
        name = parameter.name
        if name == context:
            return ContextArgument(name)
        if _is_self(parameter):
            return self._self_argument(asset, parameter)
        if name in upstream:
            if name in self._shared.resources:
                self._fault(asset, f"takes {name!r}, which is both an asset and a resource; rename one of them")
            return self._upstream_argument(asset, parameter, upstream[name], partitions)
        if name in self._shared.resources:
            return ResourceArgument(name)
        if not parameter.has_default and name not in self._named_in_deps(asset):
            self._fault(asset, f"takes {name!r}, but {self._unknown_parameter(name)}")
        return None

    @staticmethod
    def _named_in_deps(asset: Asset) -> set[str]:
        """Upstream names whose fault was told where they were declared."""
        declared = [*asset.deps, *(one for output in asset.outputs for one in output.deps)]
        return {one.name for one in declared} | {output.name for output in asset.outputs} | {asset.name}

    def _unknown_parameter(self, name: str) -> str:
        if name == "context":
            return "the context comes first; move it there, or annotate it as AssetExecutionContext"
        return "no asset or resource is named so" + close_to(name, [*self._known, *self._shared.resources])

    def _self_argument(self, asset: Asset, parameter: Parameter) -> Argument | None:
        if asset.kind != "asset":
            self._fault(asset, f"takes its own last value as {parameter.name!r}, which only a single asset can")
            return None
        return SelfArgument(parameter.name, None if isinstance(parameter.hint, str) else type_argument(parameter.hint))

    def _upstream_argument(
        self, asset: Asset, parameter: Parameter, upstream: Upstream, partitions: PartitionsDefinition | None
    ) -> UpstreamArgument:
        known = self._known[upstream.asset]
        declared = next((one for one in asset.deps if one.name == upstream.asset), None)
        own_handler = self._handler(asset, declared.io_handler) if declared is not None else None
        if not known.stores and own_handler is None:
            self._fault(
                asset,
                f"asks for the value of {upstream.asset!r}, which is annotated `-> None` and stores none; "
                f"use deps=[AssetDef.dep({upstream.asset!r})] for the order only, or return a value there",
            )
        return UpstreamArgument(
            parameter.name,
            upstream,
            own_handler if own_handler is not None else known.io_handler,
            None if parameter.hint is EMPTY else parameter.hint,
            known.type_hint,
            upstream.mapping is not None and gives_many(upstream.mapping, partitions, known.partitions),
            known.partitions is not None,
            {**known.declared.metadata, **((declared.metadata or {}) if declared is not None else {})},
        )

    # Graph assets.

    def _tasks(self, asset: GraphAsset) -> tuple[PlannedTask, ...]:
        return tuple(
            PlannedTask(
                f"{asset.name}/{one.name}",
                one.task.function if one.task.function is not None else _never_called,
                one.arguments,
                None if one.task.context_parameter in one.arguments else one.task.context_parameter,
                self._task_resources(asset, one.name, one.task.parameters, one.arguments, one.task.context_parameter),
                self._retry(asset, one.task.retry, f"the task {one.name!r}"),
                one.task.source,
            )
            for one in asset.plan.calls
        )

    def _task_resources(
        self,
        asset: Asset,
        task: str,
        parameters: Sequence[Parameter],
        given: Mapping[str, Any],
        context: str | None,
    ) -> tuple[str, ...]:
        found: list[str] = []
        for parameter in parameters:
            if parameter.name in given or parameter.name == context:
                continue
            if parameter.name in self._shared.resources:
                found.append(parameter.name)
            elif not parameter.has_default:
                self._fault(
                    asset,
                    f"calls the task {task!r} without a value for {parameter.name!r}, which no resource is named"
                    + close_to(parameter.name, self._shared.resources),
                )
        return tuple(found)

    def _fault(self, asset: Asset, what: str) -> None:
        sentence = f"The asset {asset.name!r} ({asset.source}) {what}."
        if sentence not in self.problems:
            self.problems.append(sentence)


_HANDLER_METHODS = ("handle_output", "load_input")


def _is_self(parameter: Parameter) -> bool:
    return parameter.name == "self" or is_hint_of(parameter.hint, SelfDependency)


def _never_called(**_: Any) -> Any:
    raise AssetDefinitionError("An external asset is only read; it has no function to call.")
