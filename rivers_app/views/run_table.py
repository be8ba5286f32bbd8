"""The table of runs, on the Runs page and below a backfill."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from rivers_app.models.run_table import RunColumn, RunTableModel
from rivers_app.shell import Shell
from rivers_app.views.run_list import RunList
from rivers_app.widgets.record_table import RecordTable
from rivers_app.widgets.state_chip import StateDelegate

_WIDTHS: Final = (60, 112, 210, 140, 88, 80, 76, 120)
_NEAR_END: Final = 50


class RunTable(RecordTable):
    """Reads on as one scrolls; Enter or a double click opens the run."""

    def __init__(
        self, shell: Shell, name: str, model: RunTableModel, runs: RunList, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, "Runs", model, parent)
        self._shell = shell
        self._runs = runs
        self._records = model
        self.set_widths(_WIDTHS)
        self.setItemDelegateForColumn(RunColumn.STATE, StateDelegate(shell.appearance, self))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def open_on_activation(self) -> None:
        """Let Enter and a double click lead to the run's own page."""
        self.activated.connect(lambda _index: self._open_current())

    def _open_current(self) -> None:
        if (at := self.current_row()) >= 0:
            self._shell.navigation.open_run(self._records.record(at).run_id)

    def _on_scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - _NEAR_END:
            self._runs.load_more()
