"""The keys of dynamic partitions: looked through, added and deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QPlainTextEdit, QVBoxLayout, QWidget

from rivers_app.dialogs.asking import finished
from rivers_app.dialogs.fitted import FittedDialog
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, combo_box, label, row
from rivers_app.wording import plural

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_WIDTH: Final = 480
_LIST_HEIGHT: Final = 220
_LINES: Final = 3
_KEPT: Final = "The states of their partitions are kept, should they come back."


class PartitionKeysDialog(FittedDialog):
    """Shows the keys of one definition at a time; every change holds at once."""

    def __init__(self, shell: Shell, session: ProjectSession, names: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session = session
        self.setObjectName("partitionKeysDialog")
        self.setAccessibleName("Keys of dynamic partitions")
        self.setWindowTitle("Partition Keys")
        self.setMinimumWidth(_WIDTH)
        self._name = combo_box("keysName", "Dynamic partitions", letters=20)
        self._name.addItems(list(names))
        self._name.setVisible(len(names) > 1)
        self._create_parts()
        self._lay_out()
        self._connect()
        self._load()

    def _create_parts(self) -> None:
        self._title = label("", "keysTitle", "heading", wraps=True)
        self._filter = QLineEdit()
        self._filter.setObjectName("keysFilter")
        self._filter.setAccessibleName("Filter keys")
        self._filter.setPlaceholderText("Filter keys")
        self._filter.setClearButtonEnabled(True)
        self._keys = QStringListModel(self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._keys)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._list = QListView()
        self._list.setObjectName("keysList")
        self._list.setAccessibleName("Keys")
        self._list.setModel(self._shown)
        self._list.setUniformItemSizes(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setMinimumHeight(_LIST_HEIGHT)
        self._delete = button("Delete", "deleteKeysButton", self._on_delete_clicked, role="danger")
        self._new = QPlainTextEdit()
        self._new.setObjectName("newKeysField")
        self._new.setAccessibleName("New keys")
        self._new.setPlaceholderText("New keys: one on each line, or with commas between")
        self._new.setTabChangesFocus(True)
        self._new.setFixedHeight(_LINES * self._new.fontMetrics().lineSpacing() + METRICS.space_4)
        self._add = button("Add", "addKeysButton", self._on_add_clicked, role="primary")
        self._said = label("", "keysSaid", "muted", wraps=True)
        self._problem = label("", "keysProblem", "error", wraps=True, selectable=True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(self._title)
        layout.addWidget(self._name)
        layout.addLayout(row(self._filter, self._delete))
        layout.addWidget(self._list, 1)
        layout.addWidget(self._new)
        layout.addWidget(self._said)
        layout.addWidget(self._problem)
        layout.addLayout(row(None, button("Close", "closeKeysButton", self.accept), self._add))
        self._say("")
        self._new.setFocus()

    def _connect(self) -> None:
        self._name.currentIndexChanged.connect(lambda _at: self._load())
        self._filter.textChanged.connect(self._shown.setFilterFixedString)
        self._list.selectionModel().selectionChanged.connect(self._on_changed)
        self._new.textChanged.connect(self._on_changed)
        self._on_changed()

    def _load(self) -> None:
        self._shell.tasks.start(self, self._show_keys(), key="keys", on_error=self._on_error)

    async def _show_keys(self) -> None:
        name = self._name.currentText()
        keys = await self._shell.background(self._session.engine.get_dynamic_partitions, name)
        self._keys.setStringList(keys)
        self._title.setText(f"{plural(len(keys), 'key')} of {name}")
        self._on_changed()

    def _on_changed(self) -> None:
        self._delete.setEnabled(self._list.selectionModel().hasSelection())
        self._add.setEnabled(bool(written_keys(self._new.toPlainText())))

    def _on_add_clicked(self) -> None:
        keys = written_keys(self._new.toPlainText())
        self._shell.tasks.start(self, self._add_keys(keys), key="change", on_error=self._on_error)

    async def _add_keys(self, keys: list[str]) -> None:
        added = await self._session.add_partition_keys(self._name.currentText(), keys)
        self._new.clear()
        there = len(keys) - len(added)
        self._say(f"{plural(len(added), 'key')} added{f', {there:,} there already' if there else ''}.")
        self._load()

    def _on_delete_clicked(self) -> None:
        keys = [index.data() for index in self._list.selectionModel().selectedIndexes()]
        self._shell.tasks.start(self, self._delete_keys(keys), key="change", on_error=self._on_error)

    async def _delete_keys(self, keys: list[str]) -> None:
        await self._session.delete_partition_keys(self._name.currentText(), keys)
        self._say(f"{plural(len(keys), 'key')} deleted. {_KEPT}")
        self._load()

    def _say(self, text: str, problem: str = "") -> None:
        for part, words in ((self._said, text), (self._problem, problem)):
            part.setText(words)
            part.setVisible(bool(words))

    def _on_error(self, error: Exception) -> None:
        self._shell.notices.log_bug(error)
        self._say("", str(error))


def written_keys(text: str) -> list[str]:
    """The keys in a text, each once: one on each line or with commas between."""
    return list(dict.fromkeys(key for part in re.split(r"[\n,]", text) if (key := part.strip())))


async def edited_keys(shell: Shell, parent: QWidget | None, session: ProjectSession, names: Sequence[str]) -> None:
    """Let a person look through, add and delete the keys of these dynamic partitions."""
    await finished(PartitionKeysDialog(shell, session, names, parent))
