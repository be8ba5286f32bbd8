"""Draws every screen of the app, light and dark: `python -m tests.screenshots [FOLDER] [--size 1280x800]`.

A screen of 3840 by 2160 pixels at scale 2 is drawn by a process of its own, since the scale holds for a whole process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final
from unittest.mock import patch

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from rivers_core.resources import resources_folder
from tests.screenshots import screens, states, tour
from tests.screenshots.stage import Stage


def main() -> int:
    arguments = _arguments()
    application = QApplication.instance() or QApplication(["rivers-desktop"])
    application.setApplicationName("rivers-desktop")
    with (
        tempfile.TemporaryDirectory(prefix="rivers-screenshots-") as folder,
        patch.dict(os.environ, {"HOME": folder}),
        asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner,
    ):
        drawn = runner.run(_play(application, Path(folder), arguments))
    if "all" in arguments.scenes:
        command = [sys.executable, "-m", "tests.screenshots", str(arguments.pictures), "--size", "1920x1080"]
        subprocess.run([*command, "--scenes", "large"], env={**os.environ, "QT_SCALE_FACTOR": "2"}, check=True)
    print(f"{len(drawn)} pictures, {sum(path.stat().st_size for path in drawn) / 1e6:.1f} MB in {arguments.pictures}")
    return 0


async def _play(application: QApplication, folder: Path, arguments: argparse.Namespace) -> list[Path]:
    stage = Stage(application, folder, arguments.pictures, arguments.size)
    try:
        for name, play in _SCENES.items():
            if name in arguments.scenes or ("all" in arguments.scenes and name != "large"):
                await play(stage)
    finally:
        await stage.close()
        stage.shell.background.close()
    return stage.drawn


_SCENES: Final = {
    "tour": tour.first_light,
    "screens": screens.all_screens,
    "states": states.all_states,
    "large": tour.large_screen,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, default=resources_folder() / "help" / "pictures")
    parser.add_argument("--size", type=_size, default=(1280, 800), help="of the window, as WIDTHxHEIGHT")
    parser.add_argument("--scenes", nargs="+", default=["all"], choices=["all", *_SCENES], help="some of them only")
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
