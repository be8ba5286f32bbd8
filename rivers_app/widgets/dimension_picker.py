"""One dimension's keys as a line of text that calendars and lists also write."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.check_list import CheckListPopup
from rivers_app.widgets.parts import column, dressed, label, row, tool_button
from rivers_app.widgets.span_popup import SpanPopup
from rivers_app.wording import count
from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.range_text import format_subset, parse_range_text
from rivers_core.partitions.subset import Subset

_LEAST_TITLE = 72
_TYPING_MILLISECONDS = 120


class DimensionPicker(QWidget):
    """A field such as `2024-01-01..2024-01-31, 2024-03-02`; left empty it means every key."""

    changed = Signal()

    def __init__(
        self, shell: Shell, name: str, definition: PartitionsDefinition, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._name = name
        self._definition = definition
        self._size = definition.size()
        self._subset: Subset | None = Subset.full(self._size)
        self._popup: SpanPopup | CheckListPopup | None = None
        self.setObjectName(f"dimensionPicker_{name or 'partitions'}")
        self._create_parts()
        self._lay_out()
        self._show_count()

    @property
    def name(self) -> str:
        """The dimension's name; empty for the lone one of a definition without dimensions."""
        return self._name

    @property
    def definition(self) -> PartitionsDefinition:
        return self._definition

    @property
    def title_width(self) -> int:
        """How many pixels its name takes; fields below each other begin at the same place with the widest of them."""
        return self._title.sizeHint().width() if self._name else 0

    def set_title_width(self, width: int) -> None:
        self._title.setMinimumWidth(max(_LEAST_TITLE, width))

    @property
    def subset(self) -> Subset | None:
        """The keys chosen; None while the text names none."""
        return self._subset

    @property
    def is_everything(self) -> bool:
        return self._subset is not None and len(self._subset) == self._size

    @property
    def text(self) -> str:
        return self._field.text()

    def set_text(self, text: str) -> None:
        self._field.setText(text)
        self._on_typed()

    def set_subset(self, subset: Subset) -> None:
        """Choose these keys; all of them are written as an empty field."""
        self.set_text("" if len(subset) == self._size else format_subset(subset, self._definition))

    def _create_parts(self) -> None:
        what = self._name or "partitions"
        self._title = label(what, f"dimensionTitle_{what}", "strong")
        self._field = QLineEdit()
        self._field.setObjectName(f"rangeField_{what}")
        self._field.setAccessibleName(f"Keys of {what}")
        self._field.setPlaceholderText(self._example())
        self._field.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MILLISECONDS)
        self._pause.timeout.connect(self._on_typed)
        self._field.textEdited.connect(lambda _text: self._pause.start())
        self._field.editingFinished.connect(self._on_typed)
        icon = "calendar" if self._definition.is_time else "list-checks"
        self._open = tool_button(f"rangeOpen_{what}", self._shell.icons.icon(icon), f"Choose {what}", self._on_open)
        self._count = label("", f"rangeCount_{what}", "small")
        self._problem = label("", f"rangeProblem_{what}", "error", wraps=True)
        self._problem.hide()

    def _lay_out(self) -> None:
        self.set_title_width(0)
        self._title.setVisible(bool(self._name))  # a lone one has no name beside the heading
        self._count.setMinimumWidth(96)
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(self._title, self._field, self._open, self._count)
        line.setStretchFactor(self._field, 1)
        self.setLayout(column(line, self._problem, spacing=METRICS.space_1))

    def _example(self) -> str:
        if self._size == 0:
            return "no keys yet"
        first = self._definition.label_at(0)
        if self._size == 1:
            return f"all: {first}"
        last = self._definition.label_at(self._size - 1)
        written = f"{first}..{last}" if self._definition.is_time else f"{first}, {last}"
        return f"all, or such as {written}"

    def _on_typed(self) -> None:
        self._pause.stop()
        before = self._subset
        self._subset, problem = self._read()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        dressed(self._field, "invalid", "true" if problem else "false")
        self._show_count()
        if self._subset != before:
            self.changed.emit()

    def _read(self) -> tuple[Subset | None, str]:
        text = self._field.text().strip()
        if not text:
            return Subset.full(self._size), ""
        try:
            return parse_range_text(text, self._definition), ""
        except PartitionValidationError as error:
            return None, str(error)

    def _show_count(self) -> None:
        chosen = "none" if self._subset is None else count(len(self._subset))
        self._count.setText(f"{chosen} of {count(self._size)}")

    def _on_open(self) -> None:
        if self._definition.is_time:
            self._open_calendars()
        else:
            self._open_list()

    def _open_calendars(self) -> None:
        if not isinstance(self._popup, SpanPopup):
            self._popup = SpanPopup(self._definition, f"Span of {self._name or 'partitions'}", self)
            self._popup.span_chosen.connect(lambda first, last: self.set_subset(Subset(((first, last + 1),))))
        ranges = self._subset.ranges if self._subset else ((0, self._size),)
        self._popup.open_below(self._field, ranges[0][0], ranges[-1][1] - 1)

    def _open_list(self) -> None:
        if not isinstance(self._popup, CheckListPopup):
            names = [self._definition.label_at(at) for at in range(self._size)]
            self._popup = CheckListPopup(self._shell, names, f"Keys of {self._name or 'partitions'}", self)
            self._popup.tick_only(self._subset or ())
            self._popup.ticked_changed.connect(self._on_ticked)
        else:
            self._popup.blockSignals(True)
            self._popup.tick_only(self._subset or ())
            self._popup.blockSignals(False)
        self._popup.open_below(self._field)

    def _on_ticked(self, positions: list[int]) -> None:
        if positions:
            self.set_subset(Subset.of(positions))
        else:
            self.set_text(" ,")
