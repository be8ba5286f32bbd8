"""An open project: its engine, the pump for its events and the threads of its backfills."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from rivers_app.bridge.backfill_thread import BackfillThreads
from rivers_app.bridge.background import Background, Lane
from rivers_app.bridge.event_pump import EventPump
from rivers_core.exceptions import RiversError
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_core.engine import Engine
    from rivers_core.location.project import Project
    from rivers_core.location.spec import RepositorySpec
    from rivers_core.planning.plan import BackfillPlan
    from rivers_core.records import BackfillRecord

CLOSE_SECONDS: Final = 10.0
_UNDER_WAY: Final = frozenset(state for state in BackfillState if not state.is_final)


class ProjectSession(QObject):
    """Made by `open_session`, ended by `await close()`.

    `engine` blocks: call it through `Background` only. All signals are emitted on the GUI thread.
    """

    spec_changed = Signal(object)
    code_failed = Signal(object)
    backfills_changed = Signal(list)
    backfill_ended = Signal(object)
    backfills_deleted = Signal(list)
    backfill_warned = Signal(str, str)
    partitions_changed = Signal(object)
    runs_changed = Signal(object, list)
    logs_arrived = Signal(list)
    backfill_failed = Signal(str, object)
    """Driving a backfill raised this exception: a user's error or a bug, not a failed partition."""

    def __init__(self, engine: Engine, background: Background, at_once: int) -> None:
        super().__init__()
        self._engine = engine
        self._background = background
        self._spec: RepositorySpec | None = None
        self._code_error: Exception | None = None
        self.backfills: dict[str, BackfillRecord] = {}
        self._closing: asyncio.Future[None] | None = None
        self._positions: dict[str, int] = {}  # of the newest record of each, also of those that ended
        self.threads = BackfillThreads(engine.run, at_once, self)
        self._pump = EventPump(self)
        self._connect()
        self._unsubscribe = engine.subscribe(self._pump.listen)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def name(self) -> str:
        return self._engine.project.name

    @property
    def path(self) -> Path:
        return self._engine.project.path

    @property
    def project(self) -> Project:
        return self._engine.project

    @property
    def spec(self) -> RepositorySpec | None:
        """What the code holds; None until it is loaded, and the last that loaded while newer code is broken."""
        return self._spec

    @property
    def code_error(self) -> Exception | None:
        """Why the code as it is now does not load."""
        return self._code_error

    @property
    def is_busy(self) -> bool:
        """Whether a backfill runs or waits in this process."""
        return bool(self.threads.running or self.threads.waiting)

    def is_waiting(self, backfill_id: str) -> bool:
        """Whether a launched backfill waits for others to end."""
        return backfill_id in self.threads.waiting

    async def load(self) -> None:
        """Read the code and what is under way; broken code is told by `code_failed`, not raised."""
        await self._take_spec(reload=False)
        records = await self._background(self._engine.backfills, states=_UNDER_WAY)
        self._on_backfills_changed(records)
        self.backfills_changed.emit(records)

    async def reload(self) -> None:
        """Read the code again; broken code is told by `code_failed`, not raised."""
        await self._take_spec(reload=True)

    async def launch(self, plan: BackfillPlan, *, force: bool = False) -> BackfillRecord:
        """Store a plan as a backfill and run it; raises OutdatedPlanError if the states or the code changed."""
        record = await self._background(self._engine.launch, plan, force=force, lane=Lane.COMMAND)
        self._tell(record)
        self.threads.start(record.backfill_id)
        return record

    async def cancel(self, backfill_id: str) -> BackfillRecord:
        """Start nothing more of a backfill and stop what runs."""
        record = await self._background(self._engine.cancel, backfill_id, lane=Lane.COMMAND)
        if record.state.is_final:
            self.threads.drop(backfill_id)
        self._tell(record)
        return record

    async def pause(self, backfill_id: str) -> BackfillRecord:
        record = await self._background(self._engine.pause, backfill_id, lane=Lane.COMMAND)
        self._tell(record)
        return record

    async def resume(
        self, backfill_id: str, *, accept_new_code: bool = False, config: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Go on with a paused or interrupted backfill.

        Raises CodeChangedError if its code is another now, ConfigurationError if what is secret of its config is
        to be given again as `config`.
        """
        resume = partial(self._engine.resume, accept_new_code=accept_new_code, config=config)
        idle = await self._background(resume, backfill_id, lane=Lane.COMMAND)
        if idle:
            self.threads.start(backfill_id)

    async def set_max_concurrency(self, backfill_id: str, runs: int) -> BackfillRecord:
        record = await self._background(self._engine.set_max_concurrency, backfill_id, runs, lane=Lane.COMMAND)
        self._tell(record)
        return record

    async def add_partition_keys(self, name: str, keys: Sequence[str]) -> tuple[str, ...]:
        """Add keys to dynamic partitions; those that are new. Raises PartitionValidationError for what can be none."""
        added = await self._background(self._engine.add_dynamic_partitions, name, keys, lane=Lane.COMMAND)
        self.spec_changed.emit(self._spec)
        return added

    async def delete_partition_keys(self, name: str, keys: Sequence[str]) -> None:
        """Delete keys of dynamic partitions; the states of their partitions are kept."""

        def delete() -> None:
            for key in keys:
                self._engine.delete_dynamic_partition(name, key)

        await self._background(delete, lane=Lane.COMMAND)
        self.spec_changed.emit(self._spec)

    async def delete(self, backfill_id: str) -> None:
        await self._background(self._engine.delete_backfill, backfill_id, lane=Lane.COMMAND)

    async def close(self) -> None:
        """Stop everything: running backfills are left interrupted and can be resumed later.

        Once begun it goes on to its end, also where who asked for it is canceled; asking again waits for that end.
        """
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.threads.drop_waiting()
        self._unsubscribe()
        self._pump.stop()
        await self._background(self._engine.close, wait=CLOSE_SECONDS, lane=Lane.COMMAND)
        if self.threads.running:
            ended = asyncio.Event()
            self.threads.all_ended.connect(ended.set)
            await ended.wait()
        self.deleteLater()

    def _connect(self) -> None:
        pump = self._pump
        pump.backfills_changed.connect(self._on_backfills_changed)
        pump.backfills_changed.connect(self.backfills_changed)
        pump.backfill_ended.connect(self.backfill_ended)
        pump.backfills_deleted.connect(self.backfills_deleted)
        pump.backfill_warned.connect(self.backfill_warned)
        pump.partitions_changed.connect(self.partitions_changed)
        pump.runs_changed.connect(self.runs_changed)
        pump.logs_arrived.connect(self.logs_arrived)
        self.threads.failed.connect(self.backfill_failed)

    async def _take_spec(self, *, reload: bool) -> None:
        read = self._engine.reload if reload else self._engine.spec
        try:
            self._spec = await self._background(read, lane=Lane.PLAN)
        except RiversError as error:
            self._code_error = error
            self.code_failed.emit(error)
        else:
            self._code_error = None
            self.spec_changed.emit(self._spec)

    def _tell(self, record: BackfillRecord) -> None:
        """Say at once what a command did; the event of the same change follows and says it again."""
        if self._positions.get(record.backfill_id, record.position) <= record.position:
            self._on_backfills_changed([record])
            self.backfills_changed.emit([record])

    def _on_backfills_changed(self, records: list[BackfillRecord]) -> None:
        for record in records:
            if record.position < self._positions.get(record.backfill_id, record.position):
                continue  # it was read before it changed, and told after
            self._positions[record.backfill_id] = record.position
            if record.state.is_final:
                self.backfills.pop(record.backfill_id, None)
            else:
                self.backfills[record.backfill_id] = record


async def open_session(path: Path, background: Background, at_once: int) -> ProjectSession:
    """Open the project at a folder or file; its code is read by `load`. Raises ProjectError or StorageError."""
    opening = asyncio.ensure_future(background(_open_engine, path))
    try:
        engine = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(partial(_close_unwanted, background))
        raise
    return ProjectSession(engine, background, at_once)


def _close_unwanted(background: Background, opening: asyncio.Future[Engine]) -> None:
    """Close an engine that opened when nobody waited for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        background.hand_over(opening.result().close)


def _open_engine(path: Path) -> Engine:
    # Loading the engine and its libraries takes half a second: here no window waits for it.
    from rivers_core.engine import Engine

    return Engine.open(path, launched_by="app")
