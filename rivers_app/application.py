"""The composition root: makes the application, its event loop, the window and what they share, and ends them."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from platformdirs import user_log_path
from PySide6.QtCore import QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from rivers_app.bridge.background import Background, Tasks
from rivers_app.bridge.garbage import GuiGarbage
from rivers_app.bridge.signals import EndSignals
from rivers_app.icons import Icons
from rivers_app.navigation import Navigation
from rivers_app.notices import Notices
from rivers_app.plain_imports import import_plainly
from rivers_app.settings import Settings
from rivers_app.shell import Shell
from rivers_app.single_instance import SingleInstance
from rivers_app.theme import Appearance
from rivers_app.views.desktop import Desktop
from rivers_core.exceptions import RiversError
from rivers_core.resources import demo_copy, resources_folder
from rivers_core.waiting import never_waiting

APPLICATION_NAME: Final = "rivers-desktop"
DESKTOP_FILE: Final = "rivers_desktop"  # the menu entry, without its .desktop
CONTROLS_VARIABLE: Final = "RIVERS_DESKTOP_CONTROLS"
"""Names the socket at which tests ask where controls are (see `rivers_app.controls`)."""
_LOG_BYTES: Final = 1_000_000
# Threads that drive and record a backfill hold Python's lock this long at most while the window wants it.
LOCK_SECONDS: Final = 0.0005
log = logging.getLogger("rivers_app")


class ErrorCatcher(QObject):
    """Takes what nothing else caught, from any thread, to the log and to the window."""

    _caught = Signal(object)

    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self._caught.connect(notices.report)

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        loop.set_exception_handler(self._on_loop_exception)

    def remove(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        loop.set_exception_handler(None)

    def _on_exception(self, _kind: type[BaseException], error: BaseException, _at: TracebackType | None) -> None:
        self._caught.emit(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._caught.emit(args.exc_value)

    def _on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # asyncio's own context: an exception in most cases, always a message
        self._caught.emit(context.get("exception") or RuntimeError(context["message"]))


def make_shell(application: QApplication, store: QSettings) -> Shell:
    """Everything that pages and dialogs share, dressed as the person likes it."""
    import_plainly()
    settings = Settings(store)
    appearance = Appearance(application, resources_folder())
    liked = settings.preferences
    appearance.choose(scheme=liked.scheme, state_colors=liked.state_colors, text_scale=liked.text_scale)
    notices = Notices()
    return Shell(
        appearance=appearance,
        icons=Icons(appearance),
        background=Background(),
        tasks=Tasks(notices.report),
        notices=notices,
        navigation=Navigation(),
        settings=settings,
    )


async def run(shell: Shell, project: Path | None, instance: SingleInstance) -> None:
    """Show the window, open a project in it, and stay until the person quits."""
    loop = asyncio.get_running_loop()
    errors = ErrorCatcher(shell.notices)
    errors.install(loop)
    desktop = Desktop(shell)
    garbage = garbage_of(desktop)
    signals = EndSignals(desktop.end)
    signals.install()
    desktop.show()
    if socket := os.environ.get(CONTROLS_VARIABLE):
        from rivers_app.controls import ControlMap

        ControlMap(socket, desktop)
    instance.asked.connect(lambda arguments: _take_over(desktop, arguments))
    # The first picture comes before anything heavy is imported.
    QTimer.singleShot(0, desktop, lambda: desktop.begin(project))
    try:
        await desktop.closed.wait()
    finally:
        instance.close()
        shell.tasks.cancel_all()
        errors.remove(loop)
        signals.remove()
        garbage.stop()
        desktop.window.deleteLater()
        desktop.deleteLater()


def garbage_of(desktop: Desktop) -> GuiGarbage:
    """Garbage is collected from now on; what is loaded with a project is passed over until the project is closed."""
    garbage = GuiGarbage()
    garbage.start()
    desktop.projects.pages_loaded.connect(garbage.settle)
    desktop.projects.switched.connect(lambda session: garbage.release() if session is None else None)
    return garbage


def main(arguments: Sequence[str] | None = None) -> int:
    """`rivers-desktop [PROJECT | --demo]`: the exit code is 0 once the window was closed.

    Where the app runs already, its window comes forward with the project and this start ends.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    _log_to_file()
    sys.setswitchinterval(LOCK_SECONDS)
    application = _application()
    instance = SingleInstance()
    if instance.hand_over(arguments):
        return 0
    instance.listen()
    shell = make_shell(application, QSettings())
    project = _asked_for(arguments, shell)
    try:
        with never_waiting(), asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
            runner.run(run(shell, project, instance))
    finally:
        shell.background.close()
    return 0


def _take_over(desktop: Desktop, arguments: Sequence[str]) -> None:
    """Do what a second start was asked for: come forward, and open its project."""
    desktop.notifications.window_wanted.emit()
    match arguments:
        case ["--demo", *_]:
            desktop.window.start.demo_chosen.emit()
        case [project, *_]:
            desktop.projects.open(Path(project))


def _asked_for(arguments: Sequence[str], shell: Shell) -> Path | None:
    """The project on the command line; `--demo` is the user's copy of the demo, whose code came with the app."""
    if not arguments:
        return None
    if arguments[0] != "--demo":
        return Path(arguments[0])
    try:
        project = demo_copy()
    except RiversError as error:
        raise SystemExit(str(error)) from error
    shell.settings.trust(project)
    return project


def _application() -> QApplication:
    QApplication.setApplicationName(APPLICATION_NAME)
    QApplication.setApplicationDisplayName("Rivers Desktop")
    QApplication.setOrganizationName(APPLICATION_NAME)
    QApplication.setDesktopFileName(DESKTOP_FILE)
    application = QApplication([APPLICATION_NAME])
    application.setQuitOnLastWindowClosed(False)  # the window may be hidden while backfills run
    return application


def _log_to_file() -> None:
    folder = user_log_path(APPLICATION_NAME, appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(folder / "app.log", maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError as error:
        log.warning("There is no log file: %s", error)
        return
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(file)


if __name__ == "__main__":
    sys.exit(main())
