"""The one door to the engine: open a project, plan, launch, steer and look at backfills."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from rivers_core.board import Board, StateSnapshot
from rivers_core.driving import Driving
from rivers_core.events import Event, Listener
from rivers_core.exceptions import ConfigurationError, OutdatedPlanError
from rivers_core.following import Following
from rivers_core.location.answers import OutputPreview
from rivers_core.location.spec import RepositorySpec
from rivers_core.looking import Looking
from rivers_core.materializing import DirectRun, Materializing
from rivers_core.partitions.subset import Subset
from rivers_core.pinning import PinnedRepository
from rivers_core.planning.asked import to_subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.redacting import given_again, lacking, redacted
from rivers_core.reruns import Partitions, rerun_request
from rivers_core.situations import situation
from rivers_core.states import PartitionState
from rivers_core.steering import Steering
from rivers_core.storage.place import place_for
from rivers_core.storage.stores import Stores
from rivers_core.storage.writer import FailureListener, WriteFailure
from rivers_core.workplace import ProjectWorkplace, Workplace

if TYPE_CHECKING:
    from rivers_core.location.project import Project

__all__ = ["Engine", "StateSnapshot"]

_log = logging.getLogger(__name__)

DATABASE = "rivers.sqlite"
OUTPUTS = "outputs"
_PINNED_SECONDS = 30.0
_CODE_CHANGED = "The project's code changed since this backfill was previewed; look at the preview again."


class Engine(Looking):
    """Everything about one open project. Calls are thread-safe and may block; errors are RiversError.

    Opening loads no user code: that happens in a worker when it is first asked about. What only looks is inherited
    from Looking. Owns the database, its writer, the workers, and the threads of backfills that were `start`ed.
    """

    def __init__(
        self,
        open_stores: Callable[[FailureListener], Stores],
        workplace: Workplace,
        *,
        launched_by: str,
        project: Project | None = None,
        place: Path | None = None,
        place_reason: str | None = None,
        owns_stores: bool = True,
    ) -> None:
        """`place_reason` says why the database and outputs are not kept in the project itself, if they aren't."""
        self._owns_stores = owns_stores
        self._stores = stores = open_stores(self._on_write_failure)
        self._workplace = workplace
        self._launched_by = launched_by
        self._project = project
        self.place = place
        self.place_reason = place_reason
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.RLock()
        self._launching = threading.Lock()
        self._pinned: PinnedRepository | None = None
        self._closed = False
        self._board = Board(stores.states, self._publish)
        self._driving = Driving(stores, workplace, self._board, self._repository)
        self._steering = Steering(stores, self._driving, workplace)
        self._following = Following(stores, self._board, self._driving, self._steering, self._pin_again)
        self._unsubscribe = stores.writer.subscribe(self._board.take_in)
        self._following.start()

    @classmethod
    def open(
        cls,
        project: Path | str | Project,
        *,
        slots: int | None = None,
        launched_by: str = "cli",
        storage: Path | None = None,
    ) -> Engine:
        """A project by its folder or file; `storage` is where its database and outputs are kept instead of there.

        Raises ProjectError, StorageError.
        """
        from rivers_core.location.pool import WorkerPool
        from rivers_core.location.project import Project

        opened = Project.open(project) if isinstance(project, str | Path) else project
        place = place_for(opened.folder, opened.storage_folder, storage)
        return cls(
            lambda on_failure: Stores.open(place.folder / DATABASE, on_failure=on_failure),
            ProjectWorkplace(WorkerPool(opened, slots=slots, outputs=place.folder / OUTPUTS)),
            launched_by=launched_by,
            project=opened,
            place=place.folder,
            place_reason=place.reason,
        )

    def close(self, *, wait: float = 10.0) -> None:
        """Leave what runs to be resumed, end every worker and thread, and let go of the database. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._driving.close(wait)
        self._following.close()
        self._workplace.close()
        self._unsubscribe()
        if self._owns_stores:
            self._stores.close()

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until this process drives no backfill any more; False if that took longer than `timeout` seconds."""
        return self._driving.drain(timeout)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` what is committed, by this process or another, until the returned function is called.

        It is called on threads of the engine, in order, and must return at once.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(kept for kept in self._listeners if kept is not listener)

        return unsubscribe

    @property
    def project(self) -> Project:
        """What was opened; ConfigurationError for the engine of a script, which opened none."""
        if self._project is None:
            raise ConfigurationError("This engine belongs to a script; it has no project.")
        return self._project

    @property
    def stores(self) -> Stores:
        """What is stored, for the scripting half of CodeRepository."""
        return self._stores

    # Code

    @property
    def seconds_writing(self) -> float:
        """For how long the writing under way has gone on; some seconds mean that another program holds the database."""
        return self._stores.writer.seconds_writing

    @property
    def slots(self) -> int:
        return self._workplace.slots

    def set_slots(self, slots: int) -> None:
        """How many runs may be out at a time, over all backfills."""
        self._workplace.set_slots(slots)

    def spec(self) -> RepositorySpec:
        """What the code holds, loaded when first asked; CodeLocationError with the traceback in `details`."""
        return self._repository().spec

    def reload(self) -> RepositorySpec:
        """Load the code anew, with fresh workers; CodeLocationError leaves the earlier code in use."""
        spec = self._workplace.reload()
        with self._lock:
            self._pin(spec)
        return spec

    def validate_config(self, asset: str, config: Mapping[str, Any]) -> list[str]:
        """What the asset's model refuses of this override, a sentence each."""
        self._repository().asset(asset)
        return [problem.sentence for problem in self._workplace.config_problems({asset: config})]

    def output(self, asset: str, ordinal: int = -1, limit: int = 1_000) -> OutputPreview:
        """The beginning of a stored output, read in a worker; ExecutionError says why there is none to show."""
        definition = self._repository().definition(asset)
        return self._workplace.preview(asset, None if definition is None else definition.to_spec(), ordinal, limit)

    def lost_outputs(self, asset: str) -> Subset | None:
        """The partitions whose output was stored and is there no more (ordinal 0 without partitions).

        None where the asset's IO handler cannot tell. Looks at every output, so it takes its time.
        """
        definition = self._repository().definition(asset)
        stored = self._stores.states.snapshot(asset, definition, ("materialized_seq",))
        made = to_subset(np.flatnonzero(stored.columns["materialized_seq"]).astype(np.int64))
        if not made:
            return made
        found = self._workplace.outputs_exist(asset, None if definition is None else definition.to_spec(), made)
        return None if found is None else made - found

    def mark_missing(self, asset: str, ordinals: Subset) -> None:
        """Take back that these partitions have an output; what their last attempts did stays known."""
        self._stores.states.mark_missing(asset, self._repository().definition(asset), ordinals)
        self._board.refresh(asset)

    # Backfills

    def plan(self, request: BackfillRequest) -> BackfillPlan:
        """What a launch would do; nothing is written.

        Raises AssetNotFoundError, ConfigurationError, PartitionValidationError, PartitionDefinitionError.
        """
        return make_plan(request, situation(self._repository(), self._board, self._stores, self.slots))

    def check_config(self, plan: BackfillPlan) -> None:
        """Raise ConfigurationError with everything that the models of the plan's assets refuse."""
        spec = self._repository().spec
        given = plan.request.config
        asked = {
            name: given.get(name, {})
            for name in plan.assets
            if name in given or ((asset := spec.asset(name)) is not None and asset.config_schema)
        }
        problems = [problem.sentence for problem in self._workplace.config_problems(asked)] if asked else []
        if sentences := problems or lacking(plan.request.secrets, given):
            raise ConfigurationError("\n".join(sentences))

    def launch(self, plan: BackfillPlan, *, force: bool = False) -> BackfillRecord:
        """Store the plan as a backfill that is to be `run` or `start`ed.

        OutdatedPlanError when its partitions, unless `force`, or the code changed since it was made;
        ConfigurationError for its config.
        """
        if plan.code_fingerprint != self._repository().spec.code_fingerprint:
            raise OutdatedPlanError(_CODE_CHANGED)
        self.check_config(plan)
        self._workplace.check_executor()
        request = redacted(plan.request, self._repository().spec)
        stored = replace(
            plan,
            request=request.model_copy(update={"launched_by": request.launched_by or self._launched_by}),
            stages=tuple(self._as_now(stage) for stage in plan.stages) if force else plan.stages,
        )
        with self._launching:
            self._board.expect(stored)
            try:
                record = self._stores.backfills.insert(stored, holder=self._driving.holder)
            finally:
                self._board.expect(None)
        self._driving.launched(record.backfill_id, plan.request.config)
        return record

    def run(self, backfill_id: str) -> BackfillRecord:
        """Drive a backfill in the calling thread until it ends or is left to be resumed; how it stands then.

        Waits inside while it is paused, and while another process drives it. ExecutionError if this process
        drives it already.
        """
        return self._driving.run(backfill_id)

    def start(self, backfill_id: str) -> None:
        """Drive a backfill in a thread of the engine's own."""
        self._driving.start(backfill_id)

    def is_driven(self, backfill_id: str) -> bool:
        """Whether this process drives the backfill."""
        return self._driving.driven(backfill_id) is not None

    def cancel(self, backfill_id: str) -> BackfillRecord:
        """Queued runs never start, running ones are stopped; ExecutionError when it has ended."""
        return self._steering.cancel(backfill_id)

    def pause(self, backfill_id: str) -> BackfillRecord:
        """Nothing new starts, what runs is finished; ExecutionError when that makes no sense."""
        return self._steering.pause(backfill_id)

    def resume(
        self,
        backfill_id: str,
        *,
        accept_new_code: bool = False,
        config: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> bool:
        """Go on with a paused or interrupted backfill; True when nobody drives it: `run` or `start` it then.

        CodeChangedError when the code is no longer what it was planned for, unless that is accepted. `config`
        gives again what is secret and therefore not stored; ConfigurationError says when that is needed.
        """
        plan = self._stores.backfills.load_plan(backfill_id)
        if config is not None:
            given = given_again(plan.request.config, config)
            self.check_config(replace(plan, request=plan.request.model_copy(update={"config": given})))
            self._driving.launched(backfill_id, given)
        elif plan.request.config and not self._driving.knows_config(backfill_id):
            self.check_config(plan)
        return self._steering.resume(backfill_id, accept_new_code=accept_new_code)

    def set_max_concurrency(self, backfill_id: str, runs: int) -> BackfillRecord:
        """How many of its runs may be out at a time from now on."""
        return self._steering.set_max_concurrency(backfill_id, runs)

    def rerun_request(
        self,
        backfill_id: str,
        partitions: Partitions = "failed_and_canceled",
        config: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> BackfillRequest:
        """What asks for partitions of an earlier backfill again; ConfigurationError when there are none.

        `config` changes fields of its config overrides, and gives again what is secret and therefore not stored.
        """
        if partitions not in get_args(Partitions):
            raise ConfigurationError(f"A rerun takes {' or '.join(get_args(Partitions))}, not {partitions!r}.")
        chosen = [PartitionState.FAILED, PartitionState.CANCELED]
        if partitions == "all":
            chosen += [PartitionState.COMPLETED]
        plan = self._stores.backfills.load_plan(backfill_id)
        subsets = self._stores.backfills.outcome_subsets(backfill_id, chosen)
        request = rerun_request(backfill_id, plan, partitions, subsets, self._repository())
        return request.model_copy(update={"config": given_again(request.config, config)}) if config else request

    def delete_backfill(self, backfill_id: str) -> None:
        """Forget an ended backfill with its runs and logs; the states of partitions stay."""
        self._stores.backfills.delete(backfill_id)

    def recover(self) -> list[BackfillRecord]:
        """Take backfills over from processes that are gone: they are interrupted, or canceled if that was asked.

        Runs of such processes outside of any backfill are canceled.
        """
        return self._stores.recover()

    def materialize(self, plan: BackfillPlan) -> tuple[DirectRun, ...]:
        """Run a plan here and now, outside of any backfill, until a run fails; the runs as they ended."""
        self._workplace.check_executor()
        materializing = Materializing(self._stores, self._workplace, self._driving.claims, self._driving.holder)
        return materializing.run(plan, self._repository())

    # Dynamic partitions

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> tuple[str, ...]:
        """Add keys to the dynamic partitions of that name; those that are new."""
        added = self._stores.dynamic.add(name, keys)
        self._pin_again()
        return added

    def delete_dynamic_partition(self, name: str, key: str) -> bool:
        """Whether the key was there; the states of its partitions are kept."""
        deleted = self._stores.dynamic.delete(name, key)
        self._pin_again()
        return deleted

    # Inside

    def _repository(self) -> PinnedRepository:
        with self._lock:
            pinned = self._pinned
            if pinned is not None and (datetime.now() - pinned.moment).total_seconds() < _PINNED_SECONDS:
                return pinned
            return self._pin(self._workplace.spec() if pinned is None else pinned.spec)

    def _pin_again(self) -> None:
        with self._lock:
            if self._pinned is not None:
                self._pin(self._pinned.spec)

    def _pin(self, spec: RepositorySpec) -> PinnedRepository:
        pinned = PinnedRepository.at(spec, self._stores.dynamic.all())
        before = self._pinned
        if before is not None and before.spec is spec and before.definitions == pinned.definitions:
            pinned = replace(before, moment=pinned.moment)
        self._pinned = pinned
        self._board.use(pinned)
        return pinned

    def _as_now(self, stage: Stage) -> Stage:
        """The stage with the states its partitions have at this moment."""
        cells = self._board.standing(stage.assets[0]).states
        ordinals = stage.ordinals if stage.definition is not None else np.zeros(1, dtype=np.int64)
        return replace(stage, states=cells[ordinals])

    def _on_write_failure(self, failure: WriteFailure) -> None:
        self._driving.on_write_failure(failure)

    def _publish(self, events: list[Event]) -> None:
        for listener in self._listeners if events else ():
            try:
                listener(events)
            except Exception:  # noqa: BLE001 - a view's bug must not end the recording of runs
                _log.exception("A listener failed on what the engine told it.")
