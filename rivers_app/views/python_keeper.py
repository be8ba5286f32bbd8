"""Opens the dialogs about a project's Python and its packages, and offers them where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.dialogs.project_python import PythonDialog

_MISSING = "packages"


class PythonKeeper(QObject):
    """Looks at each project that is opened; what it lacks is told once."""

    python_changed = Signal()
    """Another Python is to run the open project's code: it has to be opened anew."""
    packages_changed = Signal()
    """The open project's code can be read again with what was installed."""

    def __init__(self, shell: Shell, window: MainWindow) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._session: ProjectSession | None = None
        shell.navigation.python_wanted.connect(self.open)
        shell.navigation.packages_wanted.connect(self.install)

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.spec_changed.disconnect(self._on_code_read)
        self._session = session
        if session is not None:
            session.spec_changed.connect(self._on_code_read)

    def open(self) -> None:
        """Show which Python is used, and let a person choose another."""
        if self._session is not None:
            self._shell.tasks.start(self, self._open(self._session), key="python")

    def install(self, module: str = "") -> None:
        """Offer to install what the project lacks, and the package of a module its code imports."""
        if self._session is not None:
            self._shell.tasks.start(self, self._install(self._session, module), key="install")

    async def _open(self, session: ProjectSession) -> None:
        from rivers_app.bridge.pythons import pythons_for
        from rivers_app.dialogs.project_python import PythonDialog, chose_python

        options = await self._shell.background(pythons_for, session.project)
        dialog = PythonDialog(self._shell, session.project, options, self._window)
        dialog.install_chosen.connect(lambda: self._install_over(session, dialog))
        dialog.packages_removed.connect(self.packages_changed)
        if await chose_python(dialog):
            self.python_changed.emit()

    def _install_over(self, session: ProjectSession, dialog: PythonDialog) -> None:
        self._shell.tasks.start(dialog, self._install(session, "", dialog), key="install")

    async def _install(self, session: ProjectSession, module: str, over: PythonDialog | None = None) -> None:
        from rivers_app.dialogs.install_packages import packages_installed

        if not await packages_installed(self._shell, over or self._window, session.project, module):
            return
        self._shell.notices.dismiss(_MISSING)
        if over is not None:
            over.look()
        if session is self._session:
            self.packages_changed.emit()

    def _on_code_read(self) -> None:
        if self._session is not None:
            self._shell.tasks.start(self, self._tell_missing(self._session), key="missing")

    async def _tell_missing(self, session: ProjectSession) -> None:
        """A project with a Python of its own keeps its packages itself; for others the app does."""
        from rivers_app.bridge.pythons import asks_for_packages, needs_of

        background = self._shell.background
        if session.project.interpreter is not None or not await background(asks_for_packages, session.project):
            return
        needs = await background(needs_of, session.project)
        if session is not self._session:
            return
        if not needs.missing:
            self._shell.notices.dismiss(_MISSING)
            return
        actions = (NoticeAction("Install…", self.install), NoticeAction("Not Now", lambda: None))
        self._shell.notices.show(Notice(Kind.WARNING, needs.sentence, "", actions, _MISSING))
