"""The part of the backfill dialog that asks which partitions."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QRadioButton, QVBoxLayout, QWidget

from rivers_app.dialogs.backfill_choices import PartitionChoice, as_parts
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.dimension_picker import DimensionPicker
from rivers_app.widgets.parts import button, label, row
from rivers_app.wording import plural
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

WHERE: Final = ("missing", "failed", "canceled", "stale")


class PartitionSection(QWidget):
    """A picker for each dimension, or the cells selected in the grid where no ranges say the same."""

    changed = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("partitionSection")
        self._definition: PartitionsDefinition | None = None
        self._cells: Subset | None = None
        self._pickers: list[DimensionPicker] = []
        self._by_cells = QRadioButton("The cells selected in the grid")
        self._by_cells.setObjectName("byCells")
        self._by_keys = QRadioButton("These keys")
        self._by_keys.setObjectName("byKeys")
        self._kind = QButtonGroup(self)
        self._where = {name: self._state_chip(name) for name in WHERE}
        self._nothing = label("This asset has no partitions: it runs once.", "noPartitions", "muted")
        self._lay_out()
        for choice in (self._by_cells, self._by_keys):
            self._kind.addButton(choice)
            choice.toggled.connect(self._on_kind_toggled)

    def offer(self, definition: PartitionsDefinition | None, cells: Subset | None = None) -> None:
        """Ask for partitions of this definition, beginning with `cells` (all where None)."""
        self._clear()
        self._definition = definition
        self._nothing.setVisible(definition is None)
        self._where_row.setVisible(definition is not None)
        if definition is None:
            return
        for name, part in definition.dimensions:
            picker = DimensionPicker(self._shell, name, part)
            picker.changed.connect(self.changed)
            self._pickers.append(picker)
            self._pickers_layout.addWidget(picker)
        widest = max(picker.title_width for picker in self._pickers)
        for picker in self._pickers:
            picker.set_title_width(widest)
        self._begin_with(cells, definition)

    @property
    def choice(self) -> PartitionChoice | None:
        """What is chosen; None while a field names no keys."""
        if self._definition is not None and self._cells is not None and self._by_cells.isChecked():
            return PartitionChoice(self._definition, cells=self._cells)
        parts = [picker.subset for picker in self._pickers]
        if any(part is None for part in parts):
            return None
        return PartitionChoice(self._definition, parts=tuple(part for part in parts if part is not None))

    @property
    def where(self) -> tuple[str, ...]:
        return tuple(name for name, chip in self._where.items() if chip.isChecked())

    def set_where(self, names: tuple[str, ...]) -> None:
        for name, chip in self._where.items():
            chip.setChecked(name in names)

    def _state_chip(self, name: str) -> QPushButton:
        chip = button(name, f"where_{name}", checkable=True)
        chip.setProperty("chip", "plain")
        chip.setAccessibleName(f"Only {name} partitions")
        chip.toggled.connect(lambda _on: self.changed.emit())
        return chip

    def _lay_out(self) -> None:
        self._pickers_layout = QVBoxLayout()
        self._pickers_layout.setSpacing(METRICS.space_2)
        self._where_row = QWidget()
        self._where_row.setObjectName("whereRow")
        chips = row(label("Of these only", "whereTitle", "muted"), *self._where.values(), None)
        self._where_row.setLayout(chips)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.space_2)
        for part in (self._by_cells, self._by_keys):
            layout.addWidget(part)
        layout.addLayout(self._pickers_layout)
        layout.addWidget(self._nothing)
        layout.addWidget(self._where_row)

    def _begin_with(self, cells: Subset | None, definition: PartitionsDefinition) -> None:
        parts = as_parts(cells, definition) if cells else None
        self._cells = cells if cells and parts is None else None
        for choice in (self._by_cells, self._by_keys):
            choice.setVisible(self._cells is not None)
        if self._cells is not None:
            self._by_cells.setText(f"The {plural(len(self._cells), 'cell')} selected in the grid")
            self._by_cells.setChecked(True)
        else:
            self._by_keys.setChecked(True)
        for picker, part in zip(self._pickers, parts or (), strict=bool(parts)):
            picker.set_subset(part)

    def _clear(self) -> None:
        for picker in self._pickers:
            self._pickers_layout.removeWidget(picker)
            picker.hide()
            picker.deleteLater()
        self._pickers = []

    def _on_kind_toggled(self, is_on: bool) -> None:
        for picker in self._pickers:
            picker.setEnabled(self._by_keys.isChecked())
        if is_on:
            self.changed.emit()
