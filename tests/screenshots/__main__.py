"""Draws every screen of the app, light and dark: `python -m tests.screenshots [FOLDER] [--size 1280x800]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from rivers_core.resources import resources_folder
from tests.screenshots import screens, tour
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
    print(f"{len(drawn)} pictures, {sum(path.stat().st_size for path in drawn) / 1e6:.1f} MB in {arguments.pictures}")
    return 0


async def _play(application: QApplication, folder: Path, arguments: argparse.Namespace) -> list[Path]:
    stage = Stage(application, folder, arguments.pictures, arguments.size)
    try:
        await tour.first_light(stage)
        await screens.all_screens(stage)
    finally:
        await stage.close()
        stage.shell.background.close()
    return stage.drawn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, default=resources_folder() / "help" / "pictures")
    parser.add_argument("--size", type=_size, default=(1280, 800), help="of the window, as WIDTHxHEIGHT")
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
