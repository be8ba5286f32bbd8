"""Says of a code location's definitions, as plain values, what the engine and the app need to know."""

from __future__ import annotations

import platform
from typing import Any

from rivers_core.assets.computation import Computation, ComputedAsset, SelfArgument, UpstreamArgument
from rivers_core.assets.definitions import Definitions
from rivers_core.assets.metadata import plain_metadata
from rivers_core.location.spec import AssetSpec, DependencySpec, RepositorySpec


def describe(definitions: Definitions, code_fingerprint: str = "") -> RepositorySpec:
    """The spec of everything in a repository, assets in dependency order."""
    return RepositorySpec(
        assets=tuple(_asset(definitions.computation_of[name], asset) for name, asset in definitions.assets.items()),
        pool_limits=dict(definitions.pool_limits),
        not_run_here=definitions.not_run_here,
        code_fingerprint=code_fingerprint,
        python_version=platform.python_version(),
    )


def _asset(computation: Computation, asset: ComputedAsset) -> AssetSpec:
    return AssetSpec(
        name=asset.name,
        computation=computation.name,
        kind=computation.kind,
        group=asset.group,
        kinds=asset.kinds,
        tags=dict(asset.tags),
        metadata=plain_metadata(asset.metadata),
        description=asset.description,
        partitions=None if computation.partitions is None else computation.partitions.to_spec(),
        dependencies=_dependencies(computation, asset),
        self_dependency=any(isinstance(argument, SelfArgument) for argument in computation.arguments),
        tasks=tuple(task.name for task in computation.tasks),
        backfill_strategy=None if asset.backfill_strategy is None else asset.backfill_strategy.to_spec(),
        config_schema=computation.config.schema,
        secret_fields=computation.config.secret_fields,
        code_version=asset.code_version,
        pool=computation.pool,
        timeout_seconds=computation.timeout_seconds,
        retry=None if computation.retry is None else computation.retry.to_spec(),
        io_handler=_name_of_handler(asset.io_handler),
        file=asset.source.file,
        line=asset.source.line,
    )


def _dependencies(computation: Computation, asset: ComputedAsset) -> tuple[DependencySpec, ...]:
    parameters = {
        argument.upstream.asset: argument.parameter
        for argument in computation.arguments
        if isinstance(argument, UpstreamArgument)
    }
    return tuple(
        DependencySpec(
            upstream=one.asset,
            parameter=parameters.get(one.asset),
            mapping=None if one.mapping is None else one.mapping.to_spec(),
            allow_missing=one.allow_missing,
        )
        for one in asset.upstream
    )


def _name_of_handler(handler: Any) -> str:
    """What an asset's IO handler is called; empty for the default one."""
    return "" if handler is None else type(handler).__name__
