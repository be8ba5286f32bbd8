"""What a code repository holds, once everything in it is known to fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.asset_def import AssetDef
from rivers_core.assets.computation import Computation, ComputedAsset, UpstreamArgument
from rivers_core.assets.graph import AssetGraph
from rivers_core.assets.job import Job
from rivers_core.assets.known_assets import Shared
from rivers_core.assets.resolving import Resolver
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.suggestions import close_to
from rivers_core.exceptions import AssetNotFoundError, GraphValidationError
from rivers_core.partitions.definitions import PartitionsDefinition


@dataclass(frozen=True)
class Definitions:
    """Assets and their computations, both upstream first, with what the repository declares beside them.

    `not_run_here` lists what was accepted but has no effect: schedules, sensors, automation.
    """

    computations: Mapping[str, Computation]
    assets: Mapping[str, ComputedAsset]
    computation_of: Mapping[str, Computation]
    resources: Mapping[str, Any] = field(default_factory=dict)
    pool_limits: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    not_run_here: tuple[str, ...] = ()

    @cached_property
    def graph(self) -> AssetGraph:
        """The assets by name; several of one computation are nodes of their own."""
        return AssetGraph(
            {name: [upstream.asset for upstream in asset.upstream] for name, asset in self.assets.items()}
        )

    def asset(self, name: str) -> ComputedAsset:
        """Raises AssetNotFoundError, offering the names that were most likely meant."""
        if name not in self.assets:
            raise AssetNotFoundError(f"There is no asset {name!r}{close_to(name, self.assets)}.")
        return self.assets[name]

    def computation(self, asset: str) -> Computation:
        """The computation of an asset; raises AssetNotFoundError."""
        self.asset(asset)
        return self.computation_of[asset]

    def partitions(self, asset: str) -> PartitionsDefinition | None:
        """The definition of an asset as declared: open grids are not pinned, dynamic ones hold no keys."""
        return self.computation(asset).partitions

    def steps(self, assets: Iterable[str]) -> tuple[tuple[Computation, tuple[str, ...]], ...]:
        """The computations behind some assets, upstream first, each once with those of its outputs that are wanted.

        External assets are left out: they are only read. Raises AssetNotFoundError.
        """
        wanted = {self.asset(name).name for name in assets}
        chosen: list[tuple[Computation, tuple[str, ...]]] = []
        for computation in self.computations.values():
            outputs = tuple(name for name in computation.output_names if name in wanted)
            if outputs and not computation.is_external:
                chosen.append((computation, outputs))
        return tuple(chosen)

    @cached_property
    def problems_across_processes(self) -> tuple[str, ...]:
        """Why runs in worker processes cannot work: values in memory that another process would have to load."""
        problems: dict[str, None] = {}
        for computation in self.computations.values():
            for argument in computation.arguments:
                if isinstance(argument, UpstreamArgument) and getattr(argument.io_handler, "in_process_only", False):
                    problems[_kept_in_memory(argument.upstream.asset, f"{computation.name!r} loads it")] = None
            for output in computation.outputs:
                in_memory = getattr(output.io_handler, "in_process_only", False)
                if in_memory and computation.has_self_dependency:
                    problems[_kept_in_memory(output.name, "its next run loads it")] = None
        return tuple(problems)


def _kept_in_memory(asset: str, reader: str) -> str:
    return (
        f"The asset {asset!r} is kept in memory by its io_handler, and {reader}, which another process cannot; store "
        "it with PickleIOHandler or ParquetIOHandler, or use Executor.threads()."
    )


def define(
    assets: Sequence[Asset],
    *,
    resources: Mapping[str, Any] | None = None,
    partition_defs: Mapping[str, PartitionsDefinition] | None = None,
    pool_limits: Mapping[str, int] | None = None,
    retries: Mapping[str, RetryPolicy] | None = None,
    default_retry_policy: RetryPolicy | str | None = None,
    jobs: Sequence[Job] = (),
    not_run_here: Sequence[str] = (),
) -> Definitions:
    """Bring declared assets together; raises GraphValidationError with every problem of the repository at once."""
    shared = Shared(dict(resources or {}), dict(partition_defs or {}), dict(retries or {}), default_retry_policy)
    resolver = Resolver(assets, shared)
    planned = resolver.computations()
    graph = AssetGraph(_upstream_computations(planned))
    problems = [
        *resolver.problems.sentences,
        *_cycle_problems(graph),
        *_repository_problems(shared, planned, pool_limits or {}, jobs),
    ]
    if problems:
        raise GraphValidationError(problems)
    by_name = {computation.name: computation for computation in planned}
    ordered = [by_name[name] for name in graph.order]
    return Definitions(
        computations={computation.name: computation for computation in ordered},
        assets={output.name: output for computation in ordered for output in computation.outputs},
        computation_of={output.name: computation for computation in ordered for output in computation.outputs},
        resources=shared.resources,
        pool_limits=dict(pool_limits or {}),
        jobs={job.name: job for job in jobs},
        not_run_here=tuple(dict.fromkeys([*not_run_here, *_not_run_here(assets)])),
    )


def _upstream_computations(planned: Sequence[Computation]) -> dict[str, list[str]]:
    owner = {output.name: computation.name for computation in planned for output in computation.outputs}
    return {
        computation.name: [owner[one.asset] for one in computation.upstream if one.asset in owner]
        for computation in planned
    }


def _cycle_problems(graph: AssetGraph) -> list[str]:
    return [
        f"These assets wait for each other in a circle: {' -> '.join([*cycle, cycle[0]])}; remove one dependency."
        for cycle in graph.cycles
    ]


def _repository_problems(
    shared: Shared, planned: Sequence[Computation], pool_limits: Mapping[str, int], jobs: Sequence[Job]
) -> list[str]:
    names = [computation.name for computation in planned]
    problems = [
        f"Two functions with several outputs are named {name!r}; tell them apart with from_multi(name=...)."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    problems += [
        f"The limit of the pool {pool!r} must be a whole number of 1 or more, not {limit!r}."
        for pool, limit in pool_limits.items()
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1
    ]
    problems += [
        f"partition_defs[{name!r}] is no partitions definition: {one!r}."
        for name, one in shared.partition_defs.items()
        if not isinstance(one, PartitionsDefinition)
    ]
    problems += [
        f"retries[{name!r}] is no RetryPolicy: {one!r}."
        for name, one in shared.retries.items()
        if not isinstance(one, RetryPolicy)
    ]
    default = shared.default_retry
    if default is not None and not isinstance(default, RetryPolicy) and default not in shared.retries:
        problems.append(f"default_retry_policy names {default!r}, which retries does not hold.")
    known = {output.name for computation in planned for output in computation.outputs}
    problems += [
        f"The job {job.name!r} holds {asset!r}, which no asset of the repository is named{close_to(asset, known)}."
        for job in jobs
        for asset in job.assets
        if asset not in known
    ]
    return problems


def _not_run_here(assets: Sequence[Asset]) -> list[str]:
    outputs = [output for asset in assets for output in asset.outputs]
    declared: list[Asset | AssetDef] = [*assets, *outputs]
    return [f"the {feature} of the asset {one.name!r}" for one in declared for feature in one.not_run_here]
