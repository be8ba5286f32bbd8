"""Small pictures of cells: what each code looks like at one cell size, as pixels ready to be copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rivers_app.heatmap.layouts import Bytes
from rivers_app.heatmap.pyramid import STATES, TINTS, code_of
from rivers_app.marks import paint_mark
from rivers_app.palettes import STATE_MARKS, Mark, StatePalette, mixed, readable_on
from rivers_app.theme import Theme
from rivers_core.states import PartitionState

Pixels = NDArray[np.uint32]

CODES: Final = 64
SELECTED: Final = CODES
"""The bit that marks the code of a selected block."""
MARKS_FROM: Final = 10
"""Logical pixels from which cells carry their mark."""
_TINT_WEIGHTS: Final = (0.45, 0.6, 0.76, 0.92)
_SELECTION_CODES: Final = 2
_SELECTION_WEIGHT: Final = 0.3


def fill_of(palette: StatePalette, state: PartitionState, tint: int) -> str:
    """The color of a block (`#rrggbb`), moved towards failed by its tint (0 to `TINTS`)."""
    base = palette.missing_area if state is PartitionState.MISSING else palette.fills[state]
    return base if tint == 0 else mixed(base, palette.failure_tint, _TINT_WEIGHTS[tint - 1])


def block_colors(theme: Theme) -> Pixels:
    """An RGB color for each code, for pictures of one pixel a block; the background for codes that mean nothing.

    `SELECTED` added to a code gives its color where it is selected.
    """
    colors: Pixels = np.full(2 * CODES, QColor(theme.states.background).rgba(), dtype=np.uint32)
    for state in PartitionState:
        for tint in range(TINTS + 1):
            color, code = fill_of(theme.states, state, tint), code_of(state, tint)
            colors[code] = QColor(color).rgba()
            colors[code | SELECTED] = QColor(mixed(color, theme.colors.accent, _SELECTION_WEIGHT)).rgba()
    return colors


@dataclass(frozen=True, slots=True)
class CellShape:
    """A cell of `width` x `height` device pixels with its gap to the next; `ratio` of them are a logical one."""

    width: int
    height: int
    ratio: float = 1.0

    @property
    def least(self) -> float:
        """The shorter side in logical pixels."""
        return min(self.width, self.height) / self.ratio

    @property
    def inset(self) -> tuple[int, int]:
        """Device pixels left free before (left, top) and after (right, bottom) the cell's fill."""
        if self.least < 12:
            return 0, round(self.ratio)
        gap = round(self.ratio if self.least < 40 else 2 * self.ratio)
        return gap, gap

    @property
    def radius(self) -> float:
        return 0.0 if self.least < 9 else min(4.0, self.least / 7) * self.ratio

    @property
    def fill(self) -> QRectF:
        before, after = self.inset
        return QRectF(before, before, self.width - before - after, self.height - before - after)


def cell_sprites(shape: CellShape, theme: Theme) -> Pixels:
    """Shape `CODES x height x width`, premultiplied ARGB; codes that mean nothing are transparent."""
    sheet = _Sheet(shape, CODES)
    for state in PartitionState:
        for tint in range(TINTS + 1):
            painter = sheet.painter(code_of(state, tint))
            _paint_cell(painter, shape, theme.states, state, tint)
            painter.end()
    return sheet.pixels()


def selection_sprites(shape: CellShape, theme: Theme) -> Pixels:
    """Shape `2 x height x width`: nothing, and the ground a selected cell lies on."""
    sheet = _Sheet(shape, _SELECTION_CODES)
    painter = sheet.painter(1)
    painter.fillRect(QRectF(0, 0, shape.width, shape.height), QColor(theme.colors.accent))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.black)
    ring = (1.0 if shape.least < 20 else 1.5) * shape.ratio
    painter.drawRoundedRect(shape.fill.adjusted(ring, ring, -ring, -ring), shape.radius, shape.radius)
    painter.end()
    return sheet.pixels()


def assembled(codes: Bytes, sprites: Pixels) -> Pixels:
    """The picture of a rectangle of cells: shape `rows * height x columns * width`."""
    rows, columns = codes.shape
    _, height, width = sprites.shape
    # In one step, because numpy lets go of Python's lock in each: a busy thread beside this one takes it every time.
    lines = codes[:, None, :].astype(np.intp) * height + np.arange(height)[:, None]
    picture: Pixels = sprites.reshape(-1, width).take(lines, axis=0, mode="clip")
    return picture.reshape(rows * height, columns * width)


class _Sheet:
    """An image of `count` sprites below each other."""

    def __init__(self, shape: CellShape, count: int) -> None:
        self._shape = shape
        self._count = count
        self._image = QImage(shape.width, shape.height * count, QImage.Format.Format_ARGB32_Premultiplied)
        self._image.fill(Qt.GlobalColor.transparent)

    def painter(self, sprite: int) -> QPainter:
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(0, sprite * self._shape.height, self._shape.width, self._shape.height)
        painter.translate(0, sprite * self._shape.height)
        return painter

    def pixels(self) -> Pixels:
        pixels = np.frombuffer(self._image.constBits(), dtype=np.uint32)
        return pixels.reshape(self._count, self._shape.height, self._shape.width).copy()


def _paint_cell(painter: QPainter, shape: CellShape, palette: StatePalette, state: PartitionState, tint: int) -> None:
    fill = fill_of(palette, state, tint)
    place, radius = shape.fill, shape.radius
    if state is PartitionState.MISSING and tint == 0:
        line = shape.ratio
        painter.setPen(QPen(QColor(palette.missing_outline), line))
        painter.setBrush(QColor(palette.background))
        painter.drawRoundedRect(place.adjusted(line / 2, line / 2, -line / 2, -line / 2), radius, radius)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill))
    painter.drawRoundedRect(place, radius, radius)
    mark = Mark.CROSS if tint else STATE_MARKS[state]
    if shape.least >= MARKS_FROM:
        paint_mark(painter, place, mark, QColor(readable_on(fill)))


assert code_of(PartitionState(STATES - 1), TINTS) < CODES
