"""Plans what an asset hangs on: its upstream assets, and which of their partitions each of its own needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rivers_core.assets.asset import Asset
from rivers_core.assets.asset_def import Dependency
from rivers_core.assets.computation import Upstream
from rivers_core.assets.known_assets import KnownAssets
from rivers_core.assets.problems import Problems
from rivers_core.assets.signature import Parameter, is_self
from rivers_core.assets.suggestions import close_to
from rivers_core.assets.task import context_parameter
from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping, default_mapping


class DependencyPlanner:
    """Turns `deps` and parameters into upstream assets; faults go to `problems`."""

    def __init__(self, known: KnownAssets, problems: Problems) -> None:
        self._known = known
        self._problems = problems

    def upstream(self, asset: Asset, partitions: PartitionsDefinition | None) -> dict[str, Upstream]:
        """What the function as a whole hangs on, by name: what `deps` say and what parameters are named like."""
        inputs = [one for output in asset.outputs for one in output.deps if one.is_input]
        declared = {one.name: one for one in (*inputs, *asset.deps)}
        for parameter in value_parameters(asset):
            if parameter.name in self._known and parameter.name not in declared:
                declared[parameter.name] = Dependency(parameter.name, is_input=True)
        self._check_inputs(asset, declared)
        return self.resolved(asset, declared.values(), partitions)

    def _check_inputs(self, asset: Asset, declared: Mapping[str, Dependency]) -> None:
        names = asset.signature.parameter_names if asset.function is not None else ()
        for one in declared.values():
            if one.is_input and one.name not in names and one.name in self._known:
                taken = f"it takes {', '.join(names)}" if names else "it takes none"
                self._problems.fault(
                    asset,
                    f"declares the input {one.name!r}, but its function has no parameter of that name ({taken}); add "
                    "it, or use AssetDef.dep for the order only",
                )

    def resolved(
        self, asset: Asset, dependencies: Iterable[Dependency], partitions: PartitionsDefinition | None
    ) -> dict[str, Upstream]:
        """Those of some dependencies that can be, by name."""
        found: dict[str, Upstream] = {}
        own = {output.name for output in asset.outputs} or {asset.name}
        for one in dependencies:
            if one.name in own:
                self._problems.fault(
                    asset,
                    f"depends on itself by {one.name!r}; take its own last value as a parameter `self: "
                    "SelfDependency[...]`",
                )
            elif one.name not in self._known:
                hint = close_to(one.name, self._known)
                self._problems.fault(asset, f"depends on {one.name!r}, which no asset is named{hint}")
            else:
                mapping = self._mapping(asset, one, partitions)
                found[one.name] = Upstream(one.name, mapping, one.partition_mapping is not None, one.allow_missing)
        return found

    def _mapping(
        self, asset: Asset, dependency: Dependency, partitions: PartitionsDefinition | None
    ) -> PartitionMapping | None:
        """The mapping to an upstream, once it is known to fit; None where neither side has partitions."""
        theirs = self._known[dependency.name].partitions
        given: object = dependency.partition_mapping
        if given is None and partitions is None and theirs is None:
            return None
        if given is not None and not isinstance(given, PartitionMapping):
            self._problems.fault(asset, f"has a partition_mapping to {dependency.name!r} that is none: {given!r}")
            return None
        try:
            mapping = given if given is not None else default_mapping(partitions, theirs)
            mapping.validate(partitions, theirs)
        except PartitionDefinitionError as error:
            reason = str(error).rstrip(".")
            self._problems.fault(asset, f"cannot be mapped to its upstream {dependency.name!r}: {reason}")
            return None
        return mapping


def value_parameters(asset: Asset) -> list[Parameter]:
    """The parameters that receive values: neither the context nor the asset's own last value."""
    if asset.function is None or asset.kind == "external":
        return []
    context = context_parameter(asset.signature.parameters)
    return [one for one in asset.signature.parameters if one.name != context and not is_self(one)]
