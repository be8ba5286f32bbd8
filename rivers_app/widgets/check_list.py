"""A list to tick names in, with a field to find them: dimensions' keys, assets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget
from typing_extensions import override

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, column, row

_MOST_HEIGHT: Final = 260
_WIDTH: Final = 280

Index = QModelIndex | QPersistentModelIndex


class CheckableNames(QAbstractListModel):
    """Names with a tick each; `ticked_changed` tells of every change."""

    ticked_changed = Signal()

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = names
        self._ticked: set[int] = set()

    @property
    def ticked(self) -> list[int]:
        """Positions of the ticked names, in order."""
        return sorted(self._ticked)

    def tick(self, positions: Iterable[int], *, on: bool) -> None:
        changed = set(positions)
        self._ticked = self._ticked | changed if on else self._ticked - changed
        self._tell()

    def tick_only(self, positions: Iterable[int]) -> None:
        self._ticked = set(positions)
        self._tell()

    def _tell(self) -> None:
        if self._names:
            self.dataChanged.emit(self.index(0), self.index(len(self._names) - 1), [Qt.ItemDataRole.CheckStateRole])
        self.ticked_changed.emit()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._names)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # what the role asks for
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if index.row() in self._ticked else Qt.CheckState.Unchecked
        return None

    @override
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # Qt passes any value
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self.tick([index.row()], on=Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable


class CheckListPopup(QFrame):
    """The list in a frame that closes when one clicks beside it."""

    ticked_changed = Signal(list)
    """Positions of the ticked names, in order."""

    def __init__(self, shell: Shell, names: Sequence[str], what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("checkListPopup")
        self.setAccessibleName(what)
        self.setProperty("popup", True)
        self._model = CheckableNames(names, self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._create_parts(shell, what)
        self._model.ticked_changed.connect(lambda: self.ticked_changed.emit(self._model.ticked))

    def tick_only(self, positions: Iterable[int]) -> None:
        self._model.tick_only(positions)

    def open_below(self, anchor: QWidget) -> None:
        """Show the list under a widget, its search field ready for typing."""
        self._search.clear()
        self.adjustSize()
        self.move(anchor.mapToGlobal(anchor.rect().bottomLeft()))
        self.show()
        self._search.setFocus()

    def _create_parts(self, shell: Shell, what: str) -> None:
        self._search = QLineEdit()
        self._search.setObjectName("checkListSearch")
        self._search.setAccessibleName(f"Find in {what}")
        self._search.setPlaceholderText("Find")
        self._search.addAction(shell.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(self._found.setFilterFixedString)
        self._list = QListView()
        self._list.setObjectName("checkList")
        self._list.setAccessibleName(what)
        self._list.setUniformItemSizes(True)
        self._list.setModel(self._found)
        rows = self._found.rowCount() * (self._list.sizeHintForRow(0) + 1) + METRICS.space_3
        self._list.setFixedSize(_WIDTH, min(rows, _MOST_HEIGHT))
        every = button("All shown", "checkListAll", lambda: self._tick_found(on=True), role="quiet")
        none = button("None", "checkListNone", lambda: self._tick_found(on=False), role="quiet")
        self.setLayout(
            column(self._search, self._list, row(every, none, None), spacing=METRICS.space_2, margin=METRICS.space_2)
        )

    def _tick_found(self, *, on: bool) -> None:
        rows = range(self._found.rowCount())
        self._model.tick((self._found.mapToSource(self._found.index(at, 0)).row() for at in rows), on=on)
