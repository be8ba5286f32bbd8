"""Opens the preferences and makes every change hold at once: looks, threads, workers, sleep, history."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from rivers_app.bridge.background import Lane
from rivers_app.bridge.keep_awake import KeepAwake
from rivers_app.bridge.taskbar import Taskbar
from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.settings import Preferences
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_app.wording import plural

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_DAY: Final = 86_400.0


class PreferencesKeeper(QObject):
    """The one place where preferences are stored and applied."""

    def __init__(self, shell: Shell, window: MainWindow) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._session: ProjectSession | None = None
        self._awake = KeepAwake(self)
        self._taskbar = Taskbar(QGuiApplication.desktopFileName(), self)

    def open(self) -> None:
        from rivers_app.dialogs.preferences import PreferencesDialog

        dialog = PreferencesDialog(self._shell, self._window, has_project=self._session is not None)
        dialog.chosen.connect(self.choose)
        dialog.cleaning_wanted.connect(self._on_cleaning_wanted)
        self._shell.tasks.start(self, _shown(dialog), key="preferences")

    def change(self, **fields: Any) -> None:  # fields of Preferences
        self.choose(replace(self._shell.settings.preferences, **fields))

    def choose(self, preferences: Preferences) -> None:
        before = self._shell.settings.preferences
        self._shell.settings.preferences = preferences
        if _looks(preferences) != _looks(before):
            scheme, state_colors, text_scale = _looks(preferences)
            self._shell.appearance.choose(scheme=scheme, state_colors=state_colors, text_scale=text_scale)
        self._apply_to_session()

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.backfills_changed.disconnect(self._on_activity_changed)
            self._session.threads.waiting_changed.disconnect(self._on_activity_changed)
        self._session = session
        if session is not None:
            session.backfills_changed.connect(self._on_activity_changed)
            session.threads.waiting_changed.connect(self._on_activity_changed)
            if (days := self._shell.settings.preferences.history_days) is not None:
                self._shell.tasks.start(self, self._clean_at_opening(session, days), key="clean")
        self._apply_to_session()

    def _apply_to_session(self) -> None:
        session, liked = self._session, self._shell.settings.preferences
        if session is not None:
            session.threads.set_at_once(liked.backfills_at_once)
            if liked.workers is not None and liked.workers != session.engine.slots:
                self._shell.tasks.start(self, self._set_workers(session, liked.workers), key="workers")
        self._on_activity_changed()

    async def _set_workers(self, session: ProjectSession, workers: int) -> None:
        await self._shell.background(session.engine.set_slots, workers, lane=Lane.COMMAND)
        self._window.activity.show_workers()

    def _on_activity_changed(self) -> None:
        running = len(self._session.threads.running) if self._session is not None else 0
        self._awake.hold(running > 0 and self._shell.settings.preferences.keep_awake)
        activity = self._window.activity.activity
        share = activity.ended / max(activity.total, 1) if running else None
        self._taskbar.show(running, share)

    def _on_cleaning_wanted(self) -> None:
        days = self._shell.settings.preferences.history_days
        if self._session is not None and days is not None:
            self._shell.tasks.start(self, self._clean(self._session, days), key="clean")

    async def _clean(self, session: ProjectSession, days: int) -> None:
        """Say what goes, and delete it if the person agrees."""
        from rivers_app.dialogs.cleaning import may_clean

        old = await self._shell.background(session.engine.backfills_ended_before, time.time() - days * _DAY)
        if not old:
            text = f"No backfill ended more than {plural(days, 'day')} ago: nothing has to go."
            self._shell.notices.show(Notice(Kind.SUCCESS, text, key="cleaned"))
        elif await may_clean(self._shell, self._window, old):
            for record in old:
                await session.delete(record.backfill_id)
            text = f"{plural(len(old), 'backfill')} deleted. Outputs and states of partitions were kept."
            self._shell.notices.show(Notice(Kind.SUCCESS, text, key="cleaned"))

    async def _clean_at_opening(self, session: ProjectSession, days: int) -> None:
        """Take away what is older than the person wants to keep, and say what went."""
        from rivers_app.dialogs.cleaning import what_goes

        old = await self._shell.background(session.engine.backfills_ended_before, time.time() - days * _DAY)
        for record in old:
            await session.delete(record.backfill_id)
        if old:
            text = f"History is kept for {plural(days, 'day')}, so this went: {what_goes(old)} Outputs and states of "
            text += "partitions were kept. The preferences say for how long."
            preferences = NoticeAction("Preferences…", self.open)
            self._shell.notices.show(Notice(Kind.NOTICE, text, "", (preferences,), "cleaned"))


async def _shown(dialog: Any) -> None:  # a QDialog; naming it here would import it at the start
    from rivers_app.dialogs.asking import finished

    await finished(dialog)


def _looks(preferences: Preferences) -> tuple[Any, Any, float]:  # as Appearance.choose takes them
    return preferences.scheme, preferences.state_colors, preferences.text_scale
