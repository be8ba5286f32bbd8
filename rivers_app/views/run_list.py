"""Keeps a table of runs filled: a page at a time as one scrolls, live while they go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from rivers_app.models.run_table import RunTableModel
from rivers_app.shell import Shell
from rivers_core.exceptions import RiversError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import RunRecord
    from rivers_core.states import RunState

PAGE: Final = 500
_BETWEEN_NEWS: Final = 100
"""Milliseconds. Rows that pass by thirty times a second cannot be read, and painting them takes a core."""


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs: of one backfill (in the order of its plan) or of all (newest first)."""

    backfill_id: str | None = None
    state: RunState | None = None
    asset: str | None = None
    failed: bool = False
    """Only runs in which a partition failed."""
    text: str = ""
    """Words in the id, the backfill, the error or the key of a partition."""

    def fits(self, record: RunRecord) -> bool:
        error = record.error.summary if record.error is not None else ""
        written = f"{record.run_id} {record.backfill_id or ''} {record.label} {error}".casefold()
        return all(word in written for word in self.text.casefold().split()) and (
            (self.backfill_id is None or record.backfill_id == self.backfill_id)
            and (self.state is None or record.state is self.state)
            and (self.asset is None or self.asset in record.assets)
            and (not self.failed or record.failed_partitions > 0)
        )


class RunList(QObject):
    """Fills a model from the engine and follows the session's news, of each run the newest at a time."""

    loaded = Signal()

    def __init__(self, shell: Shell, model: RunTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._model = model
        self._session: ProjectSession | None = None
        self._query: RunQuery | None = None
        self._is_whole = False
        self._is_loading = False
        self._news: dict[str, RunRecord] = {}
        self._pause = QTimer(self, singleShot=True, interval=_BETWEEN_NEWS)
        self._pause.timeout.connect(self._take_news)

    @property
    def query(self) -> RunQuery | None:
        return self._query

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.runs_changed.disconnect(self._on_runs_changed)
        self._session = session
        self._query = None
        self._is_loading = False
        self._news.clear()
        self._model.replace(())
        if session is not None:
            session.runs_changed.connect(self._on_runs_changed)

    def show_query(self, query: RunQuery) -> None:
        self._query = query
        self._is_whole = False
        if self._session is not None:
            self._is_loading = True
            self._shell.tasks.start(self, self._load(self._session, query), key="runs")

    def load_more(self) -> None:
        """Read the next page, if there is one; called as one comes near the end of the table."""
        if self._session is not None and self._query is not None and not self._is_whole and not self._is_loading:
            self._shell.tasks.start(self, self._load_next(self._session, self._query), key="runs")

    async def _load(self, session: ProjectSession, query: RunQuery) -> None:
        try:
            records = await self._read(session, query, 0)
        except RiversError:
            self._is_loading = False
            raise
        self._is_loading = False
        self._model.replace(records)
        self._is_whole = len(records) < PAGE
        self.loaded.emit()
        self._take_news()

    async def _load_next(self, session: ProjectSession, query: RunQuery) -> None:
        records = await self._read(session, query, self._model.rowCount())
        self._model.append(records)
        self._is_whole = len(records) < PAGE

    async def _read(self, session: ProjectSession, query: RunQuery, offset: int) -> list[RunRecord]:
        return await self._shell.background(
            session.engine.runs,
            backfill_id=query.backfill_id,
            state=query.state,
            asset=query.asset,
            failed=query.failed,
            text=query.text,
            limit=PAGE,
            offset=offset,
        )

    def _on_runs_changed(self, _backfill_id: str | None, records: list[RunRecord]) -> None:
        self._news.update((record.run_id, record) for record in records)
        if not self._pause.isActive():
            self._take_news()

    def _take_news(self) -> None:
        if self._is_loading:
            return  # what is read was so before these news, and would take their place
        news, self._news = list(self._news.values()), {}
        query = self._query
        if query is None or not news:
            return
        self._pause.start()
        fresh = [record for record in self._model.update(news) if query.fits(record)]
        if not fresh:
            return
        by_number = sorted(fresh, key=lambda record: int(record.run_id[1:]))
        if query.backfill_id is None:
            self._model.prepend(by_number[::-1])
            self._model.keep(4 * PAGE)
        elif self._is_whole and self._model.rowCount() < 4 * PAGE:
            self._model.append(by_number)
        else:
            self._is_whole = False
