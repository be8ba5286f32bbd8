"""Keeps the states of one asset's partitions as they are now: a snapshot first, then what changed after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rivers_app.shell import Shell

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.models.partition_grid import PartitionGridModel
    from rivers_core.engine import StateSnapshot
    from rivers_core.events import PartitionsChanged


class LiveStates(QObject):
    """Fills a `PartitionGridModel`, and `whole` for an asset without partitions."""

    loaded = Signal()
    """The model shows the asset that was asked for."""
    changed = Signal(object)
    """A `PartitionsChanged` that was taken in."""

    def __init__(self, shell: Shell, model: PartitionGridModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._model = model
        self._session: ProjectSession | None = None
        self._asset = ""
        self._snapshot: StateSnapshot | None = None
        self._early: list[PartitionsChanged] = []

    @property
    def asset(self) -> str:
        """The asset that is shown or being loaded; empty for none."""
        return self._asset

    @property
    def is_partitioned(self) -> bool:
        return self._snapshot is not None and self._snapshot.definition is not None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the definition that the model's ordinals belong to."""
        return self._snapshot.fingerprint if self._snapshot is not None and self.is_partitioned else None

    @property
    def is_loaded(self) -> bool:
        return self._snapshot is not None

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.partitions_changed.disconnect(self._on_partitions_changed)
        self._session = session
        self._forget()
        self._asset = ""
        if session is not None:
            session.partitions_changed.connect(self._on_partitions_changed)

    def show(self, asset: str) -> None:
        """Load an asset; the one that was shown stays in the model until the answer is there."""
        self._asset = asset
        self._forget()
        if self._session is not None:
            self._shell.tasks.start(self, self._load(self._session, asset), key="load")

    async def _load(self, session: ProjectSession, asset: str) -> None:
        snapshot = await self._shell.background(session.engine.states, asset)
        if session is not self._session or asset != self._asset:
            return
        early, self._early = self._early, []
        self._snapshot = snapshot
        if snapshot.definition is not None:
            self._model.set_definition(snapshot.definition, snapshot.states)
        self.loaded.emit()
        for event in early:
            self._take(snapshot, event)

    def _forget(self) -> None:
        self._snapshot = None
        self._early = []

    def _on_partitions_changed(self, event: PartitionsChanged) -> None:
        if event.asset != self._asset:
            return
        if self._snapshot is None:
            self._early.append(event)
        else:
            self._take(self._snapshot, event)

    def _take(self, snapshot: StateSnapshot, event: PartitionsChanged) -> None:
        if event.position <= snapshot.position:
            return
        if snapshot.definition is None:
            self.changed.emit(event)
        elif event.fingerprint == snapshot.fingerprint and len(event.ordinals):
            if event.ordinals[-1] >= self._model.size:  # a time grid grew, or its definition was edited
                self.show(self._asset)
                return
            self._model.apply(event.ordinals, event.states)
            self.changed.emit(event)
