"""How partitions are grouped into runs: a choice, and two lists to drag dimensions between."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QWidget
from typing_extensions import override

from rivers_app.theme import METRICS
from rivers_app.widgets.parts import column, combo_box, label, row
from rivers_core.partitions.strategy import MULTI_RUN, PER_DIMENSION, SINGLE_RUN, BackfillStrategy

_ASSET_DEFAULT = "asset_default"


class _DimensionList(QListWidget):
    """Dimensions that can be dragged to the other list, or sent there with Enter or a double click."""

    dragged = Signal()
    """A drag that began here is over."""

    def __init__(self, name: str, accessible_name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setProperty("framed", True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setFixedHeight(4 * self.fontMetrics().lineSpacing() + METRICS.space_6)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.item(at).text() for at in range(self.count()))

    @override
    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        super().startDrag(supportedActions)
        self.dragged.emit()


class StrategyPicker(QWidget):
    """`strategy` None stands for the asset's own; the lists are there for partitions with dimensions only."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strategyPicker")
        self._dimensions: tuple[str, ...] = ()
        self._choice = combo_box("strategyChoice", "Strategy")
        self._spread = _DimensionList("multiRunDimensions", "Dimensions with a run for each key")
        self._batched = _DimensionList("singleRunDimensions", "Dimensions batched in each run")
        self._lists = QWidget()
        self._lay_out()
        self._choice.currentIndexChanged.connect(self._on_chosen)
        for names in (self._spread, self._batched):
            names.dragged.connect(self.changed)
            names.itemActivated.connect(lambda _item, names=names: self._send_over(names))
        self.offer((), None)

    def offer(self, dimensions: Sequence[str], asset_default: BackfillStrategy | None) -> None:
        """Offer what fits these dimensions; `asset_default` is named in the first choice."""
        self._dimensions = tuple(dimensions)
        self._choice.blockSignals(True)
        self._choice.clear()
        own = strategy_words(asset_default or BackfillStrategy.multi_run())
        self._choice.addItem(f"The asset's own: {own}", _ASSET_DEFAULT)
        self._choice.addItem("One run for each partition", MULTI_RUN)
        self._choice.addItem("One run for all partitions", SINGLE_RUN)
        if len(self._dimensions) > 1:
            self._choice.addItem("Per dimension", PER_DIMENSION)
        self._choice.blockSignals(False)
        self._fill(self._dimensions[:1], self._dimensions[1:])
        self._lists.hide()

    @property
    def strategy(self) -> BackfillStrategy | None:
        kind = self._choice.currentData()
        if kind == _ASSET_DEFAULT:
            return None
        if kind == PER_DIMENSION:
            return BackfillStrategy.per_dimension(multi_run=self._spread.names, single_run=self._batched.names)
        return BackfillStrategy(kind)

    def set_strategy(self, strategy: BackfillStrategy | None) -> None:
        """Choose this one if it is offered."""
        at = self._choice.findData(_ASSET_DEFAULT if strategy is None else strategy.kind)
        if at < 0:
            return
        if strategy is not None and strategy.is_per_dimension:
            if {*strategy.multi_run_dimensions, *strategy.single_run_dimensions} != set(self._dimensions):
                return
            self._fill(strategy.multi_run_dimensions, strategy.single_run_dimensions)
        self._choice.setCurrentIndex(at)

    def _lay_out(self) -> None:
        spread = column(label("A run for each", "multiRunTitle", "key"), self._spread, spacing=METRICS.space_1)
        batched = column(label("Batched in each run", "singleRunTitle", "key"), self._batched, spacing=METRICS.space_1)
        hint = label("Drag a dimension over, or double-click it.", "strategyHint", "small")
        self._lists.setLayout(column(row(spread, batched), hint, spacing=METRICS.space_1))
        self.setLayout(column(self._choice, self._lists, spacing=METRICS.space_2))

    def _fill(self, spread: Sequence[str], batched: Sequence[str]) -> None:
        for widget, names in ((self._spread, spread), (self._batched, batched)):
            widget.clear()
            widget.addItems(list(names))

    def _send_over(self, source: _DimensionList) -> None:
        target = self._batched if source is self._spread else self._spread
        target.addItem(source.takeItem(source.currentRow()))
        self.changed.emit()

    def _on_chosen(self) -> None:
        self._lists.setVisible(self._choice.currentData() == PER_DIMENSION)
        self.changed.emit()


def strategy_words(strategy: BackfillStrategy) -> str:
    """How a strategy is said in the app."""
    match strategy.kind:
        case "multi_run":
            return "one run for each partition"
        case "single_run":
            return "one run for all partitions"
        case _:
            spread = ", ".join(strategy.multi_run_dimensions) or "nothing"
            return f"a run for each {spread}"
