"""The part of the backfill dialog that asks which assets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.check_list import CheckListPopup
from rivers_app.widgets.parts import button, label, row
from rivers_app.wording import names


class AssetSection(QWidget):
    """A list to tick assets in, and whether those they hang together with come along."""

    changed = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("assetSection")
        self._names: tuple[str, ...] = ()
        self._chosen: tuple[str, ...] = ()
        self._popup: CheckListPopup | None = None
        self._text = label("", "chosenAssets", "strong", elides=True)
        self._choose = button("Choose Assets…", "chooseAssets", self._on_choose_clicked)
        self._upstream = self._check("Include upstream", "includeUpstream")
        self._downstream = self._check("Include downstream", "includeDownstream")
        head = row(self._text, self._choose)
        head.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.space_2)
        layout.addLayout(head)
        layout.addLayout(row(self._upstream, self._downstream, None, spacing=METRICS.space_4))

    def offer(self, names: Sequence[str], chosen: Sequence[str]) -> None:
        """Offer these assets (in dependency order), some of them chosen."""
        self._names = tuple(names)
        self._set_chosen(tuple(name for name in self._names if name in chosen))

    @property
    def chosen(self) -> tuple[str, ...]:
        return self._chosen

    @property
    def include_upstream(self) -> bool:
        return self._upstream.isChecked()

    @property
    def include_downstream(self) -> bool:
        return self._downstream.isChecked()

    def set_includes(self, *, upstream: bool, downstream: bool) -> None:
        self._upstream.setChecked(upstream)
        self._downstream.setChecked(downstream)

    def _check(self, text: str, name: str) -> QCheckBox:
        made = QCheckBox(text)
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.toggled.connect(lambda _on: self.changed.emit())
        return made

    def _on_choose_clicked(self) -> None:
        if self._popup is None:
            self._popup = CheckListPopup(self._shell, self._names, "Assets", self)
            self._popup.tick_only(self._names.index(name) for name in self._chosen)
            self._popup.ticked_changed.connect(self._on_ticked)
        self._popup.open_below(self._choose)

    def _on_ticked(self, positions: list[int]) -> None:
        self._set_chosen(tuple(self._names[at] for at in positions))
        self.changed.emit()

    def _set_chosen(self, chosen: tuple[str, ...]) -> None:
        self._chosen = chosen
        self._text.setText(names(chosen) or "No asset chosen")
