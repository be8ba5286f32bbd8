"""The calls by which a script runs its repository: each opens the engine when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from rivers_core.exceptions import (
    AssetNotFoundError,
    ConfigurationError,
    ExecutionError,
    NodeNotFoundError,
    UnknownBackfillError,
)
from rivers_core.location.loading_flag import refuse_while_loading
from rivers_core.partitions.keys import PartitionKey
from rivers_core.script_requests import backfill_id as checked_id
from rivers_core.script_requests import backfill_request, one_key, pairs, plain_config, texts
from rivers_core.script_requests import partition_keys as checked_keys

if TYPE_CHECKING:
    from rivers_core.assets.definitions import Definitions
    from rivers_core.assets.retries import RetryPolicy
    from rivers_core.assets.source import SourceLine
    from rivers_core.engine import Engine
    from rivers_core.executors.choice import Executor
    from rivers_core.partitions.ranges import PartitionKeyRange
    from rivers_core.partitions.strategy import BackfillStrategy
    from rivers_core.planning.plan import BackfillPlan
    from rivers_core.script_results import BackfillResult, BackfillStatus, RunResult
    from rivers_core.script_storage import Storage
    from rivers_core.workplace import Workplace

T = TypeVar("T")
Config = Mapping[str, Mapping[str, Any]]
Tags = Sequence[tuple[str, str]]


class Scripting:
    """The half of CodeRepository that runs things; a script's results are in memory unless it names a storage."""

    default_executor: Executor | None
    source: SourceLine
    _retries: dict[str, RetryPolicy]
    _given_storage: Storage | None = None
    _storage: Storage | None = None
    _engine: Engine | None = None

    @property
    def definitions(self) -> Definitions:
        """Everything in the repository once it fits together."""
        raise NotImplementedError

    # Opening and closing

    def shutdown(self) -> None:
        """Leave what still runs to be resumed, and end everything this repository started. Idempotent."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
        if self._storage is not None:
            self._storage.bind(None)
            self._storage = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()

    @property
    def storage(self) -> Storage:
        """Where results are kept."""
        self._opened("storage")
        assert self._storage is not None
        return self._storage

    @property
    def engine(self) -> Engine:
        """The door through which all of this goes, for whatever has no name of its own here."""
        return self._opened("engine")

    # Backfills

    def backfill(  # noqa: PLR0917 - whoever knows rivers calls these by position
        self,
        selection: Sequence[str] | None = None,
        partition_keys: Sequence[PartitionKey] | None = None,
        partition_range: PartitionKeyRange | None = None,
        strategy: BackfillStrategy | None = None,
        failure_policy: str = "continue",
        max_concurrency: int = 4,
        tags: Tags | None = None,
        config: Config | None = None,
        block: bool = True,
        dry_run: bool = False,
        *,
        where: Sequence[str] = (),
        order: str = "oldest_first",
        retry: RetryPolicy | str | None = None,
        include_upstream: bool = False,
        include_downstream: bool = False,
        add_missing_upstream: bool = False,
        all_partitions: bool = False,
    ) -> BackfillResult:
        """Materialize partitions of the selected assets, by default of every partitioned one.

        `where` keeps those that are missing, failed, canceled or stale. `block=False` returns once it is launched; the
        process then stays until it is done. `dry_run` only says what would be done. Raises what `plan` of the engine
        does.
        """
        engine = self._opened("backfill")
        request = backfill_request(
            selection=None if selection is None else texts(selection, "selection"),
            partition_keys=None if partition_keys is None else checked_keys(partition_keys),
            partition_range=partition_range,
            strategy=strategy,
            failure_policy=failure_policy,
            max_concurrency=max_concurrency,
            tags=pairs(tags),
            config=plain_config(config),
            where=texts(where, "where"),
            order=order,
            retry=self._retry_spec(retry),
            include_upstream=include_upstream,
            include_downstream=include_downstream,
            add_missing_upstream=add_missing_upstream,
            all_partitions=all_partitions,
        )
        return self._launch(engine, engine.plan(request), block=block, dry_run=dry_run)

    def rerun_backfill(
        self,
        backfill_id: str,
        block: bool = True,
        dry_run: bool = False,
        partitions: Literal["failed_and_canceled", "all"] = "failed_and_canceled",
        *,
        config: Config | None = None,
    ) -> BackfillResult:
        """Run the failed and canceled partitions of a backfill again, or all of them, as they were run before.

        `config` changes fields of the config overrides; what is secret is stored nowhere and given again by it.
        """
        engine = self._opened("rerun_backfill")
        plan = engine.plan(engine.rerun_request(checked_id(backfill_id), partitions, plain_config(config)))
        return self._launch(engine, plan, block=block, dry_run=dry_run)

    def resume_backfill(
        self, backfill_id: str, block: bool = True, accept_new_code: bool = False, *, config: Config | None = None
    ) -> None:
        """Go on with a paused or interrupted backfill; with `block`, until it ends.

        `config` gives again what is secret: it is stored nowhere, so another process does not know it.
        """
        engine = self._opened("resume_backfill")
        if engine.resume(checked_id(backfill_id), accept_new_code=accept_new_code, config=plain_config(config) or None):
            if block:
                engine.run(backfill_id)
            else:
                engine.start(backfill_id)

    def get_backfill(self, backfill_id: str) -> BackfillStatus | None:
        """How a backfill stands; None if there is none of that id."""
        from rivers_core.script_results import BackfillStatus

        try:
            return BackfillStatus.of(self._opened("get_backfill").backfill(checked_id(backfill_id)))
        except UnknownBackfillError:
            return None

    def cancel_backfill(self, backfill_id: str) -> bool:
        """Stop a backfill: what is queued never starts, what runs is stopped. False if it had ended already."""
        engine = self._opened("cancel_backfill")
        if engine.backfill(checked_id(backfill_id)).state.is_final:
            return False
        engine.cancel(backfill_id)
        return True

    def pause_backfill(self, backfill_id: str) -> None:
        """Start nothing new of a backfill; what runs is finished."""
        self._opened("pause_backfill").pause(checked_id(backfill_id))

    def set_max_concurrency(self, backfill_id: str, max_concurrency: int) -> None:
        """Change how many of a backfill's runs may be out at a time, also while it runs."""
        self._opened("set_max_concurrency").set_max_concurrency(checked_id(backfill_id), max_concurrency)

    # Single materializations and values

    def materialize(  # noqa: PLR0917 - likewise
        self,
        selection: Sequence[str] | None = None,
        partition_key: PartitionKey | None = None,
        tags: Tags | None = None,
        raise_on_error: bool = True,
        config: Config | None = None,
        include_upstream: bool = False,
        retry: RetryPolicy | str | None = None,
    ) -> RunResult:
        """Compute assets once and wait for it: those selected, or all that have (or have not) partitions.

        A key of several values is one batched run. ExecutionError when an asset fails, unless `raise_on_error` is off.
        """
        from rivers_core.direct_requests import direct_request
        from rivers_core.script_results import RunResult

        engine = self._opened("materialize")
        request = direct_request(
            engine,
            None if selection is None else texts(selection, "selection"),
            None if partition_key is None else one_key(partition_key, "partition_key"),
            tags=pairs(tags),
            config=plain_config(config),
            include_upstream=include_upstream,
            retry=self._retry_spec(retry),
        )
        plan = engine.plan(request)
        engine.check_config(plan)
        runs = engine.materialize(plan)
        outcomes = [outcome for run in runs for outcome in run.assets]
        failed = [(outcome.asset, outcome.error) for outcome in outcomes if outcome.error is not None]
        if failed and raise_on_error:
            raise ExecutionError(f"{failed[0][0]} failed: {failed[0][1]}")
        done = [outcome.asset for outcome in outcomes if outcome.error is None]
        return RunResult(not failed, runs[-1].record.run_id, list(dict.fromkeys(done)), failed)

    @overload
    def load_node(self, name: str, *, partition_key: PartitionKey | None = None, type_hint: type[T]) -> T: ...

    @overload
    def load_node(self, name: str, *, partition_key: PartitionKey | None = None) -> Any: ...

    def load_node(self, name: str, *, partition_key: PartitionKey | None = None, type_hint: type | None = None) -> Any:
        """What is stored of an asset, as `type_hint` if its IO handler can make that.

        Raises NodeNotFoundError, PartitionValidationError, and MissingValueError when nothing is stored.
        """
        from rivers_core.assets.partition_context import PartitionContext
        from rivers_core.io_handlers.contexts import InputContext

        engine = self._opened("load_node")
        if partition_key is not None:
            one_key(partition_key, "partition_key")
        try:
            asset = self.definitions.asset(name)
        except AssetNotFoundError as error:
            raise NodeNotFoundError(str(error)) from None
        definition = engine.definition(name)
        if (definition is None) != (partition_key is None):
            wanted = "has no partitions; leave partition_key out" if definition is None else "needs a partition_key"
            raise ConfigurationError(f"{name} {wanted}.")
        partition = None
        if definition is not None and partition_key is not None:
            partition = PartitionContext(definition.ordinals_of(partition_key), definition)
        many = partition is not None and len(partition.subset) > 1
        context = InputContext(name, "", asset.metadata, partition, type_hint, stored_hint=asset.type_hint, many=many)
        return (asset.io_handler or self.storage.default_handler).load_input(context)

    # Inside

    def _opened(self, call: str) -> Engine:
        refuse_while_loading(call)
        if self._engine is None:
            self._open()
        assert self._engine is not None
        return self._engine

    def _open(self) -> None:
        from rivers_core.engine import Engine
        from rivers_core.script_storage import Storage

        storage = self._given_storage or Storage.memory()
        engine = Engine(
            storage.opened,
            self._workplace(storage),
            launched_by="script",
            owns_stores=self._given_storage is None,
        )
        try:
            engine.recover()
        except BaseException:
            engine.close()
            raise
        storage.bind(engine)
        self._engine, self._storage = engine, storage

    def _launch(self, engine: Engine, plan: BackfillPlan, *, block: bool, dry_run: bool) -> BackfillResult:
        from rivers_core.script_results import BackfillResult

        if dry_run:
            engine.check_config(plan)
            return BackfillResult.of(plan, None)
        record = engine.launch(plan)
        if block:
            record = engine.run(record.backfill_id)
        else:
            engine.start(record.backfill_id)
        return BackfillResult.of(plan, record)

    def _retry_spec(self, retry: RetryPolicy | str | None) -> dict[str, Any] | None:
        if isinstance(retry, str):
            if retry not in self._retries:
                raise ConfigurationError(f"retry names {retry!r}, which CodeRepository(retries=...) does not hold.")
            retry = self._retries[retry]
        return None if retry is None else retry.to_spec()

    def _workplace(self, storage: Storage) -> Workplace:
        from rivers_core.executors.choice import Executor
        from rivers_core.workplace import ScriptWorkplace

        choice = self.default_executor or Executor.threads()
        if not choice.crosses_processes:
            return ScriptWorkplace(self.definitions, choice, storage.default_handler)
        if storage.outputs is None:
            raise ConfigurationError(
                f"Executor.{choice.kind}() runs in other processes, which share nothing that is kept in memory; "
                'keep results on disk: repo.resolve(Storage.embedded("a folder")).'
            )
        self.definitions  # noqa: B018 - all problems of the repository are told before workers are started
        return _in_processes(self.source.file, choice, storage.outputs)


def _in_processes(file: str, choice: Executor, outputs: str) -> Workplace:
    """Worker processes, or a cluster, that load the script's own file."""
    from rivers_core.location.pool import WorkerPool
    from rivers_core.location.project import Project
    from rivers_core.workplace import ClusterWorkplace, ProjectWorkplace

    if not Path(file).is_file():
        raise ConfigurationError(
            f"Executor.{choice.kind}() loads the repository in other processes, so it has to be in a Python file."
        )
    if choice.address is not None:
        from rivers_core.executors.dask import require_library

        require_library()
        # Its own worker only answers what is asked of the code.
        return ClusterWorkplace(WorkerPool(Project.open(file), slots=1, outputs=outputs), choice.address, outputs)
    return ProjectWorkplace(WorkerPool(Project.open(file), slots=choice.max_workers, outputs=outputs))
