"""An asset among its upstream and downstream assets, each a button, joined by lines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget
from typing_extensions import override

from rivers_app.models.lineage import Lineage
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.card_button import CardButton

_CARD_WIDTH: Final = 220
_GAP_ACROSS: Final = 64
_GAP_DOWN: Final = METRICS.space_4


class LineageView(QScrollArea):
    """Upstream at the left, downstream at the right."""

    asset_chosen = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("lineageView")
        self.setAccessibleName("Lineage")
        self._board = _Board(shell)
        self.setWidget(self._board)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_lineage(self, lineage: Lineage, details: dict[str, str]) -> None:
        """`details` is the small line of each asset."""
        self._board.fill(lineage, details, self.asset_chosen.emit)


class _Board(QWidget):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._lineage: Lineage | None = None
        self._cards: dict[str, CardButton] = {}
        self.setObjectName("lineageBoard")
        self.setProperty("surface", "none")
        shell.appearance.theme_changed.connect(lambda _theme: self.update())

    def fill(self, lineage: Lineage, details: dict[str, str], chosen: Callable[[str], None]) -> None:
        for card in self._cards.values():
            card.deleteLater()
        self._lineage = lineage
        self._cards = {name: self._card(name, details, chosen) for layer in lineage.layers for name in layer}
        self._place(lineage)
        self.update()

    def _card(self, name: str, details: dict[str, str], chosen: Callable[[str], None]) -> CardButton:
        card = CardButton(
            self._shell,
            f"lineage_{name}",
            icon="layers",
            title=name,
            text=details.get(name, ""),
            clicked=partial(chosen, name),
        )
        card.setParent(self)
        card.setToolTip(name)
        card.show()
        return card

    def _place(self, lineage: Lineage) -> None:
        height = max(card.sizeHint().height() for card in self._cards.values())
        tallest = max(len(layer) for layer in lineage.layers)
        margin = METRICS.space_4
        total = tallest * (height + _GAP_DOWN) - _GAP_DOWN
        for column, layer in enumerate(lineage.layers):
            left = margin + column * (_CARD_WIDTH + _GAP_ACROSS)
            top = margin + (total - (len(layer) * (height + _GAP_DOWN) - _GAP_DOWN)) // 2
            for at, name in enumerate(layer):
                self._cards[name].setGeometry(left, top + at * (height + _GAP_DOWN), _CARD_WIDTH, height)
        width = len(lineage.layers) * (_CARD_WIDTH + _GAP_ACROSS) - _GAP_ACROSS
        self.resize(width + 2 * margin, total + 2 * margin)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._lineage is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._shell.appearance.theme.colors
        painter.setPen(QPen(QColor(colors.border_strong), 1.5))
        for upstream, downstream in self._lineage.edges:
            painter.drawPath(self._line(upstream, downstream))
        painter.setPen(QPen(QColor(colors.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = self._cards[self._lineage.asset].geometry().adjusted(-3, -3, 3, 3)
        painter.drawRoundedRect(shown, METRICS.radius_large + 3, METRICS.radius_large + 3)

    def _line(self, upstream: str, downstream: str) -> QPainterPath:
        start, end = self._cards[upstream].geometry(), self._cards[downstream].geometry()
        begin = QPointF(start.right() + 1, start.center().y())
        stop = QPointF(end.left(), end.center().y())
        bend = (stop.x() - begin.x()) / 2
        path = QPainterPath(begin)
        path.cubicTo(begin + QPointF(bend, 0), stop - QPointF(bend, 0), stop)
        return path
