"""Brings the window, its menus, the dialogs and the projects together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from rivers_app.navigation import BackfillDraft
from rivers_app.palettes import Scheme, StateColors
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_app.views.notifications import Notifications
from rivers_app.views.preferences_keeper import PreferencesKeeper
from rivers_app.views.project_switch import ProjectSwitch
from rivers_app.views.python_keeper import PythonKeeper

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

# What a slot starts; its value is not used.
Ask = Callable[[], Coroutine[Any, Any, object]]


class Desktop(QObject):
    """`closed` is set once nothing is open any more and the app may end."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.window = MainWindow(shell)
        self.notifications = Notifications(shell, self.window)
        self.projects = ProjectSwitch(shell, self.window)
        self.preferences = PreferencesKeeper(shell, self.window)
        self.pythons = PythonKeeper(shell, self.window)
        self.closed = asyncio.Event()
        self._connect_projects()
        self._connect_menus()
        self._connect_looks()
        self._fill_recent_menus()

    def show(self) -> None:
        self.window.restore()
        self.window.show()

    def begin(self, path: Path | None) -> None:
        """Open the project at `path`, or the one that was open last."""
        settings = self._shell.settings
        last = settings.last_project if settings.preferences.reopen_last_project else None
        if path is not None:
            self.projects.open(path)
        elif last is not None:
            self.projects.open(Path(last))

    def quit(self) -> None:
        """Close everything, asking first what becomes of backfills that run."""
        self._shell.tasks.start(self, self._quit(), key="quit")

    def end(self) -> None:
        """Close everything without asking: what runs is left interrupted and can be resumed."""
        self._shell.tasks.start(self, self._quit(may_ask=False), key="quit")

    def _connect_projects(self) -> None:
        window, projects, notifications = self.window, self.projects, self.notifications
        window.project_chosen.connect(lambda path: projects.open(Path(path)))
        window.close_requested.connect(self.quit)
        self._shell.navigation.code_reload_chosen.connect(projects.reload)
        self.pythons.python_changed.connect(projects.reopen)
        self.pythons.packages_changed.connect(projects.reload)
        projects.switched.connect(self._on_switched)
        projects.hidden.connect(self._on_hidden)
        projects.reopened.connect(self._show_window)
        notifications.window_wanted.connect(self._show_window)
        notifications.quit_chosen.connect(self.quit)
        notifications.rerun_chosen.connect(self._on_rerun_chosen)

    def _connect_menus(self) -> None:
        start, menus = self.window.start, self.window.menus
        for chosen, name, ask in (
            (start.open_chosen, "open_project", self._open_project),
            (start.new_chosen, "new_project", self._new_project),
            (start.demo_chosen, "open_demo", self._open_demo),
        ):
            chosen.connect(partial(self._start, ask))
            menus.on(name, partial(self._start, ask))
        menus.on("close_project", self.projects.close)
        menus.on("reload_code", self.projects.reload)
        menus.on("project_python", self._shell.navigation.show_python)
        menus.on("quit", self.quit)
        menus.on("preferences", self.preferences.open)
        menus.on("copy", partial(self._on_edit_triggered, "copy"))
        menus.on("select_all", partial(self._on_edit_triggered, "selectAll"))
        menus.on("backfill", partial(self._request_backfill, ()))
        menus.on("backfill_missing", partial(self._request_backfill, ("missing",)))
        menus.on("backfill_failed", partial(self._request_backfill, ("failed",)))
        menus.on("pause_all", self.window.activity.pause)
        menus.on("resume_all", self.window.activity.resume)
        menus.on("cancel_all", self.window.activity.cancel)
        menus.on("help", partial(self._start, self._show_manual))
        menus.on("shortcuts", partial(self._start, self._show_shortcuts))
        menus.on("about", partial(self._start, self._show_about))

    def _connect_looks(self) -> None:
        menus = self.window.menus
        self._check_looks()
        self._shell.appearance.theme_changed.connect(self._check_looks)
        menus.schemes.triggered.connect(self._on_scheme_triggered)
        menus.state_colors.triggered.connect(self._on_state_colors_triggered)

    def _check_looks(self) -> None:
        menus, liked = self.window.menus, self._shell.settings.preferences
        for group, chosen in ((menus.schemes, liked.scheme), (menus.state_colors, liked.state_colors)):
            for action in group.actions():
                action.setChecked(action.data() == chosen)

    def _start(self, ask: Ask) -> None:
        self._shell.tasks.start(self, ask(), key="ask")

    async def _open_project(self) -> None:
        from rivers_app.dialogs.open_project import asked_for_project

        if (path := await asked_for_project(self._shell, self.window)) is not None:
            self.projects.open(path)

    async def _new_project(self) -> None:
        from rivers_app.dialogs.new_project import asked_for_new_project

        if (path := await asked_for_new_project(self._shell, self.window)) is not None:
            self.projects.open(path)

    async def _open_demo(self) -> None:
        from rivers_app.bridge.projects import demo_copy

        folder = await self._shell.background(demo_copy)
        self._shell.settings.trust(folder)  # its code came with the app
        self.projects.open(folder)

    async def _show_shortcuts(self) -> None:
        from rivers_app.dialogs.asking import finished
        from rivers_app.dialogs.shortcuts import ShortcutsDialog

        await finished(ShortcutsDialog(self._shell, self.window.menus.actions, self.window))

    async def _show_manual(self) -> None:
        from rivers_app.dialogs.manual import ManualWindow

        manual = self.window.findChild(ManualWindow)
        if manual is None:
            manual = ManualWindow(self._shell, self.window)
        manual.show()
        manual.raise_()
        manual.activateWindow()

    async def _show_about(self) -> None:
        from rivers_app.dialogs.about import shown_about

        await shown_about(self._shell, self.window)

    async def _quit(self, *, may_ask: bool = True) -> None:
        self._shell.settings.geometry = self.window.saveGeometry()
        if await self.projects.left(may_ask=may_ask):
            self.notifications.show_tray(False)
            self.notifications.take_back()
            self.window.hide()
            self._shell.settings.save()
            self.closed.set()

    async def _request_rerun(self, session: ProjectSession, backfill_id: str) -> None:
        """Show the request before it runs again: it may be edited."""
        request = await self._shell.background(session.engine.rerun_request, backfill_id)
        self._show_window()
        self._shell.navigation.request_backfill(BackfillDraft(request.selection or (), request=request))

    def _request_backfill(self, where: tuple[str, ...]) -> None:
        if (session := self.window.session) is not None and session.spec is not None:
            self.window.pages.assets.request_backfill(where)

    def _show_window(self) -> None:
        self.window.show()
        self.window.setWindowState(self.window.windowState() & ~self.window.windowState().WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()
        self.notifications.show_tray(False)

    def _fill_recent_menus(self) -> None:
        self._fill_recent_menu(self.window.menus.recent_menu)
        menu = self.window.project_menu
        self._fill_recent_menu(menu)
        menu.addSeparator()
        menu.addAction(self.window.menus.action("open_project"))
        menu.addAction(self.window.menus.action("close_project"))
        menu.addSeparator()
        menu.addAction(self.window.menus.action("project_python"))

    def _fill_recent_menu(self, menu: QMenu) -> None:
        menu.clear()
        paths = self._shell.settings.recent_projects
        for path in paths:
            menu.addAction(path, partial(self.projects.open, Path(path)))
        if not paths:
            menu.addAction("No Project Was Opened Yet").setEnabled(False)

    def _on_switched(self, session: ProjectSession | None) -> None:
        self.notifications.set_session(session)
        self.preferences.set_session(session)
        self.pythons.set_session(session)
        self._fill_recent_menus()

    def _on_hidden(self) -> None:
        if self.notifications.has_tray:
            self.notifications.show_tray(True)
            self.window.hide()
        else:  # a window that nothing brings back would be lost
            self.window.showMinimized()

    def _on_rerun_chosen(self, backfill_id: str) -> None:
        if (session := self.window.session) is not None:
            self._shell.tasks.start(self, self._request_rerun(session, backfill_id))

    def _on_edit_triggered(self, slot: str) -> None:
        """Copy and Select All act on the widget with the keyboard, where it can do that."""
        act = getattr(QApplication.focusWidget(), slot, None)
        if callable(act):
            act()

    def _on_scheme_triggered(self, action: QAction) -> None:
        # Qt hands an enum of strings back as a plain string.
        self.preferences.change(scheme=Scheme(action.data()) if action.data() else None)

    def _on_state_colors_triggered(self, action: QAction) -> None:
        self.preferences.change(state_colors=StateColors(action.data()))
