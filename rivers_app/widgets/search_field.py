"""The search at the top: one field for assets, backfills, runs, partition keys and actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from rivers_app.bridge.background import Lane
from rivers_app.models.partition_text import spaced_key
from rivers_app.models.search import SearchResult, backfill_detail, find_keys, find_run, ranked, run_detail
from rivers_app.shell import Shell
from rivers_app.widgets.detail_delegate import DETAIL_ROLE, DetailDelegate
from rivers_app.widgets.offered_actions import offered_by
from rivers_app.widgets.parts import ICON_SIZE, spoken

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

_LEFT_OUT: Final = ("searchAction", "copyAction", "select_allAction")
_WIDTH: Final = 280
_POPUP_WIDTH: Final = 520
_MOVES: Final = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}


class SearchField(QLineEdit):
    """Lists what it finds under itself; arrow keys choose, Enter goes there."""

    def __init__(
        self,
        shell: Shell,
        actions: Callable[[], Sequence[QAction]],
        parts: Callable[[], Sequence[QWidget]] = tuple,
        parent: QWidget | None = None,
    ) -> None:
        """`actions` are those of the menus; what can be done in `parts` of the window is found as well."""
        super().__init__(parent)
        self._shell = shell
        self._actions = actions
        self._parts = parts
        self._session: ProjectSession | None = None
        self._results: list[SearchResult] = []
        self.setObjectName("searchField")
        self.setAccessibleName("Search assets, backfills, runs, keys and actions")
        self.setPlaceholderText("Search  Ctrl+K")
        self.setProperty("role", "search")
        self.setFixedWidth(_WIDTH)
        self.setClearButtonEnabled(True)
        self.addAction(shell.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._popup: QFrame | None = None
        self._list = self._result_list()
        self.textEdited.connect(self._on_text_edited)

    @property
    def results(self) -> list[SearchResult]:
        """What is listed now."""
        return self._results

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self.leave()

    def begin(self) -> None:
        """Take the keyboard and list what may be looked for."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._on_text_edited(self.text())

    def leave(self) -> None:
        """Forget the query and hide the list."""
        self.clear()
        if self._popup is not None:
            self._popup.hide()

    def _result_list(self) -> QListWidget:
        made = QListWidget(self)
        made.hide()
        made.setObjectName("searchResults")
        made.setAccessibleName("Search results")
        made.setProperty("role", "results")
        made.setIconSize(ICON_SIZE)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setItemDelegate(DetailDelegate(self._shell.appearance, made))
        made.itemClicked.connect(lambda item: self._choose(self._list.row(item)))
        return made

    def _on_text_edited(self, query: str) -> None:
        self._show(ranked(query, self._results_at_hand()))
        if self._session is not None and query.strip():
            self._shell.tasks.start(self, self._search_stored(self._session, query), key="search")

    async def _search_stored(self, session: ProjectSession, query: str) -> None:
        """Add what only the engine knows: backfills, runs and keys."""
        assets = tuple(asset.name for asset in session.spec.assets) if session.spec is not None else ()
        background = self._shell.background
        keys = await background(find_keys, session.engine, assets, query, lane=Lane.PLAN)
        records = await background(session.engine.backfills, text=query, limit=6)
        navigation = self._shell.navigation
        found = [
            SearchResult(
                spaced_key(key.label), key.asset, "grid-3x3", partial(navigation.open_asset, key.asset, key.ordinal)
            )
            for key in keys
        ]
        if (run := await background(find_run, session.engine, query)) is not None:
            go = partial(navigation.open_run, run.run_id)
            found.append(SearchResult(f"Run {run.run_id}", run_detail(run), "play", go))
        found += [
            SearchResult(
                f"Backfill {record.backfill_id}",
                backfill_detail(record),
                "waves",
                partial(navigation.open_backfill, record.backfill_id),
            )
            for record in records
        ]
        at_hand = ranked(query, self._results_at_hand())
        self._show([*found, *at_hand] if keys else [*at_hand, *found])

    def _results_at_hand(self) -> list[SearchResult]:
        """What is known without asking the engine; what a menu offers is not listed as a button again."""
        actions = self._action_results()
        known = {result.title for result in actions}
        return [
            *self._asset_results(),
            *actions,
            *(found for found in self._part_results() if found.title not in known),
        ]

    def _part_results(self) -> list[SearchResult]:
        offered = [action for part in self._parts() for action in offered_by(part)]
        return [SearchResult(action.title, action.detail, "chevron-right", action.chosen) for action in offered]

    def _asset_results(self) -> list[SearchResult]:
        if self._session is None or self._session.spec is None:
            return []
        go = self._shell.navigation.open_asset
        return [
            SearchResult(asset.name, asset.group or "asset", "layers", partial(go, asset.name))
            for asset in self._session.spec.assets
        ]

    def _action_results(self) -> list[SearchResult]:
        return [
            SearchResult(spoken(action.toolTip()), action.shortcut().toString(), "chevron-right", action.trigger)
            for action in self._actions()
            if action.isEnabled() and action.objectName() not in _LEFT_OUT
        ]

    def _show(self, results: list[SearchResult]) -> None:
        self._results = results
        self._list.clear()
        for result in results:
            item = QListWidgetItem(self._shell.icons.icon(result.icon), result.title)
            item.setData(DETAIL_ROLE, result.detail)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{result.title}, {result.detail}")
            item.setSizeHint(QSize(0, self.fontMetrics().height() + 14))
            self._list.addItem(item)
        if not results:
            nothing = QListWidgetItem("Nothing found")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0)
        self._place()

    def _place(self) -> None:
        window = self.window()
        if self._popup is None:
            self._popup = QFrame(window)
            self._popup.setObjectName("searchPopup")
            self._popup.setProperty("popup", True)
            layout = QVBoxLayout(self._popup)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self._list)
            self._list.show()
        height = sum(self._list.sizeHintForRow(at) for at in range(self._list.count())) + 12
        right = self.mapTo(window, QPoint(self.width(), self.height() + 4))
        self._popup.setGeometry(max(8, right.x() - _POPUP_WIDTH), right.y(), _POPUP_WIDTH, min(height, 420))
        self._popup.show()
        self._popup.raise_()

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._results):
            chosen = self._results[at]
            self.leave()
            self.clearFocus()
            chosen.chosen()

    @override
    def event(self, event: QEvent) -> bool:
        # Escape would otherwise be taken by a shortcut before it reaches keyPressEvent.
        is_key = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Escape, *_MOVES)
        if is_key and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES:
            last = self._list.count() - 1
            self._list.setCurrentRow(min(max(self._list.currentRow() + _MOVES[key], 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._list.currentRow())
        elif key is Qt.Key.Key_Escape:
            self.leave()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._popup is not None:
            self._popup.hide()
