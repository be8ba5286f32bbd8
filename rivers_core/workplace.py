"""Where user code is and runs: worker processes of a project, a cluster, or the process of a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from rivers_core.executors.protocol import Executor
from rivers_core.location import serving
from rivers_core.location.answers import ConfigProblem, OutputPreview
from rivers_core.location.loading import LoadedCode
from rivers_core.location.spec import RepositorySpec
from rivers_core.partitions.subset import Subset

if TYPE_CHECKING:
    from rivers_core.assets.definitions import Definitions
    from rivers_core.executors.choice import Executor as ExecutorChoice
    from rivers_core.location.pool import WorkerPool

_SCRIPT_SLOTS = 1_024  # a script's executor has its own number of workers

Config = Mapping[str, Mapping[str, Any]]
GridSpec = Mapping[str, Any]


class Workplace(Protocol):
    """What the engine asks of user code; thread-safe."""

    @property
    def slots(self) -> int:
        """How many runs may be out at a time, over all backfills."""

    def set_slots(self, slots: int) -> None: ...

    def spec(self) -> RepositorySpec:
        """What the code holds; CodeLocationError if it does not load."""

    def reload(self) -> RepositorySpec:
        """The same after an edit; CodeLocationError leaves the earlier code in use."""

    def config_problems(self, config: Config) -> list[ConfigProblem]:
        """What the assets' models refuse of these overrides."""

    def preview(self, asset: str, grid: GridSpec | None, ordinal: int, limit: int) -> OutputPreview:
        """The beginning of a stored output; ExecutionError says why there is none to show."""

    def outputs_exist(self, asset: str, grid: GridSpec | None, subset: Subset) -> Subset | None:
        """Which of these partitions have a stored output; None if that cannot be told."""

    def make_executor(self, fingerprint: str) -> Executor:
        """An executor for the runs of one backfill, planned for code with this fingerprint."""

    def check_executor(self) -> None:
        """Raise ConfigurationError if runs cannot be carried out at this moment."""

    def close(self) -> None:
        """End whatever runs user code; idempotent."""


class ProjectWorkplace:
    """The worker processes of a project; user code never runs in this process. Owns the pool."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    @property
    def slots(self) -> int:
        return self._pool.slots

    def set_slots(self, slots: int) -> None:
        self._pool.set_slots(slots)

    def spec(self) -> RepositorySpec:
        return self._pool.spec()

    def reload(self) -> RepositorySpec:
        return self._pool.reload()

    def config_problems(self, config: Config) -> list[ConfigProblem]:
        return self._pool.validate_config(config)

    def preview(self, asset: str, grid: GridSpec | None, ordinal: int, limit: int) -> OutputPreview:
        return self._pool.preview(asset, grid, ordinal, limit)

    def outputs_exist(self, asset: str, grid: GridSpec | None, subset: Subset) -> Subset | None:
        return self._pool.outputs_exist(asset, grid, subset)

    def make_executor(self, fingerprint: str) -> Executor:
        from rivers_core.executors.worker_processes import WorkerProcessExecutor

        return WorkerProcessExecutor(self._pool, fingerprint=fingerprint)

    def check_executor(self) -> None:
        """Workers are started when they are needed."""

    def close(self) -> None:
        self._pool.close()


class ClusterWorkplace(ProjectWorkplace):
    """A Dask cluster that carries out a project's runs; a worker process of our own answers what is asked of the code.

    `outputs` is the folder of the default IO handlers, which every machine of the cluster must see.
    """

    def __init__(self, pool: WorkerPool, address: str, outputs: str) -> None:
        super().__init__(pool)
        self._address = address
        self._outputs = outputs
        self._cluster_slots = _SCRIPT_SLOTS

    @property
    def slots(self) -> int:
        return self._cluster_slots

    def set_slots(self, slots: int) -> None:
        self._cluster_slots = slots

    def make_executor(self, fingerprint: str) -> Executor:
        from rivers_core.executors.dask import DaskExecutor

        return DaskExecutor(
            self._address, self._pool.project, self.spec(), outputs=self._outputs, fingerprint=fingerprint
        )

    def check_executor(self) -> None:
        from rivers_core.executors.dask import check_cluster

        check_cluster(self._address)


class ScriptWorkplace:
    """The process of a script that holds its repository: runs happen in its threads, or in the calling one.

    `default_handler` keeps the values of assets that name no IO handler.
    """

    def __init__(self, definitions: Definitions, choice: ExecutorChoice, default_handler: Any) -> None:
        from rivers_core.assets.resource import OpenResources
        from rivers_core.executors.permits import PoolPermits
        from rivers_core.location.describe import describe

        self._definitions = definitions
        self._choice = choice
        self._spec = describe(definitions)
        self._slots = _SCRIPT_SLOTS
        self._resources = OpenResources(definitions.resources)
        self._permits = PoolPermits(definitions.pool_limits)
        self._default_handler = default_handler

    @property
    def slots(self) -> int:
        return self._slots

    def set_slots(self, slots: int) -> None:
        self._slots = slots

    def spec(self) -> RepositorySpec:
        return self._spec

    def reload(self) -> RepositorySpec:
        return self._spec

    def config_problems(self, config: Config) -> list[ConfigProblem]:
        return [
            ConfigProblem(asset, problem.field, problem.message)
            for asset, override in config.items()
            for problem in self._definitions.computation(asset).config.problems(asset, override)
        ]

    def preview(self, asset: str, grid: GridSpec | None, ordinal: int, limit: int) -> OutputPreview:
        return OutputPreview.of(
            self._ask(serving.PREVIEW, {"asset": asset, "grid": grid, "ordinal": ordinal, "limit": limit})
        )

    def outputs_exist(self, asset: str, grid: GridSpec | None, subset: Subset) -> Subset | None:
        found = self._ask(serving.EXISTS, {"asset": asset, "grid": grid, "ranges": subset.as_json()})
        return None if found is None else Subset.from_ranges(found)

    def _ask(self, question: str, arguments: Mapping[str, Any]) -> Any:  # what JSON can hold
        return serving.answer(LoadedCode(None, self._definitions, ""), self._default_handler, question, arguments)

    def make_executor(self, fingerprint: str) -> Executor:
        if self._choice.kind == "in_process":
            from rivers_core.executors.in_process import InProcessExecutor

            return InProcessExecutor(
                self._definitions, default_handler=self._default_handler, resources=self._resources
            )
        from rivers_core.executors.threads import ThreadExecutor

        return ThreadExecutor(
            self._definitions,
            max_workers=self._choice.max_workers,
            default_handler=self._default_handler,
            resources=self._resources,
            permits=self._permits,
        )

    def check_executor(self) -> None:
        """Threads are always there."""

    def close(self) -> None:
        self._resources.close()
