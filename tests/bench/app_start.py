"""Measures how long the app takes from its command line to the first picture, and to the assets of its project."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.rows import Row, print_rows, row

_TIMES: Final = 4
_CHILD: Final = "--child"


def measure() -> list[Row]:
    """Rows of name, value, unit and target; of some starts the first, which fills caches, is left out."""
    from tests.bench.sample_project import project_in  # and the engine, which a child has to load by itself

    with tempfile.TemporaryDirectory() as folder:
        project = project_in(Path(folder) / "project")
        shown = [_start(Path(folder), project) for _ in range(_TIMES)][1:]
    return [
        row("app start, warm: to the first picture", min(one["window"] for one in shown), "s", "≤ 1"),
        row("app start, warm: processor time to the first picture", min(one["window_cpu"] for one in shown), "s"),
        row("app start, warm: to the assets of the project", min(one["assets"] for one in shown), "s"),
        row("app start, warm: processor time to the assets", min(one["assets_cpu"] for one in shown), "s"),
    ]


def _start(home: Path, project: Path) -> dict[str, float]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a warm start finds its modules compiled
    command = [sys.executable, "-m", "tests.bench.app_start", _CHILD, str(project), str(time.time())]
    told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds: dict[str, float] = json.loads(told)
    return seconds


def _child(project: Path, began: float) -> None:
    """The composition root's own steps, timed."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

    from rivers_app.application import make_shell
    from rivers_app.views.desktop import Desktop
    from tests.bench.painted import Painted

    async def timed() -> dict[str, float]:
        desktop = Desktop(shell)
        first = Painted(desktop.window)
        desktop.show()
        await first.happened.wait()
        seconds = {"window": time.time() - began, "window_cpu": time.process_time()}
        desktop.begin(project)
        while desktop.window.session is None or desktop.window.session.spec is None:
            await asyncio.sleep(0.002)
        second = Painted(desktop.window.pages.assets.list)
        desktop.window.pages.assets.list.update()
        await second.happened.wait()
        seconds["assets"] = time.time() - began
        seconds["assets_cpu"] = time.process_time()
        await desktop.window.session.close()
        return seconds

    application = QApplication([])
    shell = make_shell(application, QSettings(str(project.parent / "settings.ini"), QSettings.Format.IniFormat))
    shell.settings.trust(project)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        seconds = runner.run(timed())
    print(json.dumps(seconds), flush=True)
    os._exit(0)  # what the app does at its end is not measured


if __name__ == "__main__":
    if _CHILD in sys.argv:
        _child(Path(sys.argv[-2]), float(sys.argv[-1]))
    print_rows(measure())
