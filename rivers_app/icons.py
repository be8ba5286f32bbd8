"""Icons of the app: line drawings tinted by the theme and drawn crisply at any size."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from typing_extensions import override

from rivers_app.palettes import ThemeColors
from rivers_app.theme import Appearance


class Icons:
    """Gives icons by name, the file's name under `resources/icons` without `.svg`.

    `role` is the name of the theme color an icon has while it is enabled. An icon follows the theme by itself,
    so it is set once.
    """

    def __init__(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._folder = appearance.resources / "icons"
        self._drawings: dict[str, str] = {}

    def icon(self, name: str, role: str = "text_muted") -> QIcon:
        """Raises `FileNotFoundError` if there is no such drawing, `AttributeError` if no such color."""
        getattr(self._appearance.theme.colors, role)
        return QIcon(_TintedDrawing(self._drawing(name), role, self._appearance))

    def application_icon(self) -> QIcon:
        return QIcon(str(self._folder / "rivers-desktop.svg"))

    def _drawing(self, name: str) -> str:
        if name not in self._drawings:
            self._drawings[name] = Path(self._folder / f"{name}.svg").read_text(encoding="utf-8")
        return self._drawings[name]


class _TintedDrawing(QIconEngine):
    def __init__(self, drawing: str, role: str, appearance: Appearance) -> None:
        super().__init__()
        self._drawing = drawing
        self._role = role
        self._appearance = appearance
        self._rendered: dict[tuple[int, int, str], QPixmap] = {}

    @override
    def clone(self) -> QIconEngine:
        return _TintedDrawing(self._drawing, self._role, self._appearance)

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.scaledPixmap(rect.size() * ratio, mode, state, ratio))

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    @override
    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        color = self._color(self._appearance.theme.colors, mode)
        key = (size.width(), size.height(), color)
        if key not in self._rendered:
            self._rendered[key] = _render(self._drawing.replace("currentColor", color), size)
        pixmap = QPixmap(self._rendered[key])
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def _color(self, colors: ThemeColors, mode: QIcon.Mode) -> str:
        if mode is QIcon.Mode.Disabled:
            return colors.text_disabled
        color: str = getattr(colors, self._role)
        return color


def _render(drawing: str, size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    if pixmap.isNull():  # for a part that is squeezed to nothing
        return pixmap
    pixmap.fill(Qt.GlobalColor.transparent)
    side = min(size.width(), size.height())
    place = QRectF(QPoint((size.width() - side) // 2, (size.height() - side) // 2), QSize(side, side))
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, place)
    painter.end()
    return pixmap
