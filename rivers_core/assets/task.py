"""Tasks: the functions that graph assets are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any

from rivers_core.assets.composition import record_call
from rivers_core.assets.context import AssetExecutionContext
from rivers_core.assets.declared import Tags, checked_name, checked_tags, refuse_unavailable
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.signature import Parameter, Signature, is_hint_of
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.exceptions import AssetDefinitionError


class Task:
    """A function that a graph asset calls, bare as `@Task` or with arguments as `@Task(name=...)`.

    Inside a graph's function a call only connects; elsewhere, as in unit tests, it calls the plain function.
    """

    def __init__(
        self,
        wraps: Callable[..., Any] | None = None,
        name: str | None = None,
        tags: Tags = None,
        retry: RetryPolicy | str | None = None,
        **ignored: Any,
    ) -> None:
        self._declared = {"name": name, "tags": tags, "retry": retry}
        self.source: SourceLine = calling_line()
        # A task runs in its graph's run: partitions and IO handlers are the graph's.
        refuse_unavailable(
            {key: value for key, value in ignored.items() if key not in _OF_THE_GRAPH},
            f"the task {name or getattr(wraps, '__name__', '')!r}",
            self.source,
            ("wraps", "name", "tags", "retry"),
        )
        self.retry = retry
        self.function = wraps
        self.name = name or ""
        if wraps is not None:
            self._wrap(wraps)
        self.tags = checked_tags(tags, f"the task {self.name!r}", self.source)

    def _wrap(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise AssetDefinitionError(f"{self.source}: @Task decorates a function, not {function!r}.")
        self.name = checked_name(self.name or getattr(function, "__name__", ""), "a task", self.source)
        self.signature = Signature.of(function, f"the task {self.name!r}")
        self.source = self.signature.source if self.signature.source.file else self.source
        self.is_async = iscoroutinefunction(function)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.signature.parameters

    @property
    def plain_function(self) -> Callable[..., Any]:
        """The function itself; raises AssetDefinitionError where the decorator was put on none."""
        if self.function is None:
            raise AssetDefinitionError(f"{self.source}: the task {self.name!r} has no function; decorate one.")
        return self.function

    @property
    def context_parameter(self) -> str | None:
        """The parameter that receives the context, if there is one."""
        return context_parameter(self.parameters)

    def bound(self, positional: Sequence[Any], named: Mapping[str, Any], graph: str) -> dict[str, Any]:
        """A call's arguments by parameter; raises AssetDefinitionError for those that the task does not take."""
        names = self.signature.parameter_names
        place = f"{calling_line()}: the graph asset {graph!r} calls the task {self.name!r} with"
        taking = [name for name in names if name != self.context_parameter or name in named]
        if len(positional) > len(taking):
            raise AssetDefinitionError(
                f"{place} {len(positional)} values, but it takes {len(taking)}: {', '.join(taking) or 'none'}."
            )
        for name in named:
            if name not in names:
                raise AssetDefinitionError(f"{place} {name}=, but it takes {', '.join(names) or 'nothing'}.")
            if name in taking[: len(positional)]:
                raise AssetDefinitionError(f"{place} two values for {name!r}.")
        return {**dict(zip(taking, positional, strict=False)), **named}

    def __call__(self, *positional: Any, **named: Any) -> Any:
        if self.function is None:
            if len(positional) != 1 or named or not callable(positional[0]):
                raise AssetDefinitionError(f"{calling_line()}: @Task(...) decorates one function.")
            return Task(positional[0], **self._declared)  # type: ignore[arg-type]  # as they were given before
        connected = record_call(self, positional, named)
        return connected if connected is not None else self.function(*positional, **named)

    def __repr__(self) -> str:
        return f"Task({self.name!r})"


_OF_THE_GRAPH = ("partitions_def", "partition_mapping", "io_handler")


def context_parameter(parameters: Sequence[Parameter]) -> str | None:
    """The parameter annotated as a context, or else the first one if it is named `context`."""
    for parameter in parameters:
        if is_hint_of(parameter.hint, AssetExecutionContext):
            return parameter.name
    return parameters[0].name if parameters and parameters[0].name == "context" else None
