"""The status bar: what runs, how far it is, Pause and Cancel; workers and the database at the right."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from rivers_app.models.activity import Activity, ActivityWatch
from rivers_app.notices import Kind, Notice
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, dressed, label, row
from rivers_app.wording import plural
from rivers_core.exceptions import StorageError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_REFRESH_MILLISECONDS: Final = 1000
_STEPS: Final = 1000
_LONG_SECONDS: Final = 4.0
_BUSY_KEY: Final = "database is busy"
_BUSY_TEXT: Final = (
    "The project's database is slow to write: another program is writing to it, or the disk is busy. Runs go on, and "
    "what they end with is recorded as soon as it can be. If another program does not let go of it within half a "
    "minute, the backfill is interrupted and can be resumed."
)


class ActivityBar(QStatusBar):
    """Follows the open project's backfills."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._watch = ActivityWatch()
        self._activity = Activity()
        self._is_busy = False
        self.setObjectName("activityBar")
        self.setAccessibleName("Status")
        self.setSizeGripEnabled(False)
        self._create_parts()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self._refresh)
        self._timer.timeout.connect(self._look_at_database)
        self._refresh()

    @property
    def activity(self) -> Activity:
        return self._activity

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.backfills_changed.disconnect(self._on_recorded)
            self._session.backfills_deleted.disconnect(self._refresh)
            self._session.backfill_failed.disconnect(self._on_backfill_failed)
            self._session.spec_changed.disconnect(self._show_python)
        self._session = session
        self._watch = ActivityWatch()
        self._is_busy = False
        if session is not None:
            session.backfills_changed.connect(self._on_recorded)
            session.backfills_deleted.connect(self._refresh)
            session.backfill_failed.connect(self._on_backfill_failed)
            session.spec_changed.connect(self._show_python)
            self._show_python()
            self.show_workers()
            self._show_database(session, is_well=True)
        self._python.setVisible(session is not None)
        self._workers.setVisible(session is not None)
        self._database.setVisible(session is not None)
        self._refresh()

    def pause(self) -> None:
        """Pause every backfill that runs."""
        if self._session is not None:
            for backfill_id in self._activity.pausable:
                self._shell.tasks.start(self, self._session.pause(backfill_id))

    def resume(self) -> None:
        if self._session is not None:
            for backfill_id in self._activity.resumable:
                self._shell.tasks.start(self, self._session.resume(backfill_id))

    def cancel(self) -> None:
        """Cancel every backfill that is under way."""
        if self._session is not None:
            for backfill_id in self._activity.cancelable:
                self._shell.tasks.start(self, self._session.cancel(backfill_id))

    def show_workers(self) -> None:
        """Their number may have changed."""
        if self._session is not None:
            self._workers.setText(plural(self._session.engine.slots, "worker"))
            self._workers.setToolTip("Runs that may be out at once, over all backfills")

    def _show_database(self, session: ProjectSession, *, is_well: bool, text: str = "SQLite cannot be written") -> None:
        self._database.setText("SQLite ✓" if is_well else text)
        dressed(self._database, "role", "muted" if is_well else "error")
        self._database.setToolTip(f"Database and outputs: {session.engine.place}")

    def _show_python(self) -> None:
        """`Python 3.12.1 · .venv`; the version is known once the code was read."""
        if self._session is None:
            return
        python, spec = self._session.project.python, self._session.spec
        version = "" if spec is None else f" {spec.python_version}"
        where = python.environment or python.program
        self._python.setText(f"Python{version} · {where.name}" if where is not None else f"Python{version}")
        self._python.setAccessibleName(f"{self._python.text()}: choose the Python of this project")
        self._python.setToolTip(f"Runs this project's code: {python.program or 'the Python of the app'}")

    def _look_at_database(self) -> None:
        """Say that writing takes long, while it does; whether a lock or the disk is to blame is not known here."""
        if self._session is not None and not self._is_busy and self._session.engine.seconds_writing > _LONG_SECONDS:
            self._is_busy = True
            self._show_database(self._session, is_well=False, text="SQLite is busy")
            self._shell.notices.show(Notice(Kind.WARNING, _BUSY_TEXT, key=_BUSY_KEY))

    def _on_recorded(self) -> None:
        """News comes after something was written: the database is well."""
        if self._session is not None:
            self._show_database(self._session, is_well=True)
        if self._is_busy:
            self._is_busy = False
            self._shell.notices.dismiss(_BUSY_KEY)
        self._refresh()

    def _on_backfill_failed(self, _backfill_id: str, error: Exception) -> None:
        if isinstance(error, StorageError) and self._session is not None:
            self._show_database(self._session, is_well=False)

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._text = button("", "activityText", self._on_text_clicked, role="link", tip="Show the backfill")
        self._progress = QProgressBar()
        self._progress.setObjectName("activityProgress")
        self._progress.setAccessibleName("Progress of the running backfills")
        self._progress.setFixedWidth(120)
        self._progress.setRange(0, _STEPS)
        self._pause = button("Pause", "activityPauseButton", self.pause, role="quiet", icon=icons.icon("pause"))
        self._resume = button("Resume", "activityResumeButton", self.resume, role="quiet", icon=icons.icon("play"))
        self._cancel = button("Cancel", "activityCancelButton", self.cancel, role="quiet", icon=icons.icon("square"))
        for made, does in ((self._pause, "Pause All"), (self._resume, "Resume All"), (self._cancel, "Cancel All")):
            made.setAccessibleName(does)  # as the menu says it
        keeps_its_place = self._cancel.sizePolicy()
        keeps_its_place.setRetainSizeWhenHidden(True)  # else all above moves when a backfill starts
        self._cancel.setSizePolicy(keeps_its_place)
        self._idle = label("", "activityIdle", "muted")
        self._workers = label("", "workersLabel", "muted")
        self._database = label("", "databaseLabel", "muted")
        python = self._shell.navigation.show_python
        self._python = button("", "pythonButton", python, role="link", tip="Which Python runs this project's code")

    def _lay_out(self) -> None:
        going_on = row(self._idle, self._text, self._progress, self._pause, self._resume, self._cancel, None)
        state = row(self._python, self._workers, self._database, spacing=METRICS.space_4)
        left, right = QWidget(), QWidget()
        for side, name, layout in ((left, "activityLeft", going_on), (right, "activityRight", state)):
            side.setObjectName(name)
            layout.setContentsMargins(METRICS.space_2, 2, METRICS.space_2, 2)
            side.setLayout(layout)
        self.addWidget(left, 1)
        self.addPermanentWidget(right)

    def _refresh(self) -> None:
        records = self._session.backfills.values() if self._session is not None else ()
        self._activity = activity = self._watch.look(records, time.monotonic())
        is_going_on = bool(activity.backfills)
        self._text.setText(activity.text)
        self._text.setAccessibleName(activity.text or "No backfill is running")
        self._idle.setText("Nothing is running" if self._session is not None else "")
        self._idle.setVisible(not is_going_on)
        self._progress.setValue(_STEPS * activity.ended // max(activity.total, 1))
        for part, is_shown in (
            (self._text, is_going_on),
            (self._progress, is_going_on),
            (self._pause, bool(activity.pausable)),
            (self._resume, bool(activity.resumable)),
            (self._cancel, bool(activity.cancelable)),
        ):
            part.setVisible(is_shown)
        self._keep_time(bool(activity.pausable))

    def _keep_time(self, is_needed: bool) -> None:
        """The time left shrinks between two events as well."""
        if is_needed and not self._timer.isActive():
            self._timer.start()
        elif not is_needed:
            self._timer.stop()

    def _on_text_clicked(self) -> None:
        if self._activity.backfills:
            self._shell.navigation.open_backfill(self._activity.backfills[-1])
