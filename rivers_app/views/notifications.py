"""Tells about the end of a backfill while the window is not in front, and stands for it while it is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from rivers_app.bridge.desktop_messages import DEFAULT, DesktopMessages
from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.shell import Shell
from rivers_app.wording import count, names, plural
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import BackfillRecord

_TITLE: Final = "Rivers Desktop"
_RERUN: Final = "rerun"


class Notifications(QObject):
    """Owns the icon in the system's tray, where there is one."""

    window_wanted = Signal()
    quit_chosen = Signal()
    rerun_chosen = Signal(str)
    """Run the failed and canceled partitions of this backfill again."""

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._session: ProjectSession | None = None
        self._last_ended = ""
        self._last_text = ""
        shell.navigation.backfill_opened.connect(lambda backfill_id: shell.notices.dismiss(f"backfill {backfill_id}"))
        self._messages = DesktopMessages(self)
        self._messages.chosen.connect(self._on_action_chosen)
        self._messages.unshown.connect(self._on_message_unshown)
        self._tray = self._tray_icon() if QSystemTrayIcon.isSystemTrayAvailable() else None

    @property
    def has_tray(self) -> bool:
        return self._tray is not None

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.backfill_ended.disconnect(self._on_backfill_ended)
            self._session.backfill_failed.disconnect(self._on_backfill_failed)
            self._session.backfill_warned.disconnect(self._on_backfill_warned)
        self._session = session
        if session is not None:
            session.backfill_ended.connect(self._on_backfill_ended)
            session.backfill_failed.connect(self._on_backfill_failed)
            session.backfill_warned.connect(self._on_backfill_warned)

    def show_tray(self, is_shown: bool) -> None:
        if self._tray is not None:
            self._tray.setVisible(is_shown)

    def _tray_icon(self) -> QSystemTrayIcon:
        tray = QSystemTrayIcon(self._shell.icons.application_icon(), self)
        tray.setObjectName("trayIcon")
        tray.setToolTip("Rivers Desktop: backfills are running")
        menu = QMenu(self._window)
        menu.setObjectName("trayMenu")
        menu.addAction("Show Rivers Desktop", self.window_wanted.emit)
        menu.addAction("Quit", self.quit_chosen.emit)
        tray.setContextMenu(menu)
        tray.activated.connect(lambda _reason: self.window_wanted.emit())
        tray.messageClicked.connect(self._on_message_clicked)
        return tray

    def _on_backfill_ended(self, record: BackfillRecord) -> None:
        self._last_ended = record.backfill_id
        self._shell.notices.show(self._ending(record))
        is_in_front = self._window.isVisible() and self._window.isActiveWindow()
        if not is_in_front and self._shell.settings.preferences.notify_ends:
            self._notify(record)

    def take_back(self) -> None:
        """No message waits for an answer any more: the app ends."""
        self._messages.take_back()

    def _notify(self, record: BackfillRecord) -> None:
        actions = [(DEFAULT, "Show")]
        if record.state is not BackfillState.COMPLETED:
            actions = [(_RERUN, _rerun_text(record)), *actions]
        self._last_text = ending_text(record)
        if not self._messages.show(record.backfill_id, _TITLE, self._last_text, actions):
            self._on_message_unshown(record.backfill_id)

    def _on_message_unshown(self, _backfill_id: str) -> None:
        """Without messages that have buttons, Qt's own tells the same, where there is a tray."""
        if self._tray is not None:
            self._tray.show()  # a message needs the icon to come from
            self._tray.showMessage(_TITLE, self._last_text, self._shell.icons.application_icon())
        else:
            QApplication.alert(self._window)

    def _on_action_chosen(self, backfill_id: str, action: str) -> None:
        self.window_wanted.emit()
        if action == _RERUN:
            self.rerun_chosen.emit(backfill_id)
        else:
            self._shell.navigation.open_backfill(backfill_id)

    def _ending(self, record: BackfillRecord) -> Notice:
        navigation = self._shell.navigation
        show = NoticeAction("Show", lambda: navigation.open_backfill(record.backfill_id))
        rerun = NoticeAction(_rerun_text(record), lambda: self.rerun_chosen.emit(record.backfill_id))
        key = f"backfill {record.backfill_id}"  # in place of the one that told of its start
        if record.state is BackfillState.COMPLETED:
            return Notice(Kind.SUCCESS, ending_text(record), "", (show,), key)
        kind = Kind.WARNING if record.state is BackfillState.FAILED else Kind.NOTICE
        return Notice(kind, ending_text(record), record.error or "", (rerun, show), key)

    def _on_backfill_failed(self, backfill_id: str, error: Exception) -> None:
        self._shell.notices.report(error)

    def _on_backfill_warned(self, backfill_id: str, message: str) -> None:
        show = NoticeAction("Show", lambda: self._shell.navigation.open_backfill(backfill_id))
        key = f"warned {backfill_id}"
        self._shell.notices.show(Notice(Kind.WARNING, message, "", (show,), key))

    def _on_message_clicked(self) -> None:
        self.window_wanted.emit()
        if self._last_ended:
            self._shell.navigation.open_backfill(self._last_ended)


def _rerun_text(record: BackfillRecord) -> str:
    return "Rerun Canceled" if record.canceled and not record.failed else "Rerun Failed"


def ending_text(record: BackfillRecord) -> str:
    """`Backfill b3 of daily_flights ended: 91 partitions completed, 2 failed.`"""
    counts = [f"{plural(record.completed, 'partition')} completed"]
    counts += [f"{count(n)} {word}" for n, word in ((record.failed, "failed"), (record.canceled, "canceled")) if n]
    verb = "was canceled" if record.state is BackfillState.CANCELED else "ended"
    return f"Backfill {record.backfill_id} of {names(record.assets)} {verb}: {', '.join(counts)}."
