"""Draws the app's icon in every size a desktop asks for.

Usage: python packaging/render_icons.py resources/icons/rivers-desktop.svg FOLDER
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from desktop_files import APP, ICON_SIZES


def render(drawing: Path, folder: Path) -> list[Path]:
    """Write `folder`/SIZExSIZE/apps/rivers-desktop.png for each size, and the drawing itself as scalable."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(drawing))
    made = []
    for size in ICON_SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        made.append(_place(folder, f"{size}x{size}", ".png"))
        image.save(str(made[-1]))
    made.append(_place(folder, "scalable", ".svg"))
    shutil.copyfile(drawing, made[-1])
    del application
    return made


def _place(folder: Path, size: str, suffix: str) -> Path:
    file = folder / size / "apps" / f"{APP}{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


if __name__ == "__main__":
    render(Path(sys.argv[1]), Path(sys.argv[2]))
