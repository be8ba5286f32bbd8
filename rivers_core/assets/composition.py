"""Graph assets: how tasks are connected by calling them inside a graph's function, which runs once, when declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from rivers_core.assets.source import calling_line
from rivers_core.exceptions import AssetDefinitionError

if TYPE_CHECKING:
    from rivers_core.assets.task import Task


class Reference:
    """A value that will exist when the graph runs; until then it can only be handed to tasks."""

    __slots__ = ("described",)

    def __init__(self, described: str) -> None:
        self.described = described

    def _refuse(self, *_: Any) -> NoReturn:
        raise AssetDefinitionError(
            f"{calling_line()}: the function of a graph asset only connects tasks, and {self.described} has no value "
            "yet; move the code that works with values into a task."
        )

    __getitem__ = __iter__ = __bool__ = __len__ = __call__ = __contains__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __or__ = __ror__ = __and__ = __rand__ = __neg__ = __int__ = __float__ = _refuse

    def map(self, *_: Any, **__: Any) -> NoReturn:
        """Fanning a task out over the elements of a value is not part of Rivers Desktop."""
        raise AssetDefinitionError(
            f"{calling_line()}: Rivers Desktop does not map a task over the elements of {self.described}; "
            "loop over them inside one task, or give the asset partitions."
        )

    def __repr__(self) -> str:
        return f"<{self.described}>"


class GraphInput(Reference):
    """The value of a parameter of the graph's function: an upstream asset, a resource or the context."""

    __slots__ = ("parameter",)

    def __init__(self, parameter: str) -> None:
        super().__init__(f"the input {parameter!r}")
        self.parameter = parameter


class TaskResult(Reference):
    """What a task of the graph will return; `index` is its place in the order of the calls."""

    __slots__ = ("index",)

    def __init__(self, index: int, name: str) -> None:
        super().__init__(f"the result of the task {name!r}")
        self.index = index


@dataclass(frozen=True, slots=True)
class TaskCall:
    """One task of a graph; the values of `arguments` may hold references, also inside lists and dicts."""

    name: str
    task: Task
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GraphPlan:
    """A graph asset's tasks in an order in which they can run, and what of them is the asset's value."""

    calls: tuple[TaskCall, ...]
    result: Any

    def value(self, results: Sequence[Any], inputs: Mapping[str, Any]) -> Any:
        """The asset's value once all tasks have run; `results` by their index, `inputs` by parameter."""
        return filled(self.result, results, inputs)


def filled(shape: Any, results: Sequence[Any], inputs: Mapping[str, Any]) -> Any:
    """`shape` with its references replaced by values, also inside lists, tuples and dicts."""
    match shape:
        case TaskResult():
            return results[shape.index]
        case GraphInput():
            return inputs[shape.parameter]
        case list() | tuple() if not hasattr(shape, "_fields"):
            return type(shape)(filled(part, results, inputs) for part in shape)
        case dict():
            return {key: filled(part, results, inputs) for key, part in shape.items()}
        case _:
            return shape


class _Composition:
    """The calls that a graph's function makes, as they come."""

    def __init__(self, graph: str) -> None:
        self.graph = graph
        self.calls: list[TaskCall] = []
        self._used: dict[str, int] = {}

    def record(self, task: Task, positional: tuple[Any, ...], named: Mapping[str, Any]) -> TaskResult:
        if task.function is None:
            raise AssetDefinitionError(f"{calling_line()}: {task!r} decorates a function; it cannot be called yet.")
        arguments = task.bound(positional, named, self.graph)
        self._used[task.name] = self._used.get(task.name, 0) + 1
        name = task.name if self._used[task.name] == 1 else f"{task.name}_{self._used[task.name]}"
        self.calls.append(TaskCall(name, task, arguments))
        return TaskResult(len(self.calls) - 1, name)


_composing: ContextVar[_Composition | None] = ContextVar("composing", default=None)


@contextmanager
def _composing_graph(composition: _Composition) -> Iterator[None]:
    token = _composing.set(composition)
    try:
        yield
    finally:
        _composing.reset(token)


def record_call(task: Task, positional: tuple[Any, ...], named: Mapping[str, Any]) -> TaskResult | None:
    """Take a task's call into the graph that is being composed; None when none is."""
    composition = _composing.get()
    return composition.record(task, positional, named) if composition is not None else None


def is_composing() -> bool:
    """Whether a graph's function is running, where values do not exist yet."""
    return _composing.get() is not None


def compose(name: str, function: Callable[..., Any], parameters: Sequence[str]) -> GraphPlan:
    """Run a graph's function with references and keep what it connected; raises AssetDefinitionError."""
    composition = _Composition(name)
    with _composing_graph(composition):
        result = function(**{parameter: GraphInput(parameter) for parameter in parameters})
    return GraphPlan(tuple(composition.calls), result)
