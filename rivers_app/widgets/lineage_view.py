"""An asset among its upstream and downstream assets, each a button, joined by lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QWidget
from typing_extensions import override

from rivers_app.models.lineage import Lineage
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.card_button import CardButton

_CARD_WIDTH: Final = 220
_GAP_ACROSS: Final = 64
_GAP_DOWN: Final = METRICS.space_4
_MARGIN: Final = METRICS.space_4


class LineageView(QScrollArea):
    """Upstream at the left, downstream at the right; it begins with the asset itself in the middle.

    A repository may have thousands of assets. Only those near what is scrolled to are made.
    """

    asset_chosen = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lineageView")
        self.setAccessibleName("Lineage")
        self._board = _Board(shell, self.asset_chosen.emit)
        self._is_to_center = False
        self.setWidget(self._board)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.horizontalScrollBar().valueChanged.connect(lambda _at: self._show_near())
        self.verticalScrollBar().valueChanged.connect(lambda _at: self._show_near())

    def show_lineage(self, lineage: Lineage, details: Mapping[str, str]) -> None:
        """`details` is the small line of each asset."""
        self._board.fill(lineage, details)
        self._is_to_center = True
        if self.isVisible():
            self._show_near()

    def _show_near(self) -> None:
        """Make what is in view, and as much again on each side, where Tab leads to."""
        if self._is_to_center:
            self._is_to_center = False
            self._center()
        view = self.viewport()
        seen = QRect(self._board.mapFrom(view, view.rect().topLeft()), view.size())
        self._board.show_cards(seen.adjusted(-view.width(), -view.height(), view.width(), view.height()))

    def _center(self) -> None:
        middle, view = self._board.place_of_asset().center(), self.viewport()
        self.horizontalScrollBar().setValue(middle.x() - view.width() // 2)
        self.verticalScrollBar().setValue(middle.y() - view.height() // 2)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_near()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self._show_near()


class _Board(QWidget):
    def __init__(self, shell: Shell, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._shell = shell
        self._chosen = chosen
        self._lineage: Lineage | None = None
        self._details: Mapping[str, str] = {}
        self._places: dict[str, QRect] = {}
        self._cards: dict[str, CardButton] = {}
        self.setObjectName("lineageBoard")
        self.setProperty("surface", "none")
        shell.appearance.theme_changed.connect(lambda _theme: self.update())

    def fill(self, lineage: Lineage, details: Mapping[str, str]) -> None:
        """Have a place for each asset; the cards are made by `show_cards`."""
        for card in self._cards.values():
            card.hide()
            card.deleteLater()
        self._lineage, self._details = lineage, details
        self._cards = {lineage.asset: self._card(lineage.asset)}
        self._place(lineage, self._cards[lineage.asset].sizeHint().height())
        self._cards[lineage.asset].setGeometry(self._places[lineage.asset])
        self.update()

    def show_cards(self, near: QRect) -> None:
        """Have the cards that touch `near`, and no others, except one that has the keyboard."""
        wanted = {name for name, place in self._places.items() if place.intersects(near)}
        for name in self._cards.keys() - wanted:
            if not self._cards[name].hasFocus():
                self._cards.pop(name).deleteLater()
        for name in self._places:  # in this order Tab goes through them
            if name in wanted and name not in self._cards:
                self._cards[name] = card = self._card(name)
                card.setGeometry(self._places[name])

    def place_of_asset(self) -> QRect:
        return self._places[self._lineage.asset] if self._lineage is not None else QRect()

    def _card(self, name: str) -> CardButton:
        card = CardButton(
            self._shell,
            f"lineage_{name}",
            icon="layers",
            title=name,
            text=self._details.get(name, ""),
            clicked=partial(self._chosen, name),
            parent=self,
        )
        card.setToolTip(name)
        card.show()
        return card

    def _place(self, lineage: Lineage, height: int) -> None:
        step = height + _GAP_DOWN
        total = max(len(layer) for layer in lineage.layers) * step - _GAP_DOWN
        self._places = {}
        for column, layer in enumerate(lineage.layers):
            left = _MARGIN + column * (_CARD_WIDTH + _GAP_ACROSS)
            top = _MARGIN + (total - (len(layer) * step - _GAP_DOWN)) // 2
            for at, name in enumerate(layer):
                self._places[name] = QRect(left, top + at * step, _CARD_WIDTH, height)
        width = len(lineage.layers) * (_CARD_WIDTH + _GAP_ACROSS) - _GAP_ACROSS
        self.resize(width + 2 * _MARGIN, total + 2 * _MARGIN)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._lineage is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._shell.appearance.theme.colors
        painter.setPen(QPen(QColor(colors.border_strong), 1.5))
        for upstream, downstream in self._lineage.edges:
            start, end = self._places[upstream], self._places[downstream]
            if start.united(end).intersects(event.rect()):
                painter.drawPath(_line(start, end))
        painter.setPen(QPen(QColor(colors.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = self.place_of_asset().adjusted(-3, -3, 3, 3)
        painter.drawRoundedRect(shown, METRICS.radius_large + 3, METRICS.radius_large + 3)


def _line(start: QRect, end: QRect) -> QPainterPath:
    begin = QPointF(start.right() + 1, start.center().y())
    stop = QPointF(end.left(), end.center().y())
    bend = (stop.x() - begin.x()) / 2
    path = QPainterPath(begin)
    path.cubicTo(begin + QPointF(bend, 0), stop - QPointF(bend, 0), stop)
    return path
