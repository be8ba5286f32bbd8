"""A backfill's log: the lines of all its runs, live while they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from rivers_app.shell import Shell
from rivers_app.widgets.log_view import LogView

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import BackfillRecord, LogRecord

_LAST_LINES: Final = 5_000


class BackfillLog(QWidget):
    """Reads only while it is looked at; the last lines of a long log are shown."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._record: BackfillRecord | None = None
        self._shown = ""
        self._arrived: list[LogRecord] | None = None
        self.setObjectName("backfillLog")
        self._view = LogView(shell, names_runs=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.logs_arrived.disconnect(self._on_logs_arrived)
        self._session = session
        self._record = None
        self._shown = ""
        self._view.clear()
        if session is not None:
            session.logs_arrived.connect(self._on_logs_arrived)

    def show_record(self, record: BackfillRecord) -> None:
        self._record = record
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        """Read what is stored of another backfill, or of one whose lines were not followed for a while."""
        session, record = self._session, self._record
        if session is None or record is None or self._shown == record.backfill_id:
            return
        self._shown = record.backfill_id
        self._arrived = []
        self._view.clear()
        self._shell.tasks.start(self, self._load(session, record.backfill_id), key="log")

    async def _load(self, session: ProjectSession, backfill_id: str) -> None:
        lines = await self._shell.background(session.engine.backfill_logs, backfill_id, limit=_LAST_LINES)
        if self._shown == backfill_id:
            arrived, self._arrived = self._arrived or [], None
            self._view.add(lines)
            self._view.add(arrived)  # of these some are among the lines, which the view knows
            self._view.finish_reading()

    def _on_logs_arrived(self, lines: list[LogRecord]) -> None:
        record = self._record
        if record is None or self._shown != record.backfill_id:
            return
        if not self.isVisible():
            self._shown = ""
            return
        first, stop = record.first_run, record.first_run + record.num_runs
        mine = [line for line in lines if first <= int(line.run_id[1:]) < stop]
        if self._arrived is not None:
            self._arrived += mine
        else:
            self._view.add(mine)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()
