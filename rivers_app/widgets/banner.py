"""A strip that says one thing: what happened, what was kept, what to do, with details to copy."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from rivers_app.notices import Kind, Notice, NoticeAction, notice_of
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import ICON_SIZE, button, dressed, label, row, tool_button

_ICONS: Final = {
    Kind.NOTICE: ("info", "accent"),
    Kind.SUCCESS: ("circle-check", "success"),
    Kind.WARNING: ("triangle-alert", "warning"),
    Kind.DANGER: ("circle-alert", "danger"),
}
_DETAILS_LINES: Final = 12
_MOST_ROOM: Final = 0.4


class Banner(QFrame):
    """Shows one notice at a time and hides itself when it is dismissed."""

    dismissed = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._notice: Notice | None = None
        self.setObjectName("banner")
        self._create_parts()
        self._lay_out()
        self.hide()
        shell.appearance.theme_changed.connect(self._on_theme_changed)

    @property
    def notice(self) -> Notice | None:
        """What is being shown."""
        return self._notice

    def show_notice(self, notice: Notice) -> None:
        self._notice = notice
        self._dress(notice.kind)
        self._text.setText(notice.text)
        self._details.setPlainText(notice.details)
        self._details_button.setVisible(bool(notice.details))
        self._details_button.setChecked(False)
        self._fill_actions(notice.actions)
        self.setAccessibleName(f"{notice.kind.value}: {notice.text}")
        self.show()

    def show_error(self, error: BaseException) -> None:
        """Show what went wrong; one that no user can act on is logged as a bug as well."""
        self._shell.notices.log_bug(error)
        self.show_notice(notice_of(error))

    def dismiss(self) -> None:
        self._notice = None
        self.hide()
        self.dismissed.emit()

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._icon = label("", "bannerIcon")
        self._text = label("", "bannerText", wraps=True, selectable=True)
        self._text.setMinimumWidth(120)
        self._details_button = button("Details", "bannerDetailsButton", role="quiet", checkable=True)
        self._details_button.toggled.connect(self._on_details_toggled)
        self._copy_button = button("Copy", "bannerCopyButton", self._on_copy_clicked, icon=icons.icon("copy"))
        self._close_button = tool_button("bannerDismissButton", icons.icon("x"), "Dismiss", self.dismiss)
        self._details = QPlainTextEdit()
        self._details.setObjectName("bannerDetails")
        self._details.setAccessibleName("Details")
        self._details.setReadOnly(True)
        self._details.setProperty("role", "code")
        self._details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._actions = row()

    def _lay_out(self) -> None:
        above = row(self._icon, self._text, self._actions, self._details_button, self._close_button)
        above.setStretchFactor(self._text, 1)
        below = row(self._details, self._copy_button)
        below.setAlignment(self._copy_button, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_3, METRICS.space_2, METRICS.space_2, METRICS.space_2)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(above)
        layout.addLayout(below)
        self._on_details_toggled(False)

    def _on_theme_changed(self) -> None:
        if self._notice is not None:
            self._dress(self._notice.kind)

    def _dress(self, kind: Kind) -> None:
        name, role = _ICONS[kind]
        self._icon.setPixmap(self._shell.icons.icon(name, role).pixmap(ICON_SIZE, self.devicePixelRatioF()))
        dressed(self, "banner", kind.value)

    def _fill_actions(self, actions: tuple[NoticeAction, ...]) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for at, action in enumerate(actions):
            self._actions.addWidget(button(action.text, f"bannerAction{at}", partial(self._on_action_chosen, action)))

    def _on_action_chosen(self, action: NoticeAction) -> None:
        self.dismiss()
        action.chosen()

    def _on_details_toggled(self, are_shown: bool) -> None:
        self._details.setVisible(are_shown)
        self._copy_button.setVisible(are_shown)
        lines = min(_DETAILS_LINES, self._details.document().blockCount() + 1)
        self._details.setFixedHeight(lines * self._details.fontMetrics().lineSpacing() + METRICS.space_4)

    def _on_copy_clicked(self) -> None:
        if self._notice is not None:
            QGuiApplication.clipboard().setText(f"{self._notice.text}\n\n{self._notice.details}")


class BannerStack(QWidget):
    """The notices of a window, one under the other; a notice with the key of another replaces it.

    They lie over the lower left of their parent: nothing moves away under the pointer when one appears. Those that go
    by themselves lie on top; room is asked for those that stay, so that they hide nothing.
    """

    room_wanted = Signal(int)
    """How much of the lower edge, in pixels, the notices take that stay until they are dismissed."""

    MOST: Final = 4
    WIDTH: Final = 720
    PASSING_MILLISECONDS: Final = 8000

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._shell = shell
        self._over = parent
        self.setObjectName("bannerStack")
        self.setAccessibleName("Notices")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(METRICS.space_2)
        self._banners: list[Banner] = []
        self._room = 0
        self.hide()
        parent.installEventFilter(self)
        shell.notices.shown.connect(self.show_notice)
        shell.notices.dismissed.connect(self.dismiss)

    @property
    def notices(self) -> list[Notice]:
        return [banner.notice for banner in self._banners if banner.notice is not None]

    def show_notice(self, notice: Notice) -> None:
        banner = next((known for known in self._banners if _is_same(known.notice, notice)), None) or self._added()
        banner.show_notice(notice)
        self._layout.removeWidget(banner)
        self._layout.insertWidget(0 if _passes(notice) else self._layout.count(), banner)
        self.show()
        self.raise_()
        self._place()
        if _passes(notice):
            QTimer.singleShot(self.PASSING_MILLISECONDS, banner, lambda: self._on_read(banner, notice))

    def dismiss(self, key: str) -> None:
        for banner in list(self._banners):
            if banner.notice is not None and banner.notice.key == key:
                banner.dismiss()

    def clear(self) -> None:
        for banner in list(self._banners):
            banner.dismiss()

    def _added(self) -> Banner:
        if len(self._banners) == self.MOST:
            self._banners[0].dismiss()
        banner = Banner(self._shell, self)
        banner.dismissed.connect(lambda: self._on_dismissed(banner))
        self._banners.append(banner)
        return banner

    def _on_read(self, banner: Banner, notice: Notice) -> None:
        if banner.notice is notice:
            banner.dismiss()

    def _on_dismissed(self, banner: Banner) -> None:
        if banner in self._banners:
            self._banners.remove(banner)
            self._layout.removeWidget(banner)
            banner.deleteLater()
        self.setVisible(bool(self._banners))
        self._place()

    def _place(self) -> None:
        """Take as much height as the notices need, upwards from the lower edge."""
        room = self._over.size()
        width = min(self.WIDTH, room.width() - 2 * METRICS.space_4)
        self._layout.activate()
        height = self._layout.heightForWidth(width) if self._layout.hasHeightForWidth() else self.sizeHint().height()
        top = max(0, room.height() - height - METRICS.space_4)
        self.setGeometry(METRICS.space_4, top, width, min(height, room.height()))
        self._ask_for_room()

    def _ask_for_room(self) -> None:
        staying = [banner.height() for banner in self._banners if banner.notice and not _passes(banner.notice)]
        room = sum(staying) + len(staying) * METRICS.space_2 + METRICS.space_2 if staying else 0
        room = min(room, round(self._over.height() * _MOST_ROOM))
        if room != self._room:
            self._room = room
            self.room_wanted.emit(room)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)


def _passes(notice: Notice) -> bool:
    return notice.kind is Kind.SUCCESS or notice.passing


def _is_same(shown: Notice | None, notice: Notice) -> bool:
    return shown is not None and (shown.key or shown.text) == (notice.key or notice.text)
