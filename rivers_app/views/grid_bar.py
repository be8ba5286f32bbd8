"""Above the grid: which dimensions lie across and down, how many cells are selected, and the zoom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QWidget

from rivers_app.heatmap.arrangement import Arrangement, default_arrangement
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.flow_layout import FlowLayout
from rivers_app.widgets.parts import button, combo_box, label, row, tool_button
from rivers_app.wording import plural

if TYPE_CHECKING:
    from rivers_core.partitions.definitions import PartitionsDefinition

_MOST_LISTED = 2_000
_NARROWEST_BOX = 72
_WIDEST_BOX = 240


class GridBar(QWidget):
    """Speaks for a heatmap."""

    def __init__(self, shell: Shell, heatmap: PartitionHeatmap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heatmap = heatmap
        self._definition: PartitionsDefinition | None = None
        self.setObjectName("gridBar")
        icons = shell.icons
        self._across = self._combo("acrossBox", "Dimension across")
        self._down = self._combo("downBox", "Dimension down")
        self._axes = [
            _named("Across", "acrossLabel", self._across),
            _named("Down", "downLabel", self._down),
        ]
        self._rest: list[QWidget] = []
        self._selected = label("", "selectedLabel", "muted")
        self._clear = button("Clear", "clearSelectionButton", heatmap.selection.clear, role="link")
        self._fit = tool_button("fitButton", icons.icon("maximize"), "Fit all in the window (0)", heatmap.fit)
        self._out = tool_button("zoomOutButton", icons.icon("zoom-out"), "Zoom out", heatmap.zoom_out)
        self._in = tool_button("zoomInButton", icons.icon("zoom-in"), "Zoom in", heatmap.zoom_in)
        self._lines = tool_button("calendarLinesButton", icons.icon("calendar"), "Calendar lines")
        self._lines.setCheckable(True)
        zoom = (self._selected, self._clear, self._out, self._in, self._fit)
        dimensions = QWidget()
        dimensions.setObjectName("gridDimensions")
        self._flow = FlowLayout(dimensions, METRICS.space_2)  # in lines, where many dimensions need the room
        for part in (*self._axes, self._lines):
            self._flow.addWidget(part)
        tools = row(*zoom)
        line = row(dimensions, tools)
        line.setStretch(0, 1)
        line.setAlignment(tools, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)
        self._across.activated.connect(self._on_axis_chosen)
        self._down.activated.connect(self._on_axis_chosen)
        self._lines.clicked.connect(self._apply)
        self.show_selected(0)

    def show_definition(self, definition: PartitionsDefinition | None) -> None:
        """Offer the dimensions of another definition, laid out as suits it."""
        if definition is not None and definition == self._definition:
            return
        self._definition = definition
        self._heatmap.set_arrangement(None)
        names = [name for name, _ in definition.dimensions] if definition is not None else []
        for box in (self._across, self._down):
            with QSignalBlocker(box):
                box.clear()
                box.addItems(names)
        if definition is not None:
            self._show(default_arrangement(definition))
        for part in self._axes:
            part.setVisible(len(names) > 1)

    def show_selected(self, count: int) -> None:
        self._selected.setText(f"{count:,} selected")
        self._selected.setAccessibleName(f"{plural(count, 'partition')} selected")
        self._selected.setVisible(count > 0)
        self._clear.setVisible(count > 0)

    def _combo(self, name: str, accessible_name: str) -> QComboBox:
        made = combo_box(name, accessible_name)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        made.setMinimumWidth(_NARROWEST_BOX)  # of a line that has no room for it
        made.setMaximumWidth(_WIDEST_BOX)
        return made

    def _show(self, arrangement: Arrangement) -> None:
        self._across.setCurrentText(arrangement.across)
        self._down.setCurrentText(arrangement.down or "")
        self._lines.setChecked(arrangement.banded)
        self._offer_lines()
        self._fill_rest()

    def _offer_lines(self) -> None:
        """Only time is broken into the lines of a calendar."""
        across = self._across.currentText()
        dimensions = dict(self._definition.dimensions) if self._definition is not None else {}
        self._lines.setVisible(len(dimensions) > 1 and dimensions[across].is_time)
        self._lines.setToolTip(f"Break {across} into the lines of a calendar, or show it in one line")

    def _fill_rest(self) -> None:
        """A box for each dimension that is neither across nor down: all of its keys together, or one."""
        while self._rest:
            part = self._rest.pop()
            self._flow.removeWidget(part)
            part.hide()
            part.deleteLater()
        used = {self._across.currentText(), self._down.currentText()}
        for name, dimension in self._definition.dimensions if self._definition is not None else ():
            if name in used:
                continue
            box = self._combo(f"fixed_{name}", f"Which {name}")
            box.addItem(f"any {name}")
            box.addItems([dimension.label_at(at) for at in range(min(dimension.size(), _MOST_LISTED))])
            box.activated.connect(self._apply)
            self._rest.append(_named(name, f"fixedLabel_{name}", box))
            self._flow.addWidget(self._rest[-1])

    def _on_axis_chosen(self) -> None:
        if self._across.currentText() == self._down.currentText():
            self._separate()
        self._offer_lines()
        self._fill_rest()
        self._apply()

    def _separate(self) -> None:
        """One dimension cannot lie both ways: the box that was not touched takes the next."""
        touched_across = self.sender() is self._across
        other = self._down if touched_across else self._across
        other.setCurrentIndex((other.currentIndex() + 1) % other.count())

    def _apply(self) -> None:
        banded = self._lines.isChecked() and self._lines.isVisibleTo(self)
        arrangement = Arrangement(self._across.currentText(), self._down.currentText(), banded=banded)
        fixed = {}
        for box in (box for part in self._rest for box in part.findChildren(QComboBox)):
            if box.currentIndex() > 0:
                fixed[box.objectName().removeprefix("fixed_")] = box.currentIndex() - 1
        self._heatmap.set_arrangement(replace(arrangement, fixed=fixed))


def _named(text: str, name: str, box: QComboBox) -> QWidget:
    """A box with its name before it; both go to the next line together."""
    made = QWidget()
    made.setObjectName(f"{box.objectName()}Named")
    made.setLayout(row(label(text, name, "muted"), box))
    return made
