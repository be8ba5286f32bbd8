"""Turns declared assets into planned computations, and collects a sentence for everything that does not fit."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from rivers_core.assets.argument_planning import ArgumentPlanner
from rivers_core.assets.asset import Asset, GraphAsset
from rivers_core.assets.computation import Computation, ComputedAsset, Upstream
from rivers_core.assets.config import AssetConfig, read_config
from rivers_core.assets.dependency_planning import DependencyPlanner
from rivers_core.assets.known_assets import KnownAsset, KnownAssets, Shared
from rivers_core.assets.problems import Problems
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.signature import type_argument
from rivers_core.assets.suggestions import close_to
from rivers_core.assets.task import context_parameter
from rivers_core.exceptions import AssetDefinitionError, ConfigurationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy


class Resolver:
    """Plans every declared asset; `problems` grows by a sentence for each fault."""

    def __init__(self, assets: Sequence[Asset], shared: Shared) -> None:
        self._assets = assets
        self._shared = shared
        self.problems = Problems()
        self._known = KnownAssets(assets, shared, self.problems)
        self._dependencies = DependencyPlanner(self._known, self.problems)
        self._arguments = ArgumentPlanner(self._known, shared, self.problems)

    def computations(self) -> list[Computation]:
        """A computation for each asset that could be planned, in the order they were declared."""
        return [self._planned(asset, known) for asset in self._assets if (known := self._known.of(asset))]

    def _planned(self, asset: Asset, known: Sequence[KnownAsset]) -> Computation:
        partitions = self._shared_partitions(asset, known)
        upstream = self._dependencies.upstream(asset, partitions)
        self._check_strategy(asset, partitions)
        graph = asset if isinstance(asset, GraphAsset) else None
        return Computation(
            name=asset.name or known[0].name,
            kind=asset.kind,
            function=asset.function if asset.function is not None else _never_called,
            outputs=tuple(self._output(asset, one, upstream, partitions) for one in known),
            arguments=self._arguments.arguments(asset, partitions, upstream),
            partitions=partitions,
            config=self._config(asset),
            retry=self._retry(asset, asset.retry, "itself"),
            pool=asset.pool or next((one.output.pool for one in known if one.output and one.output.pool), None),
            timeout_seconds=asset.timeout_seconds,
            source=asset.source,
            graph=graph.plan if graph is not None else None,
            tasks=self._arguments.tasks(graph, self._task_retries(graph)) if graph is not None else (),
        )

    def _output(
        self,
        asset: Asset,
        known: KnownAsset,
        upstream: Mapping[str, Upstream],
        partitions: PartitionsDefinition | None,
    ) -> ComputedAsset:
        output = known.output if known.output is not None else asset
        own = {} if known.output is None else self._dependencies.resolved(asset, known.output.deps, partitions)
        strategy: object = asset.backfill_strategy
        return ComputedAsset(
            name=known.name,
            description=inspect.getdoc(asset.function) or "" if asset.function is not None else "",
            upstream=tuple({**upstream, **own}.values()),
            io_handler=known.io_handler,
            type_hint=known.type_hint,
            stores=known.stores,
            metadata={**asset.metadata, **output.metadata},
            tags={**asset.tags, **output.tags},
            kinds=output.kinds or asset.kinds,
            group=output.group or asset.group,
            code_version=output.code_version or asset.code_version,
            backfill_strategy=strategy if isinstance(strategy, BackfillStrategy) else None,
            source=output.source,
        )

    def _shared_partitions(self, asset: Asset, known: Sequence[KnownAsset]) -> PartitionsDefinition | None:
        specs = [None if one.partitions is None else one.partitions.to_spec() for one in known]
        if any(spec != specs[0] for spec in specs):
            self.problems.fault(
                asset, "computes outputs with different partitions in one call; give them one partitions_def"
            )
        return known[0].partitions

    def _check_strategy(self, asset: Asset, partitions: PartitionsDefinition | None) -> None:
        strategy: object = asset.backfill_strategy
        if strategy is None:
            return
        if not isinstance(strategy, BackfillStrategy):
            self.problems.fault(asset, f"has a backfill_strategy that is none: {strategy!r}")
        elif partitions is None:
            self.problems.fault(asset, "has a backfill_strategy but no partitions")
        else:
            try:
                strategy.validate_for(partitions)
            except ConfigurationError as error:
                self.problems.fault(asset, f"has a backfill_strategy that it cannot use: {str(error).rstrip('.')}")

    def _config(self, asset: Asset) -> AssetConfig:
        try:
            return read_config(asset.config, _config_hint(asset))
        except ConfigurationError as error:
            self.problems.fault(asset, f"has a config that cannot be used: {error}")
            return AssetConfig()

    def _task_retries(self, asset: GraphAsset) -> dict[str, RetryPolicy | None]:
        # A task without a policy of its own is tried again with its whole graph.
        return {
            call.name: None
            if call.task.retry is None
            else self._retry(asset, call.task.retry, f"the task {call.name!r}")
            for call in asset.plan.calls
        }

    def _retry(self, asset: Asset, given: RetryPolicy | str | None, owner: str) -> RetryPolicy | None:
        named: object = given if given is not None else self._shared.default_retry
        if isinstance(named, RetryPolicy):
            return named
        if isinstance(named, str) and named in self._shared.retries:
            return self._shared.retries[named]
        if given is not None:  # an unknown default is one fault of the repository, not one of every asset
            hint = close_to(given, self._shared.retries) if isinstance(given, str) else ""
            self.problems.fault(
                asset, f"names the retry policy {given!r} for {owner}, which retries does not hold{hint}"
            )
        return None


def _config_hint(asset: Asset) -> Any:
    """The type parameter of the context's annotation; of a graph asset, that of the first task which has one."""
    signatures = [asset.signature] if asset.function is not None else []
    if isinstance(asset, GraphAsset):
        signatures += [call.task.signature for call in asset.plan.calls]
    for signature in signatures:
        name = context_parameter(signature.parameters)
        hint = next((one.hint for one in signature.parameters if one.name == name), None)
        if isinstance(hint, str) and "[" in hint:
            raise ConfigurationError(
                f"its context is annotated {hint!r}, whose names do not exist when the file runs; import them for real"
            )
        if (model := type_argument(hint)) is not None:
            return model
    return None


def _never_called(**_: Any) -> Any:
    raise AssetDefinitionError("An external asset is only read; it has no function to call.")
