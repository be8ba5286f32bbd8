"""Assets as a user declares them: the decorator, and its forms with several outputs, of tasks, and from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rivers_core.assets.asset_def import AssetDef, Dependencies, checked_dependencies
from rivers_core.assets.composition import GraphPlan, compose, is_composing
from rivers_core.assets.declared import (
    Tags,
    checked_name,
    checked_names,
    checked_pool,
    checked_seconds,
    checked_tags,
    refuse_unavailable,
)
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.signature import Signature
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.assets.task import context_parameter
from rivers_core.exceptions import AssetDefinitionError

if TYPE_CHECKING:
    from rivers_core.partitions.definitions import PartitionsDefinition
    from rivers_core.partitions.strategy import BackfillStrategy

AssetKind = Literal["asset", "multi_asset", "graph", "external"]
_ARGUMENTS = (
    "name", "partitions_def", "deps", "io_handler", "backfill_strategy", "config", "metadata", "tags", "kinds",
    "group", "code_version", "retry", "pool", "timeout_seconds",
)  # fmt: skip


class Asset:
    """Declares what a function computes: `@Asset` alone, or `@Asset(...)` with arguments.

    The function's parameters name what it needs: upstream assets, resources, `context`, its own last value.
    The decorated asset can still be called like the plain function, as unit tests do. Without a function it is a
    decorator. Raises AssetDefinitionError, naming the line, for what cannot be accepted.
    """

    kind: ClassVar[AssetKind] = "asset"

    def __init__(
        self,
        function: Callable[..., Any] | None = None,
        /,
        *,
        name: str | None = None,
        partitions_def: PartitionsDefinition | str | None = None,
        deps: Dependencies = None,
        io_handler: Any = None,
        backfill_strategy: BackfillStrategy | None = None,
        config: Any = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Tags = None,
        kinds: str | Sequence[str] | None = None,
        group: str | None = None,
        code_version: str | None = None,
        retry: RetryPolicy | str | None = None,
        pool: str | Sequence[str] | None = None,
        timeout_seconds: float | None = None,
        **unavailable: Any,
    ) -> None:
        self.source: SourceLine = calling_line()
        self._given_name = name
        known_name = name or getattr(function, "__name__", None)
        owner = f"the asset {known_name!r}" if known_name else "an asset"
        self.not_run_here = refuse_unavailable(unavailable, owner, self.source, _ARGUMENTS)
        self.partitions_def = partitions_def
        self.deps = checked_dependencies(deps, owner, self.source)
        self.io_handler = io_handler
        self.backfill_strategy = backfill_strategy
        self.config = config
        self.metadata = dict(metadata or {})
        self.tags = checked_tags(tags, owner, self.source)
        self.kinds = checked_names(kinds, "kinds", owner, self.source)
        self.group = group
        self.code_version = code_version
        self.retry = retry
        self.pool = checked_pool(pool, owner, self.source)
        self.timeout_seconds = checked_seconds(timeout_seconds, owner, self.source)
        self.function: Callable[..., Any] | None = None
        self.name = checked_name(name, "an asset", self.source) if name is not None else ""
        if function is not None:
            self._wrap(function)

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if cls.__module__ != __name__:
            raise AssetDefinitionError(
                f"{calling_line()}: assets written as classes ({cls.__name__}) are not part of Rivers Desktop; "
                "decorate a function with @Asset."
            )

    @classmethod
    def from_multi(
        cls,
        wraps: Callable[..., Any] | None = None,
        output_defs: Sequence[AssetDef] = (),
        **settings: Any,
    ) -> MultiAsset:
        """Declare a function that computes several assets at once, named by `output_defs`.

        It returns a dict of values by output, or yields `Output(value, output_name=...)`. `context.output_selection`
        names the outputs that are wanted. Takes the arguments of `Asset`; they hold for every output that does not
        say otherwise.
        """
        return MultiAsset(output_defs, wraps, **settings)

    @classmethod
    def from_graph(cls, wraps: Callable[..., Any] | None = None, **settings: Any) -> GraphAsset:
        """Declare an asset whose function connects tasks by calling them and returns the result of one.

        Takes the arguments of `Asset`. The function runs once, when it is declared.
        """
        return GraphAsset(wraps, **settings)

    @classmethod
    def external(
        cls, wraps: Callable[..., Any] | str | None = None, io_handler: Any = None, **settings: Any
    ) -> ExternalAsset:
        """Declare an asset that others make: its values are only read, by `io_handler`.

        Takes a name, or decorates a function that is never run here, and the arguments of `Asset`.
        """
        if isinstance(wraps, str):
            return ExternalAsset(None, name=wraps, io_handler=io_handler, **settings)
        return ExternalAsset(wraps, io_handler=io_handler, **settings)

    def _wrap(self, function: Callable[..., Any]) -> None:
        if isinstance(function, Asset):
            raise AssetDefinitionError(f"{self.source}: {function.name!r} is an asset already; decorate a function.")
        if not callable(function) or isinstance(function, type):
            raise AssetDefinitionError(f"{self.source}: an asset is made of a function, not of {function!r}.")
        self.function = function
        self.name = self.name or checked_name(getattr(function, "__name__", ""), "an asset", self.source)
        self.signature = Signature.of(function, f"the asset {self.name!r}")
        self.source = self.signature.source if self.signature.source.file else self.source
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def _decorating(self, function: Callable[..., Any]) -> Asset:
        """This asset's declaration with a function to it."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._wrap(function)
        return made

    def __call__(self, *positional: Any, **named: Any) -> Any:
        if self.function is not None:
            if is_composing():
                raise AssetDefinitionError(
                    f"{calling_line()}: a graph asset connects tasks, and {self.name!r} is an asset; take its value "
                    f"as a parameter named {self.name!r} of the graph's function."
                )
            return self.function(*positional, **named)
        if len(positional) != 1 or named:
            raise AssetDefinitionError(f"{calling_line()}: an asset that has no function yet decorates one function.")
        return self._decorating(positional[0])

    @property
    def outputs(self) -> tuple[AssetDef, ...]:
        """The outputs of a multi-asset; of all others none, as they are their own."""
        return ()

    @property
    def is_async(self) -> bool:
        return iscoroutinefunction(self.function) or isasyncgenfunction(self.function)

    @property
    def is_generator(self) -> bool:
        return isgeneratorfunction(self.function) or isasyncgenfunction(self.function)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class MultiAsset(Asset):
    """A function with several outputs; see `Asset.from_multi`."""

    kind = "multi_asset"

    def __init__(
        self, output_defs: Sequence[AssetDef], function: Callable[..., Any] | None = None, /, **settings: Any
    ) -> None:
        self._outputs = tuple(output_defs)
        super().__init__(function, **settings)
        if not self._outputs or not all(isinstance(output, AssetDef) for output in self._outputs):
            raise AssetDefinitionError(
                f"{self.source}: Asset.from_multi needs output_defs, a list of AssetDef, not {output_defs!r}."
            )

    @property
    def outputs(self) -> tuple[AssetDef, ...]:
        return self._outputs

    @property
    def output_defs(self) -> tuple[AssetDef, ...]:
        """The outputs as they were declared."""
        return self._outputs


class GraphAsset(Asset):
    """An asset made of tasks; see `Asset.from_graph`."""

    kind = "graph"
    plan: GraphPlan

    def __init__(self, function: Callable[..., Any] | None = None, /, **settings: Any) -> None:
        # Values between tasks stay in the worker, so there is nothing for a handler of theirs to do.
        settings.pop("node_io_handler", None)
        super().__init__(function, **settings)

    def _wrap(self, function: Callable[..., Any]) -> None:
        super()._wrap(function)
        if self.is_async or self.is_generator:
            raise AssetDefinitionError(
                f"{self.source}: the function of the graph asset {self.name!r} connects tasks and must be a plain one."
            )
        self.plan = compose(self.name, function, self.signature.parameter_names)
        if not self.plan.calls:
            raise AssetDefinitionError(f"{self.source}: the graph asset {self.name!r} calls no task.")

    @property
    def context_parameter(self) -> str | None:
        """The parameter of the graph's function that stands for the context."""
        return context_parameter(self.signature.parameters)


class ExternalAsset(Asset):
    """An asset that is made elsewhere; see `Asset.external`."""

    kind = "external"

    def __init__(self, function: Callable[..., Any] | None = None, /, **settings: Any) -> None:
        super().__init__(function, **settings)
        if function is None and not self.name:
            return
        self._check_handler()

    def _wrap(self, function: Callable[..., Any]) -> None:
        super()._wrap(function)
        self._check_handler()

    def _check_handler(self) -> None:
        if self.io_handler is None:
            raise AssetDefinitionError(
                f"{self.source}: the external asset {self.name!r} needs an io_handler that reads its values."
            )
