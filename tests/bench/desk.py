"""Sits down at the real app, offscreen: a window on a real engine, and a meter of how long its loop stands still."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from rivers_app.application import LOCK_SECONDS, garbage_of, make_shell
from rivers_app.bridge.project_session import ProjectSession
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_core.planning.request import BackfillRequest
from rivers_core.waiting import never_waiting
from tests.bench.rows import Row, row
from tests.bench.sample_project import project_in

T = TypeVar("T")

_TICK: Final = 0.016
_LOOK: Final = 0.005
_SCHEDULED: Final = Path("/proc/thread-self/schedstat")
_SIZE: Final = (1600, 900)


class Stalls(QObject):
    """Ticks every 16 ms; `longest` is by how many seconds the latest of all ticks came too late.

    `own` is the same without what the thread waited for a core that other programs had, where the system tells that;
    `busiest` is the most processor time that the thread used between two ticks.
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(_TICK * 1000))
        self._timer.timeout.connect(self._on_tick)
        self.start()
        self._timer.start()

    def start(self) -> None:
        """Forget what was."""
        self.longest = self.own = self.busiest = 0.0
        self._last = self._now()

    def rows(self, name: str) -> list[Row]:
        """What was since `start`."""
        return [
            row(f"{name}: longest stall", self.longest * 1000, "ms", "≤ 50"),
            row(f"{name}: longest stall, less waiting for a core", self.own * 1000, "ms", "≤ 50"),
            row(f"{name}: most work between two ticks", self.busiest * 1000, "ms", "≤ 50"),
        ]

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """The time, and of this thread: the time it used, and the time it waited for a core."""
        try:
            waited = int(_SCHEDULED.read_text(encoding="ascii").split()[1]) / 1e9
        except OSError:
            waited = 0.0
        return perf_counter(), time.thread_time(), waited

    def _on_tick(self) -> None:
        now = self._now()
        passed, used, waited = (one - before for one, before in zip(now, self._last, strict=True))
        self._last = now
        late = passed - _TICK
        self.longest, self.own = max(self.longest, late), max(self.own, late - waited)
        self.busiest = max(self.busiest, used)


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return super().eventFilter(watched, event)


class Desk:
    """`shell` and `desktop` are what the composition root makes."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.desktop = Desktop(shell)
        self.window = self.desktop.window
        self.stalls = Stalls()

    @property
    def session(self) -> ProjectSession:
        session = self.window.session
        assert session is not None
        return session

    async def open(self, project: Path) -> None:
        self.shell.settings.trust(project)
        self.desktop.projects.open(project)
        await until(lambda: self.window.session is not None and self.session.spec is not None)
        await asyncio.sleep(0.3)

    async def show_asset(self, name: str) -> None:
        """Show an asset's grid, until its states are painted."""
        self.shell.navigation.open_asset(name)
        detail = self.window.pages.assets.detail
        paints = Paints(detail.heatmap.viewport())
        await until(lambda: detail.asset == name and detail.states.is_loaded)
        paints.count = 0
        detail.heatmap.viewport().update()
        await until(lambda: paints.count > 0)

    async def launch(self, asset: str, **asked: Any) -> str:
        """Launch a backfill of all partitions of an asset, or of those asked for; its id."""
        engine = self.session.engine
        request = BackfillRequest(**{"selection": (asset,), "all_partitions": True, **asked})
        plan = await self.shell.background(engine.plan, request)
        return (await self.session.launch(plan)).backfill_id

    async def end_of(self, backfill_id: str) -> None:
        await until(lambda: backfill_id not in self.session.backfills)


async def until(condition: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait, while the event loop goes on, until something is so; TimeoutError."""
    end = perf_counter() + seconds
    while not condition():
        if perf_counter() > end:
            raise TimeoutError
        await asyncio.sleep(_LOOK)


def at_desk(work: Callable[[Desk, Path], Coroutine[Any, Any, T]], prepare: Callable[[Path], None] | None = None) -> T:
    """What `work` measured with the app and a project of its own."""
    with tempfile.TemporaryDirectory() as folder:
        project = project_in(Path(folder) / "project")
        if prepare is not None:
            prepare(project)
        sys.setswitchinterval(LOCK_SECONDS)
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        shell = make_shell(application, QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat))
        with never_waiting(), asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
            found = runner.run(_sit_down(shell, project, work))
        shell.background.close()
        assert threading.current_thread() is threading.main_thread()
        return found


async def _sit_down(shell: Shell, project: Path, work: Callable[[Desk, Path], Coroutine[Any, Any, T]]) -> T:
    desk = Desk(shell)
    garbage = garbage_of(desk.desktop)
    desk.desktop.show()
    desk.window.resize(*_SIZE)
    try:
        return await work(desk, project)
    finally:
        session = desk.window.session
        if session is not None:
            desk.window.set_session(None)
            await session.close()
        shell.tasks.cancel_all()
        garbage.stop()
        desk.window.hide()
