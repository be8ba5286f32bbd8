"""Plans where each parameter of a function, and of the tasks of a graph, gets its value from."""

from __future__ import annotations

from collections.abc import Mapping

from rivers_core.assets.asset import Asset, GraphAsset
from rivers_core.assets.composition import TaskCall
from rivers_core.assets.computation import (
    Argument,
    ContextArgument,
    PlannedTask,
    ResourceArgument,
    SelfArgument,
    Upstream,
    UpstreamArgument,
)
from rivers_core.assets.key_counts import gives_many
from rivers_core.assets.known_assets import KnownAssets, Shared
from rivers_core.assets.problems import Problems
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.signature import EMPTY, Parameter, is_self, type_argument
from rivers_core.assets.suggestions import close_to
from rivers_core.assets.task import context_parameter
from rivers_core.partitions.definitions import PartitionsDefinition


class ArgumentPlanner:
    """Finds for every parameter the context, an upstream value, a resource or its default; else it is a fault."""

    def __init__(self, known: KnownAssets, shared: Shared, problems: Problems) -> None:
        self._known = known
        self._shared = shared
        self._problems = problems

    def arguments(
        self, asset: Asset, partitions: PartitionsDefinition | None, upstream: Mapping[str, Upstream]
    ) -> tuple[Argument, ...]:
        """The arguments of an asset's function, in the order of its parameters."""
        if asset.function is None or asset.kind == "external":
            return ()
        context = context_parameter(asset.signature.parameters)
        found: list[Argument] = []
        for parameter in asset.signature.parameters:
            if parameter.name == context:
                found.append(ContextArgument(parameter.name))
            elif (argument := self._argument(asset, parameter, partitions, upstream)) is not None:
                found.append(argument)
        return tuple(found)

    def _argument(
        self,
        asset: Asset,
        parameter: Parameter,
        partitions: PartitionsDefinition | None,
        upstream: Mapping[str, Upstream],
    ) -> Argument | None:
        name = parameter.name
        if is_self(parameter):
            return self._own_value(asset, parameter)
        if name in upstream:
            if name in self._shared.resources:
                self._problems.fault(
                    asset, f"takes {name!r}, which is both an asset and a resource; rename one of them"
                )
            return self._value(asset, parameter, upstream[name], partitions)
        if name in self._shared.resources:
            return ResourceArgument(name)
        if not parameter.has_default and name not in _names_of_deps(asset):
            self._problems.fault(asset, f"takes {name!r}, but {self._unknown(name)}")
        return None

    def _unknown(self, name: str) -> str:
        if name == "context":
            return "the context comes first; move it there, or annotate it as AssetExecutionContext"
        return "no asset or resource is named so" + close_to(name, [*self._known, *self._shared.resources])

    def _own_value(self, asset: Asset, parameter: Parameter) -> Argument | None:
        if asset.kind != "asset":
            self._problems.fault(
                asset, f"takes its own last value as {parameter.name!r}, which only a single asset can"
            )
            return None
        return SelfArgument(parameter.name, type_argument(parameter.hint))

    def _value(
        self, asset: Asset, parameter: Parameter, upstream: Upstream, partitions: PartitionsDefinition | None
    ) -> UpstreamArgument:
        known = self._known[upstream.asset]
        dependencies = (*asset.deps, *(one for output in asset.outputs for one in output.deps))
        declared = next((one for one in dependencies if one.name == upstream.asset), None)
        handler = self._known.io_handler(asset, declared.io_handler) if declared is not None else None
        if not known.stores and handler is None:
            self._problems.fault(
                asset,
                f"asks for the value of {upstream.asset!r}, which is annotated `-> None` and stores none; "
                f"use deps=[AssetDef.dep({upstream.asset!r})] for the order only, or return a value there",
            )
        metadata = declared.metadata if declared is not None and declared.metadata else {}
        return UpstreamArgument(
            parameter=parameter.name,
            upstream=upstream,
            io_handler=handler if handler is not None else known.io_handler,
            hint=None if parameter.hint is EMPTY else parameter.hint,
            stored_hint=known.type_hint,
            many=upstream.mapping is not None and gives_many(upstream.mapping, partitions, known.partitions),
            partitioned=known.partitions is not None,
            metadata={**known.declared.metadata, **metadata},
        )

    def tasks(self, asset: GraphAsset, retries: Mapping[str, RetryPolicy | None]) -> tuple[PlannedTask, ...]:
        """The tasks of a graph asset in the order they run; `retries` are theirs by the name of the call."""
        return tuple(self._task(asset, call, retries[call.name]) for call in asset.plan.calls)

    def _task(self, asset: GraphAsset, call: TaskCall, retry: RetryPolicy | None) -> PlannedTask:
        context = call.task.context_parameter
        resources: list[str] = []
        for parameter in call.task.parameters:
            if parameter.name in call.arguments or parameter.name == context:
                continue
            if parameter.name in self._shared.resources:
                resources.append(parameter.name)
            elif not parameter.has_default:
                self._problems.fault(
                    asset,
                    f"calls the task {call.name!r} without a value for {parameter.name!r}, which no resource is named"
                    + close_to(parameter.name, self._shared.resources),
                )
        return PlannedTask(
            f"{asset.name}/{call.name}",
            call.task.plain_function,
            call.arguments,
            None if context in call.arguments else context,
            tuple(resources),
            retry,
            call.task.source,
        )


def _names_of_deps(asset: Asset) -> set[str]:
    """Names whose fault was told where they were declared, and the asset's own."""
    declared = (*asset.deps, *(one for output in asset.outputs for one in output.deps))
    return {one.name for one in declared} | {output.name for output in asset.outputs} | {asset.name}
