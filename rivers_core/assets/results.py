"""Calls a user's function, sync or async, and reads what it returned or yielded as outputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from inspect import isasyncgen, iscoroutine, isgenerator
from typing import Any

from rivers_core.assets.computation import Computation
from rivers_core.assets.metadata import plain_metadata
from rivers_core.assets.outputs import Materialization, Output
from rivers_core.exceptions import ExecutionError


@dataclass(frozen=True, slots=True)
class Produced:
    """One output of a call. `stored_itself`: the function stored it, so no IO handler is asked."""

    asset: str
    value: Any
    metadata: Mapping[str, Any] | None = None
    data_version: str | None = None
    stored_itself: bool = False


def call(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """What the function returns; a coroutine is run to its end, an async generator becomes an iterator."""
    returned = function(**values)
    if iscoroutine(returned):
        return _awaited(returned)
    if isasyncgen(returned):
        return _drained(returned)
    return returned


# asyncio is a tenth of what a worker process loads, and most assets are not async: it is imported for those that are.


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    # A notebook's loop is running in this thread, and a second one cannot: it gets a thread of its own.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(copy_context().run, asyncio.run, coroutine).result()


def _drained(items: AsyncIterator[Any]) -> Iterator[Any]:
    """The items of an async generator one by one, each when it is asked for."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    # All steps of a generator belong to one loop, which must not meet the loop of a notebook.
    runner, context = asyncio.Runner(), copy_context()
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            while True:
                yield thread.submit(runner.run, _next(items), context=context).result()
        except StopAsyncIteration:
            return
        finally:
            thread.submit(runner.close).result()


async def _next(items: AsyncIterator[Any]) -> Any:
    return await anext(items)


def produced(computation: Computation, selection: Sequence[str], returned: Any) -> Iterable[Produced]:
    """The outputs in `selection` of what a call returned, for a generator one after the other as it yields.

    Raises ExecutionError for an output that does not exist, comes twice or is missing; those before it were
    produced.
    """
    if computation.kind != "multi_asset":
        return (_only_output(computation, returned),)
    return _outputs(computation, selection, returned)


def _only_output(computation: Computation, returned: Any) -> Produced:
    asset = computation.output_names[0]
    if isgenerator(returned):
        items = list(returned)
        if len(items) > 1:
            raise ExecutionError(f"{asset} yielded {len(items)} outputs, but it is one asset; yield one Output.")
        returned = items[0] if items else None
    if type(returned) is Output:
        if returned.output_name not in (None, asset):
            raise ExecutionError(f"{asset} gave an Output named {returned.output_name!r}; leave the name out.")
    elif type(returned) is not Materialization:
        return Produced(asset, returned)
    return _produced(asset, returned)


def _outputs(computation: Computation, selection: Sequence[str], returned: Any) -> Iterator[Produced]:
    seen: set[str] = set()
    if isinstance(returned, Mapping):
        for name in returned:  # all of them before the first is stored
            _check_name(computation, name)
    for name, one in _items(computation, returned):
        _check_name(computation, name)
        if name in seen:
            raise ExecutionError(f"{computation.name} gave its output {name!r} twice.")
        seen.add(name)
        if name in selection:
            yield one
    if missing := [name for name in selection if name not in seen]:
        raise ExecutionError(f"{computation.name} ended without its output {', '.join(missing)}.")


def _check_name(computation: Computation, name: str) -> None:
    if name not in computation.output_by_name:
        known = ", ".join(computation.output_names)
        raise ExecutionError(f"{computation.name} gave an output {name!r}, but its outputs are {known}.")


def _items(computation: Computation, returned: Any) -> Iterator[tuple[str, Produced]]:
    if isinstance(returned, Mapping):
        for name, value in returned.items():
            yield name, _produced(name, value)
    elif isinstance(returned, Output | Materialization):
        yield _named(computation, returned)
    elif isinstance(returned, Iterator):
        for item in returned:
            yield _named(computation, item)
    elif isinstance(returned, tuple | list) and len(returned) == len(computation.outputs):
        for name, value in zip(computation.output_names, returned, strict=True):
            yield name, _produced(name, value)
    else:
        raise ExecutionError(
            f"{computation.name} has the outputs {', '.join(computation.output_names)}; return a dict of their values "
            f"by name or yield Output(value, output_name=...), not {type(returned).__name__}."
        )


def _named(computation: Computation, item: Any) -> tuple[str, Produced]:
    if not isinstance(item, Output | Materialization) or item.output_name is None:
        raise ExecutionError(
            f"{computation.name} has several outputs, so each must be given as Output(value, output_name=...), "
            f"not {type(item).__name__}."
        )
    return item.output_name, _produced(item.output_name, item)


def _produced(name: str, value: Any) -> Produced:
    match value:
        case Output():
            return Produced(name, value.value, plain_metadata(value.metadata), value.data_version)
        case Materialization():
            return Produced(name, None, plain_metadata(value.metadata), value.data_version, stored_itself=True)
        case _:
            return Produced(name, value)
