"""The part of the backfill dialog that asks how the runs are made."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget

from rivers_app.dialogs.backfill_choices import RunChoices
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import column, combo_box, indented, label, row
from rivers_app.widgets.strategy_picker import StrategyPicker
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.states import FailurePolicy, RunOrder


class RunSection(QWidget):
    """Strategy, runs at a time, order, failure policy and retries."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runSection")
        self._strategy = StrategyPicker()
        self._at_once = self._number("runsAtATime", "Runs at a time", 1, 1024)
        self._retries = self._number("retries", "Retries of a failed run", 0, 100)
        self._order = self._chooser(
            "runOrder",
            "Order",
            (("Oldest first", RunOrder.OLDEST_FIRST), ("Newest first", RunOrder.NEWEST_FIRST)),
        )
        self._policy = self._chooser(
            "failurePolicy",
            "When a partition fails",
            (("Go on with the others", FailurePolicy.CONTINUE), ("Stop the backfill", FailurePolicy.STOP_ON_FAILURE)),
        )
        self._strategy.changed.connect(self.changed)
        self._lay_out()

    def offer(self, definition: PartitionsDefinition | None, asset_default: BackfillStrategy | None) -> None:
        dimensions = [name for name, _ in definition.dimensions] if definition is not None else []
        self._strategy.offer(dimensions, asset_default)
        self._strategy.setEnabled(definition is not None)

    @property
    def choices(self) -> RunChoices:
        return RunChoices(
            strategy=self._strategy.strategy,
            failure_policy=FailurePolicy(self._policy.currentData()),
            order=RunOrder(self._order.currentData()),
            max_concurrency=self._at_once.value(),
            max_retries=self._retries.value(),
        )

    def set_choices(self, choices: RunChoices) -> None:
        self._strategy.set_strategy(choices.strategy)
        self._policy.setCurrentIndex(self._policy.findData(choices.failure_policy.value))
        self._order.setCurrentIndex(self._order.findData(choices.order.value))
        self._at_once.setValue(choices.max_concurrency)
        self._retries.setValue(choices.max_retries)

    def _number(self, name: str, accessible_name: str, least: int, most: int) -> QSpinBox:
        made = indented(QSpinBox())
        made.setObjectName(name)
        made.setAccessibleName(accessible_name)
        made.setRange(least, most)
        made.valueChanged.connect(lambda _value: self.changed.emit())
        return made

    def _chooser(
        self, name: str, accessible_name: str, choices: tuple[tuple[str, RunOrder | FailurePolicy], ...]
    ) -> QComboBox:
        made = combo_box(name, accessible_name)
        for text, value in choices:
            made.addItem(text, value.value)
        made.currentIndexChanged.connect(lambda _at: self.changed.emit())
        return made

    def _lay_out(self) -> None:
        fields = (
            ("Order", self._order),
            ("When a partition fails", self._policy),
            ("Runs at a time", self._at_once),
            ("Retries", self._retries),
        )
        columns = [
            column(label(text, f"{field.objectName()}Label", "key"), field, spacing=METRICS.space_1)
            for text, field in fields
        ]
        line = row(*columns, spacing=METRICS.space_3)
        for at, stretch in enumerate((2, 3, 1, 1)):
            line.setStretch(at, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(self._strategy)
        layout.addLayout(line)
