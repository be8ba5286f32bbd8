"""The About tab: what there is to know about an asset besides its partitions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from rivers_app.models.asset_facts import dynamic_names, facts_of
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, label, row
from rivers_app.wording import plural

if TYPE_CHECKING:
    from rivers_core.location.spec import AssetSpec
    from rivers_core.partitions.definitions import PartitionsDefinition


class AboutAsset(QScrollArea):
    """A word at the left, what is known at the right."""

    keys_chosen = Signal()
    """The keys of the asset's dynamic partitions are to be looked at."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self.setObjectName("aboutAsset")
        self.setAccessibleName("About this asset")
        self.setWidgetResizable(True)
        self._open = button("Open File", "openFileButton", self._on_open_clicked, icon=shell.icons.icon("code-xml"))
        self._keys = button(
            "Partition Keys…", "partitionKeysButton", self.keys_chosen.emit, icon=shell.icons.icon("list")
        )
        for offered in (self._keys, self._open):
            offered.hide()  # until it is known that there is something to open
        self._facts = QWidget()
        self._facts.setObjectName("assetFacts")
        self._grid = QGridLayout(self._facts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(METRICS.space_6)
        self._grid.setVerticalSpacing(METRICS.space_3)
        self._grid.setColumnStretch(1, 1)
        board = QWidget()
        board.setObjectName("aboutBoard")
        board.setProperty("surface", "none")
        layout = QVBoxLayout(board)
        layout.setContentsMargins(0, METRICS.space_4, METRICS.space_4, METRICS.space_4)
        layout.setSpacing(METRICS.space_4)
        layout.addWidget(self._facts)
        layout.addLayout(row(self._keys, self._open, None))
        layout.addStretch(1)
        self.setWidget(board)

    def show_asset(self, spec: AssetSpec, definition: PartitionsDefinition | None, unfitting: list[str]) -> None:
        """`unfitting` are keys whose stored states the definition, edited since, no longer holds."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        facts = facts_of(spec, definition)
        if unfitting:
            shown = ", ".join(unfitting[:20]) + (", …" if len(unfitting) > 20 else "")
            facts.append(("No longer fit", f"{plural(len(unfitting), 'stored partition')}: {shown}"))
        for at, (word, text) in enumerate(facts):
            value = label(text, "assetFact", wraps=True, selectable=True)
            value.setAccessibleName(f"{word}: {text}")
            self._grid.addWidget(label(word, "assetFactWord", "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignTop)
        self._keys.setVisible(bool(dynamic_names(definition)))
        self._file = Path(spec.file) if spec.file else None
        self._open.setVisible(self._file is not None)

    def _on_open_clicked(self) -> None:
        if self._file is not None:
            _open_to_edit(self._file)


def _open_to_edit(file: Path) -> None:
    if sys.platform == "win32":
        # To open Python code is to run it there.
        try:
            os.startfile(file, "edit")
        except OSError:  # nothing edits it: show where it is
            os.startfile(file.parent)
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))
