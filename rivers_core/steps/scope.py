"""What the runs of one backfill share in a process: pinned definitions, resources, and steps made ready once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rivers_core.assets.computation import Computation, ComputedAsset, SelfArgument, Upstream, UpstreamArgument
from rivers_core.assets.definitions import Definitions
from rivers_core.assets.resource import OpenResources
from rivers_core.exceptions import ExecutionError
from rivers_core.partitions.bound_mapping import BoundMapping
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.steps.secrets import secrets_in
from rivers_core.steps.task import Grids, RunTask


@dataclass(frozen=True)
class UpstreamLink:
    """A direct upstream asset and how its partitions hang together with the step's; both definitions pinned."""

    upstream: Upstream
    definition: PartitionsDefinition | None
    bound: BoundMapping | None


@dataclass(frozen=True)
class PreparedInput:
    """One upstream value of a step: who loads it, and for which keys."""

    argument: UpstreamArgument
    handler: Any  # an IO handler of the user's or ours
    link: UpstreamLink
    reader: str

    @property
    def name(self) -> str:
        return self.argument.upstream.asset

    @property
    def allow_missing(self) -> bool:
        return self.argument.upstream.allow_missing


@dataclass(frozen=True)
class PreparedStep:
    """A computation with those of its outputs that are wanted, and everything about it that no partition changes."""

    computation: Computation
    selection: tuple[str, ...]
    definition: PartitionsDefinition | None
    links: tuple[UpstreamLink, ...]
    inputs: tuple[PreparedInput, ...]
    own_value: SelfArgument | None
    handlers: Mapping[str, Any]  # IO handlers by output

    @property
    def name(self) -> str:
        return self.computation.name

    @cached_property
    def first(self) -> ComputedAsset:
        """The output whose description the context shows."""
        return self.computation.output_by_name[self.selection[0]]

    @cached_property
    def upstream_names(self) -> frozenset[str]:
        return frozenset(link.upstream.asset for link in self.links)


@dataclass
class RunScope:
    """Made once for the tasks of one executor; used by any number of threads."""

    definitions: Definitions
    grids: Grids
    default_handler: Any  # the IO handler of assets that name none
    resources: OpenResources
    _pinned: dict[str, PartitionsDefinition] = field(default_factory=dict)
    _prepared: dict[tuple[tuple[str, ...], str | None], tuple[PreparedStep, ...]] = field(default_factory=dict)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Secrets in the settings of resources and IO handlers."""
        handlers = [output.io_handler for output in self.definitions.assets.values()]
        return secrets_in([*self.definitions.resources.values(), *handlers, self.default_handler])

    def steps_of(self, task: RunTask) -> tuple[PreparedStep, ...]:
        """The steps of a run, upstream first."""
        key = (task.assets, task.grid)
        steps = self._prepared.get(key)
        if steps is None:
            steps = tuple(
                self._prepare(computation, selection, task.grid)
                for computation, selection in self.definitions.steps(task.assets)
            )
            self._prepared[key] = steps
        return steps

    def pinned(self, fingerprint: str) -> PartitionsDefinition:
        """The definition that ordinals of this fingerprint refer to."""
        if fingerprint not in self._pinned:
            if fingerprint not in self.grids.specs:
                raise ExecutionError(f"There is no partitions definition with the fingerprint {fingerprint}.")
            self._pinned[fingerprint] = PartitionsDefinition.from_spec(self.grids.specs[fingerprint])
        return self._pinned[fingerprint]

    def definition_of(self, asset: str) -> PartitionsDefinition | None:
        """The pinned definition of any asset; None without partitions."""
        declared = self.definitions.partitions(asset)
        fingerprint = self.grids.of_asset.get(asset)
        if declared is None or fingerprint is None:
            return None if declared is None else declared.pinned()
        # Grids of one fingerprint may end differently, and only the longest is sent: what was declared is exact.
        if declared.is_pinned and declared.fingerprint == fingerprint:
            return declared
        return self.pinned(fingerprint)

    def handler(self, declared: Any) -> Any:
        """The IO handler an asset names, or the default one."""
        return self.default_handler if declared is None else declared

    def _prepare(self, computation: Computation, selection: tuple[str, ...], grid: str | None) -> PreparedStep:
        definition = None if grid is None else self.pinned(grid)
        links = {upstream.asset: self._link(upstream, definition) for upstream in computation.upstream}
        return PreparedStep(
            computation=computation,
            selection=selection,
            definition=definition,
            links=tuple(links.values()),
            inputs=tuple(
                PreparedInput(
                    argument,
                    self.handler(argument.io_handler),
                    links[argument.upstream.asset],
                    ", ".join(selection),
                )
                for argument in computation.arguments
                if isinstance(argument, UpstreamArgument)
            ),
            own_value=next((one for one in computation.arguments if isinstance(one, SelfArgument)), None),
            handlers={name: self.handler(computation.output_by_name[name].io_handler) for name in selection},
        )

    def _link(self, upstream: Upstream, definition: PartitionsDefinition | None) -> UpstreamLink:
        theirs = self.definition_of(upstream.asset)
        bound = None if upstream.mapping is None else upstream.mapping.bound(definition, theirs)
        return UpstreamLink(upstream, theirs, bound)
