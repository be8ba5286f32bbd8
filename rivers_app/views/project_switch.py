"""Opens and closes projects for the one window: trust, loading, what runs, what was interrupted."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from rivers_app.bridge.background import Lane
from rivers_app.notices import Kind, Notice, NoticeAction, notice_of
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_app.wording import count, names, plural
from rivers_core.exceptions import CodeLocationError
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import BackfillRecord

_LOADED_BESIDE: Final = (
    "numpy.ma",  # numpy.unique wants it when it is first called
    "rivers_app.dialogs.backfill",
    "rivers_app.dialogs.install_packages",
    "rivers_app.dialogs.project_python",
    "rivers_app.views.backfills",
    "rivers_app.views.runs",
    "rivers_app.views.outputs",
)


class ProjectSwitch(QObject):
    """At most one project is open; opening another closes it first, unless the person would rather stay."""

    switched = Signal(object)
    """The `ProjectSession` that is open now, or None."""
    hidden = Signal()
    """The person wants the window gone while backfills go on."""
    reopened = Signal()
    """A question needs the window back."""
    pages_loaded = Signal()
    """The code of all pages is loaded, and the project is open."""

    def __init__(self, shell: Shell, window: MainWindow) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._turn = asyncio.Lock()
        self._interrupted: set[str] = set()

    def open(self, path: Path) -> None:
        self._shell.tasks.start(self, self._open(path), key="open", on_error=self._on_not_opened)

    def close(self) -> None:
        self._shell.tasks.start(self, self._close())

    def reopen(self) -> None:
        """Open the open project anew, as another Python needs it."""
        if (session := self._window.session) is not None:
            self.open(session.path)

    def reload(self) -> None:
        """Read the open project's code again."""
        if (session := self._window.session) is not None:
            self._shell.tasks.start(self, self._reload(session), key="reload")

    async def left(self, *, may_ask: bool = True) -> bool:
        """Close the open project, if there is one; False when the person, being asked, stays with it."""
        async with self._turn:
            return await self._leave(may_ask=may_ask)

    async def _open(self, path: Path) -> None:
        # Imported here: the window is on the screen before numpy and the like are loaded.
        from rivers_app.bridge.project_session import open_session
        from rivers_app.bridge.projects import recognized
        from rivers_app.dialogs.trust import is_trusted

        async with self._turn:
            project = await self._shell.background(recognized, path)
            if not await is_trusted(self._shell, self._window, project.folder) or not await self._leave():
                return
            self._window.show_opening(project.name)
            at_once = self._shell.settings.preferences.backfills_at_once
            background = self._shell.background
            assets_page = background(import_module, "rivers_app.views.assets", lane=Lane.PLAN)
            session, _ = await asyncio.gather(open_session(project.path, background, at_once), assets_page)
            self._take(session)
        self._shell.tasks.start(self, self._import_pages(), key="pages")
        await session.load()
        await self._tell_interrupted(session)

    async def _import_pages(self) -> None:
        """Load the code of the other pages and the dialog beside the window, so that they open without a stall."""
        for module in _LOADED_BESIDE:
            await self._shell.background(import_module, module, lane=Lane.PLAN)
        self.pages_loaded.emit()

    def _take(self, session: ProjectSession) -> None:
        settings = self._shell.settings
        settings.remember_project(session.path)
        settings.last_project = str(session.path)
        session.code_failed.connect(self._on_code_failed)
        self._interrupted = set()
        session.backfills_changed.connect(self._on_backfills_changed)
        self._window.set_session(session)
        self._window.go_to(settings.place(session.path))
        self.switched.emit(session)
        if session.engine.place_reason:
            text = f"{session.engine.place_reason} Database and outputs are kept in {session.engine.place}."
            self._shell.notices.show(Notice(Kind.NOTICE, text, key="place"))

    async def _close(self) -> None:
        if await self.left():
            self._shell.settings.last_project = None

    async def _leave(self, *, may_ask: bool = True) -> bool:
        session = self._window.session
        if session is None:
            return True
        if may_ask and session.is_busy and not await self._may_stop(session):
            return False
        self._shell.settings.remember_place(session.path, self._window.place())
        self._window.set_session(None)
        self.switched.emit(None)
        await session.close()
        return True

    async def _may_stop(self, session: ProjectSession) -> bool:
        from rivers_app.dialogs.closing import Closing, asked_how_to_close

        self.reopened.emit()
        backfills = (*session.threads.waiting, *session.threads.running)
        match await asked_how_to_close(self._shell, self._window, len(backfills)):
            case Closing.STAY:
                return False
            case Closing.KEEP_RUNNING:
                self.hidden.emit()
                return False
            case Closing.CANCEL:
                await asyncio.gather(*(session.cancel(backfill_id) for backfill_id in backfills))
                return True
            case Closing.STOP:
                return True

    async def _reload(self, session: ProjectSession) -> None:
        await session.reload()
        if session.code_error is None and session is self._window.session:
            self._shell.notices.dismiss("code")
            self._shell.notices.show(Notice(Kind.SUCCESS, "The code was read again.", key="reloaded"))

    async def _tell_interrupted(self, session: ProjectSession) -> None:
        """Offer to go on with what a crash left behind, and with what was stopped when the project was closed."""
        await self._shell.background(session.engine.recover)
        stopped = await self._shell.background(session.engine.backfills, states=(BackfillState.INTERRUPTED,))
        for record in reversed(stopped):
            self._tell_of(session, record)

    def _on_backfills_changed(self, records: list[BackfillRecord]) -> None:
        """What is interrupted while the project is open, by a database that cannot be written, is told as well."""
        session = self._window.session
        if session is None:  # it is being closed
            return
        for record in records:
            if record.state is not BackfillState.INTERRUPTED and record.backfill_id in self._interrupted:
                self._interrupted.discard(record.backfill_id)
                self._shell.notices.dismiss(_key(record))
            elif record.state is BackfillState.INTERRUPTED and record.backfill_id not in self._interrupted:
                self._tell_of(session, record)

    def _tell_of(self, session: ProjectSession, record: BackfillRecord) -> None:
        self._interrupted.add(record.backfill_id)
        self._shell.notices.show(self._notice(session, record))

    def _notice(self, session: ProjectSession, record: BackfillRecord) -> Notice:
        ended = count(record.total_partitions - record.pending)
        text = f"Backfill {record.backfill_id} of {names(record.assets)} was interrupted at {ended} of "
        actions = (
            NoticeAction("Resume", partial(self._resume, session, record.backfill_id)),
            NoticeAction("Cancel", partial(self._cancel, session, record.backfill_id)),
            NoticeAction("Later", lambda: None),
        )
        text += f"{plural(record.total_partitions, 'partition')}. {record.error or ''}"
        return Notice(Kind.WARNING, text.strip(), "", actions, _key(record))

    def _resume(self, session: ProjectSession, backfill_id: str) -> None:
        from rivers_app.dialogs.new_code import resumed

        self._shell.tasks.start(self, resumed(self._shell, self._window, session, backfill_id))

    def _cancel(self, session: ProjectSession, backfill_id: str) -> None:
        self._shell.tasks.start(self, session.cancel(backfill_id))

    def _on_not_opened(self, error: Exception) -> None:
        if self._window.session is None:
            self._window.set_session(None)
            self._shell.settings.last_project = None
        self._shell.notices.log_bug(error)
        self._shell.notices.show(notice_of(error, key="open"))

    def _on_code_failed(self, error: Exception) -> None:
        """Pages show the traceback while there is nothing else to show; over a loaded project a notice does."""
        if self._window.session is None or self._window.session.spec is None:
            return
        navigation = self._shell.navigation
        actions = [NoticeAction("Reload", self.reload)]
        if isinstance(error, CodeLocationError) and error.python_failed:
            actions.insert(0, NoticeAction("Choose Python…", navigation.show_python))
        if isinstance(error, CodeLocationError) and error.missing:
            actions.insert(0, NoticeAction("Install…", partial(navigation.install_packages, error.missing)))
        self._shell.notices.show(notice_of(error, tuple(actions), "code"))


def _key(record: BackfillRecord) -> str:
    """By which the notice of an interrupted backfill is known."""
    return f"interrupted {record.backfill_id}"
