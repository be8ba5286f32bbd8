"""Draws the app's icon for Windows: one .ico file with a picture for each size that Windows shows.

Usage: python packaging/windows_icon.py DRAWING.svg ICON.ico
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

SIZES = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
_IS_ICON = 1
_BITS = 32


def draw(drawing: Path) -> list[tuple[int, bytes]]:
    """The drawing as PNG in each size."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(drawing))
    pictures = []
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        held = QBuffer()
        held.open(QBuffer.OpenModeFlag.WriteOnly)
        image.save(held, "PNG")  # type: ignore[call-overload]  # the stubs know only bytes as the format's name
        pictures.append((size, bytes(held.data().data())))
    del application
    return pictures


def icon(pictures: Sequence[tuple[int, bytes]]) -> bytes:
    """The pictures, (pixels on a side, PNG), as one .ico file: a head, an entry for each, then they themselves."""
    head = struct.pack("<HHH", 0, _IS_ICON, len(pictures))
    at = len(head) + 16 * len(pictures)
    entries = []
    for size, png in pictures:
        side = size % 256  # 256 is written as 0
        entries.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, _BITS, len(png), at))
        at += len(png)
    return b"".join([head, *entries, *(png for _, png in pictures)])


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(icon(draw(Path(sys.argv[1]))))
