"""Pictures of widgets as small PNG files: a dialog over its window, colors kept to the 256 that matter."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

_MOST_COLORS: Final = 256
_RARE_COLORS: Final = 64
_CHUNK: Final = 2048
_TITLE_HEIGHT: Final = 30
_SHADOW: Final = 12


def picture_of(window: QWidget, popups: list[QWidget]) -> QImage:
    """The window with what lies open over it, each with a frame as a window manager draws one."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for popup in popups:
        at = popup.mapToGlobal(QPoint(0, 0)) - window.mapToGlobal(QPoint(0, 0))
        if popup.windowType() is Qt.WindowType.Dialog:
            if popup.isModal():
                painter.fillRect(image.rect(), QColor(0, 0, 0, 90))
            _paint_framed(painter, popup, at)
        else:
            painter.drawPixmap(at, popup.grab())
    painter.end()
    return image


def _paint_framed(painter: QPainter, popup: QWidget, at: QPoint) -> None:
    content = popup.grab()
    framed = QRect(at.x(), at.y() - _TITLE_HEIGHT, popup.width(), popup.height() + _TITLE_HEIGHT)
    _paint_shadow(painter, framed)
    painter.fillRect(framed, popup.palette().window())
    painter.setPen(popup.palette().windowText().color())
    title = QRect(framed.left(), framed.top(), framed.width(), _TITLE_HEIGHT)
    painter.drawText(title, Qt.AlignmentFlag.AlignCenter, popup.windowTitle())
    painter.drawPixmap(framed.left(), framed.top() + _TITLE_HEIGHT, content)
    painter.setPen(popup.palette().mid().color())
    painter.drawRect(framed.adjusted(0, 0, -1, -1))


def _paint_shadow(painter: QPainter, place: QRect) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 8))
    for spread in range(_SHADOW, 0, -2):
        painter.drawRoundedRect(place.adjusted(-spread, -spread, spread, spread), 8, 8)


def save(image: QImage, path: Path) -> None:
    """Write a PNG with a palette of its own; text and cells keep their exact colors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    indexed = with_palette(image)
    if not indexed.save(str(path), "PNG", 0):
        raise OSError(f"{path} could not be written.")


def with_palette(image: QImage) -> QImage:
    """The same picture in 256 colors: its commonest ones, and the rare ones that none of these comes near."""
    pixels = _pixels(image)
    colors, places, counts = np.unique(pixels.reshape(-1), return_inverse=True, return_counts=True)
    kept = _kept(colors, counts)
    nearest = _nearest(colors, kept)
    indices = nearest[places].astype(np.uint8).reshape(pixels.shape)
    height, width = indices.shape
    rows = np.zeros((height, -(-width // 4) * 4), dtype=np.uint8)  # Qt wants rows of whole words
    rows[:, :width] = indices
    made = QImage(rows.tobytes(), width, height, rows.shape[1], QImage.Format.Format_Indexed8)
    made.setColorTable([int(color) | 0xFF000000 for color in kept])
    return made.copy()


def _pixels(image: QImage) -> NDArray[np.uint32]:
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(flat.constBits(), dtype=np.uint32).reshape(flat.height(), flat.bytesPerLine() // 4)
    return words[:, : flat.width()] & 0xFFFFFF


def _kept(colors: NDArray[np.uint32], counts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """At most 256 of the colors: a dot of eight pixels keeps its color, however seldom that is."""
    commonest = colors[np.argsort(-counts, kind="stable")[: _MOST_COLORS - _RARE_COLORS]]
    channels = _channels(colors)
    apart = _apart(channels, _channels(commonest)).min(axis=1)
    rare: list[np.intp] = []
    while len(rare) < _RARE_COLORS and apart.any():
        rare.append(apart.argmax())
        apart = np.minimum(apart, _apart(channels, channels[rare[-1:]])[:, 0])
    return np.concatenate([commonest, colors[rare]]) if rare else commonest


def _nearest(colors: NDArray[np.uint32], kept: NDArray[np.uint32]) -> NDArray[np.int64]:
    """For each color the place of the most similar one that is kept."""
    wanted, offered = _channels(colors), _channels(kept)
    found = np.empty(len(colors), dtype=np.int64)
    for start in range(0, len(colors), _CHUNK):
        found[start : start + _CHUNK] = _apart(wanted[start : start + _CHUNK], offered).argmin(axis=1)
    return found


def _apart(some: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int32]:
    """Squared distances, shape `some x others`."""
    apart: NDArray[np.int32] = ((some[:, None, :] - others[None, :, :]) ** 2).sum(axis=2, dtype=np.int32)
    return apart


def _channels(colors: NDArray[np.uint32]) -> NDArray[np.int32]:
    return np.stack([(colors >> shift & 0xFF).astype(np.int32) for shift in (16, 8, 0)], axis=1)
