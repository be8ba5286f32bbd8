"""The stage on which screens are played: the real app on a copy of the demo, photographed light and dark."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QWidget

from rivers_app.application import make_shell
from rivers_app.bridge.project_session import ProjectSession
from rivers_app.palettes import Scheme
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from tests import hands
from tests.screenshots.pictures import picture_of, save

SIZE: Final = (1280, 800)
_SECONDS: Final = 60.0
_REST: Final = 0.25
_INSTALLED: Final = "/opt/rivers"
Part = TypeVar("Part", bound=QWidget)


class Stage:
    """`folder` is for what the app remembers and the projects it opens, `pictures` for what is drawn."""

    def __init__(self, application: QApplication, folder: Path, pictures: Path, size: tuple[int, int] = SIZE) -> None:
        self._pictures = pictures
        self.folder = folder
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.shell: Shell = make_shell(application, store)
        self.desktop = Desktop(self.shell)
        self.window = self.desktop.window
        self.desktop.show()
        self.window.resize(*size)
        self.drawn: list[Path] = []

    def part(self, kind: type[Part], name: str) -> Part:
        return hands.part(self.window, kind, name)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition, which is told by `what` if it never comes."""
        end = time.monotonic() + _SECONDS
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"Waited in vain for {what}.")
            await asyncio.sleep(0.02)

    async def reopen(self, project: Path) -> ProjectSession:
        """Open a project in place of the one that is open, and wait until its code was read or found broken."""
        self.shell.settings.trust(project)
        before = self.window.session
        self.desktop.projects.open(project)
        await self.until(lambda: self.window.session not in (None, before), "the other project")
        session = self.window.session
        assert session is not None
        await self.until(lambda: session.spec is not None or session.code_error is not None, "its code")
        return session

    async def opened(self, name: str) -> QWidget:
        """The dialog of that name, as soon as it is there and filled."""
        await self.until(lambda: hands.dialog(name), name)
        await self.rest()
        found = hands.dialog(name)
        assert found is not None
        self.center(found)
        return found

    def center(self, dialog: QWidget) -> None:
        """Place a dialog as a window manager does."""
        if dialog.windowType() is Qt.WindowType.Dialog:
            dialog.move(self.window.frameGeometry().center() - dialog.rect().center())

    async def rest(self) -> None:
        """Let what was asked in the background arrive and be painted."""
        await asyncio.sleep(_REST)

    def shoot(self, name: str) -> None:
        """Draw what is on the screen in both schemes; nothing happens on the stage meanwhile."""
        for scheme in Scheme:
            self.dress(scheme)
            self._shoot_in(scheme, name)
        self.dress()

    async def shoot_settled(self, name: str) -> None:
        """The same for what dresses itself a moment later."""
        for scheme in Scheme:
            self.dress(scheme)
            await self.rest()
            self._shoot_in(scheme, name)
        self.dress()

    def _shoot_in(self, scheme: Scheme, name: str) -> None:
        _show_as(str(self.folder), "~")
        _show_as(sys.prefix, _INSTALLED)
        path = self._pictures / f"{name}-{scheme.value}.png"
        save(picture_of(self.window, _above(self.window)), path)
        self.drawn.append(path)

    def dress(self, scheme: Scheme = Scheme.LIGHT) -> None:
        liked = self.shell.settings.preferences
        self.shell.appearance.choose(scheme=scheme, state_colors=liked.state_colors, text_scale=liked.text_scale)

    def dismiss_notices(self) -> None:
        self.window.banners.clear()

    async def leave(self, dialog: str) -> None:
        """Close a dialog as Escape does."""
        open_dialog = hands.dialog(dialog)
        assert open_dialog is not None
        open_dialog.close()
        await self.until(lambda: hands.dialog(dialog) is None, f"{dialog} to close")

    async def close_project(self) -> None:
        """Close it as it is: what runs is left interrupted."""
        session = self.window.session
        if session is not None:
            self.window.set_session(None)
            self.desktop.projects.switched.emit(None)
            await session.close()

    async def close(self) -> None:
        """Take everything down, the workers too."""
        await self.close_project()
        self.shell.tasks.cancel_all()
        self.window.hide()


def _above(window: QWidget) -> list[QWidget]:
    """What lies open over the window: popups, and of dialogs the one in front."""
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget is not window]
    front = QApplication.activeModalWidget()
    return sorted(
        (widget for widget in shown if widget is front or not widget.isModal()),
        key=lambda widget: widget.windowType() is not Qt.WindowType.Dialog,
    )


def _show_as(folder: str, shown: str) -> None:
    """Show a folder of the computer that draws as one of whoever looks: their home, where the app is installed."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLabel | QLineEdit) and folder in widget.text():
            widget.setText(widget.text().replace(folder, shown))
        elif isinstance(widget, QPlainTextEdit) and folder in widget.toPlainText():
            cursor = widget.document().find(folder)
            while not cursor.isNull():
                cursor.insertText(shown)
                cursor = widget.document().find(folder, cursor)
