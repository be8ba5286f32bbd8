"""A job in the sense of rivers: a named selection of assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.declared import checked_name
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.assets.task import Task
from rivers_core.exceptions import AssetDefinitionError


class Job:
    """Names assets that belong together; `assets` are their names, tasks among them are ignored."""

    def __init__(self, name: str, assets: Sequence[Asset | Task | str], executor: Any = None, **ignored: Any) -> None:
        self.source: SourceLine = calling_line()
        self.name = checked_name(name, "a job", self.source)
        if ignored.pop("action", None) is not None:
            raise AssetDefinitionError(
                f"{self.source}: the job {name!r} uses action=, but asset actions are not part of Rivers Desktop; "
                "remove the argument to use it here."
            )
        self.executor = executor
        self.assets: tuple[str, ...] = tuple(
            name for one in assets if not isinstance(one, Task) for name in self._names(one)
        )

    def _names(self, one: Asset | Task | str) -> tuple[str, ...]:
        if isinstance(one, str):
            return (one,)
        if isinstance(one, Asset):
            return tuple(output.name for output in one.outputs) or (one.name,)
        raise AssetDefinitionError(f"{self.source}: the job {self.name!r} holds {one!r}, which is no asset.")

    def __repr__(self) -> str:
        return f"Job({self.name!r})"
