"""A job in the sense of rivers: a named selection of assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.declared import checked_name
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.assets.task import Task
from rivers_core.exceptions import AssetDefinitionError, ExecutionError

if TYPE_CHECKING:
    from rivers_core.partitions.keys import PartitionKey
    from rivers_core.script_results import RunResult


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
        self._materialize: Callable[..., RunResult] | None = None
        self.assets: tuple[str, ...] = tuple(
            name for one in assets if not isinstance(one, Task) for name in self._names(one)
        )

    def bind(self, materialize: Callable[..., RunResult]) -> None:
        """Let `execute` run this job by a repository's `materialize`."""
        self._materialize = materialize

    def execute(
        self,
        partition_key: PartitionKey | None = None,
        tags: Sequence[tuple[str, str]] | None = None,
        config: Mapping[str, Mapping[str, Any]] | None = None,
        raise_on_error: bool = True,
    ) -> RunResult:
        """Compute the job's assets once, as the `materialize` of its repository does, on the repository's executor.

        ExecutionError unless the job comes from `CodeRepository.get_job`, or when an asset fails.
        """
        if self._materialize is None:
            raise ExecutionError(
                f"The job {self.name!r} does not know its repository: get it by repo.get_job({self.name!r}), "
                "then call execute()."
            )
        return self._materialize(
            selection=self.assets, partition_key=partition_key, tags=tags, config=config, raise_on_error=raise_on_error
        )

    def _names(self, one: Asset | Task | str) -> tuple[str, ...]:
        if isinstance(one, str):
            return (one,)
        if isinstance(one, Asset):
            return tuple(output.name for output in one.outputs) or (one.name,)
        raise AssetDefinitionError(f"{self.source}: the job {self.name!r} holds {one!r}, which is no asset.")

    def __repr__(self) -> str:
        return f"Job({self.name!r})"
