"""Keeps the table of backfills filled: the newest first, older ones after, live while they run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from rivers_app.models.backfill_table import BackfillTableModel
from rivers_app.shell import Shell
from rivers_app.views.backfill_filter import BackfillQuery
from rivers_core.exceptions import RiversError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import BackfillRecord

FIRST: Final = 200
_CHUNK: Final = 2000
_SECOND: Final = 1000


class BackfillList(QObject):
    """Fills a model from the engine and follows the session's news."""

    loaded = Signal()
    """The newest of what was asked for are in the model."""
    changed = Signal()
    """Some records changed or went away."""

    def __init__(self, shell: Shell, model: BackfillTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._model = model
        self._session: ProjectSession | None = None
        self._query = BackfillQuery()
        self._is_loading = False
        self._early: list[BackfillRecord] = []  # what changed while the first page is read
        self._early_deleted: list[str] = []
        self._clock = QTimer(self)
        self._clock.setInterval(_SECOND)
        self._clock.timeout.connect(lambda: self._model.set_now(time.time()))

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.backfills_changed.disconnect(self._on_changed)
            self._session.backfills_deleted.disconnect(self._on_deleted)
        self._session = session
        self._begin_to_load(False)
        self._model.replace(())
        if session is None:
            self._clock.stop()
            return
        session.backfills_changed.connect(self._on_changed)
        session.backfills_deleted.connect(self._on_deleted)
        self._clock.start()
        self.show_query(self._query)

    def show_query(self, query: BackfillQuery) -> None:
        """Ask again, for these."""
        self._query = query
        if self._session is not None:
            self._begin_to_load(True)
            self._shell.tasks.start(self, self._load(self._session, query), key="list")

    async def _load(self, session: ProjectSession, query: BackfillQuery) -> None:
        ask = self._shell.background
        arguments = query.as_arguments(time.time())
        try:
            newest = await ask(session.engine.backfills, limit=FIRST, **arguments)
        except RiversError:
            self._take_early()
            raise
        self._model.set_now(time.time())
        self._model.replace(newest)
        self.loaded.emit()
        self._take_early()
        offset, whole = FIRST, len(newest) == FIRST
        while whole:
            older = await ask(session.engine.backfills, limit=_CHUNK, offset=offset, **arguments)
            self._model.append(older)
            offset, whole = offset + len(older), len(older) == _CHUNK

    def _begin_to_load(self, is_loading: bool) -> None:
        self._is_loading = is_loading
        self._early, self._early_deleted = [], []

    def _take_early(self) -> None:
        """What is read was so before this, and would have taken its place."""
        early, deleted = self._early, self._early_deleted
        self._begin_to_load(False)
        self._model.remove(deleted)
        if early:
            self._on_changed([record for record in early if record.backfill_id not in deleted])

    def _on_changed(self, records: list[BackfillRecord]) -> None:
        if self._is_loading:
            self._early += records
            return
        self._model.set_now(time.time())
        unknown = self._model.update(records)
        if unknown and self._query.is_everything:
            newest_first = sorted(unknown, key=lambda record: record.created, reverse=True)
            self._model.prepend(newest_first)
        elif unknown:
            self.show_query(self._query)
        self.changed.emit()

    def _on_deleted(self, backfill_ids: list[str]) -> None:
        if self._is_loading:
            self._early_deleted += backfill_ids
            return
        self._model.remove(backfill_ids)
        self.changed.emit()
