"""CodeRepository: what a code location declares, and the calls by which a script runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rivers_core.assets.asset import Asset
from rivers_core.assets.declared import refuse_unavailable
from rivers_core.assets.definitions import Definitions, define
from rivers_core.assets.job import Job
from rivers_core.assets.retries import RetryPolicy
from rivers_core.assets.source import SourceLine, calling_line
from rivers_core.assets.task import Task
from rivers_core.exceptions import AssetDefinitionError, GraphValidationError, NodeNotFoundError
from rivers_core.executors.choice import Executor
from rivers_core.scripting import Scripting

if TYPE_CHECKING:
    from rivers_core.location.spec import RepositorySpec
    from rivers_core.partitions.definitions import PartitionsDefinition
    from rivers_core.script_storage import Storage

_ARGUMENTS = (
    "assets", "tasks", "jobs", "resources", "default_executor", "partition_defs", "pool_limits", "retries",
    "default_retry_policy", "schedules", "sensors",
)  # fmt: skip


class CodeRepository(Scripting):
    """The assets of a code location with what they share.

    Nothing is checked before `resolve`, which the other calls do when needed; it shows all problems together.
    `schedules` and `sensors` are accepted and listed as not run here.
    """

    def __init__(  # noqa: PLR0917  # the order of rivers
        self,
        assets: Sequence[Asset],
        tasks: Sequence[Task] | None = None,
        jobs: Sequence[Job] | None = None,
        schedules: Sequence[Any] | None = None,
        sensors: Sequence[Any] | None = None,
        default_executor: Executor | None = None,
        resources: Mapping[str, Any] | None = None,
        partition_defs: Mapping[str, PartitionsDefinition] | None = None,
        retries: Mapping[str, RetryPolicy] | None = None,
        default_retry_policy: RetryPolicy | str | None = None,
        pool_limits: Mapping[str, int] | None = None,
        **unavailable: Any,
    ) -> None:
        self.source: SourceLine = calling_line()
        self._assets = tuple(assets)
        self._tasks = tuple(tasks or ())
        self._jobs = tuple(jobs or ())
        self._automation = (*(schedules or ()), *(sensors or ()))
        self.default_executor = default_executor
        self._resources = dict(resources or {})
        self._partition_defs = dict(partition_defs or {})
        self._retries = dict(retries or {})
        self._default_retry_policy = default_retry_policy
        self._pool_limits = dict(pool_limits or {})
        self._definitions: Definitions | None = None
        self._given_storage: Any = None
        refuse_unavailable(unavailable, "CodeRepository", self.source, _ARGUMENTS)
        self._check_declared()

    def _check_declared(self) -> None:
        for asset in self._assets:
            if not isinstance(asset, Asset):
                raise AssetDefinitionError(
                    f"{self.source}: CodeRepository(assets=...) holds {asset!r}; decorate it with @Asset."
                )
        for task in self._tasks:
            if not isinstance(task, Task):
                raise AssetDefinitionError(
                    f"{self.source}: CodeRepository(tasks=...) holds {task!r}; decorate it with @Task."
                )
        executor: object = self.default_executor
        if executor is not None and not isinstance(executor, Executor):
            raise AssetDefinitionError(
                f"{self.source}: default_executor is {executor!r}; use one of Executor.in_process(), .threads(), "
                ".parallel() or .dask(address)."
            )

    @property
    def definitions(self) -> Definitions:
        """Everything in the repository once it fits together; raises GraphValidationError with all problems."""
        if self._definitions is None:
            self._definitions = self._defined()
        return self._definitions

    def resolve(self, storage: Storage | None = None) -> None:
        """Check everything and keep `storage` for what is run; raises GraphValidationError with all problems.

        Called for you when needed. Without a storage a script keeps its results in memory; a project that is opened
        in the app or by `rivers-core` has its own, whatever is said here.
        """
        self._definitions = self._defined()
        if storage is not None and storage is not self._given_storage:
            self.shutdown()
            self._given_storage = storage

    def validate(self) -> None:
        """Check the whole repository anew, without storage; raises GraphValidationError with all problems."""
        self._defined()

    def _defined(self) -> Definitions:
        found = define(
            self._assets,
            resources=self._resources,
            partition_defs=self._partition_defs,
            pool_limits=self._pool_limits,
            retries=self._retries,
            default_retry_policy=self._default_retry_policy,
            jobs=self._jobs,
            not_run_here=[str(one) for one in self._automation],
        )
        crosses = self.default_executor is not None and self.default_executor.crosses_processes
        if crosses and found.problems_across_processes:
            raise GraphValidationError(list(found.problems_across_processes))
        return found

    def spec(self) -> RepositorySpec:
        """What the engine and the app know of the repository, as plain values."""
        from rivers_core.location.describe import describe

        return describe(self.definitions)

    @property
    def assets(self) -> dict[str, Asset]:
        """The declared assets by name; a multi-asset under each of its outputs."""
        return {name: asset for asset in self._assets for name in ([one.name for one in asset.outputs] or [asset.name])}

    def get_job(self, name: str) -> Job:
        """A declared job, whose `execute` runs it here; NodeNotFoundError for one that was not declared."""
        for job in self._jobs:
            if job.name == name:
                job.bind(self.materialize)
                return job
        raise NodeNotFoundError(f"There is no job {name!r}.")
