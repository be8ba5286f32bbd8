"""The start page: the projects opened last, and the ways to another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.card_button import CardButton
from rivers_app.widgets.parts import column, label, row

_COLUMN_WIDTH: Final = 400
_GAP: Final = 2 * METRICS.space_4
_MOST_SHOWN: Final = 6


class StartPage(QWidget):
    """Shown while no project is open."""

    open_chosen = Signal()
    new_chosen = Signal()
    demo_chosen = Signal()
    project_chosen = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("startPage")
        self.setProperty("surface", "content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._recent = QWidget()
        self._recent.setObjectName("recentProjects")
        self._recent.setAccessibleName("Recent projects")
        self._recent_layout = QVBoxLayout(self._recent)
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Read again which projects were opened last."""
        while (item := self._recent_layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        paths = self._shell.settings.recent_projects[:_MOST_SHOWN]
        if paths:
            self._recent_layout.addWidget(label("Recent projects", "recentTitle", "heading"))
        for at, path in enumerate(paths):
            self._recent_layout.addWidget(self._recent_card(at, Path(path)))
        self._recent_layout.addStretch(1)
        self._recent.setVisible(bool(paths))
        self._middle.setFixedWidth(2 * _COLUMN_WIDTH + _GAP if paths else _COLUMN_WIDTH)

    def _lay_out(self) -> None:
        logo = QLabel()
        logo.setObjectName("startLogo")
        logo.setPixmap(self._shell.icons.application_icon().pixmap(QSize(48, 48), self.devicePixelRatioF()))
        title = label("Rivers Desktop", "startTitle", "title")
        subtitle = label("Backfill partitioned data by pointing at it.", "startSubtitle", "muted")
        head = row(logo, column(title, subtitle, spacing=2), None, spacing=METRICS.space_4)
        ways = self._ways()
        self._recent_layout.setContentsMargins(0, 0, 0, 0)
        self._recent_layout.setSpacing(METRICS.space_2)
        columns = row(ways, self._recent, spacing=_GAP)
        for at in range(2):
            columns.setStretch(at, 1)
        self._middle = QWidget()
        self._middle.setObjectName("startMiddle")
        self._middle.setLayout(column(head, columns, spacing=METRICS.space_6))
        outer = column(None, row(None, self._middle, None), None, None, margin=METRICS.space_6)
        self.setLayout(outer)

    def _ways(self) -> QWidget:
        made = QWidget()
        made.setObjectName("startWays")
        cards = (
            self._way(
                "openProjectButton",
                "folder-open",
                "Open project…",
                "A folder with rivers.toml, or one Python file",
                self.open_chosen.emit,
            ),
            self._way(
                "newProjectButton",
                "folder-plus",
                "New project from a template…",
                "Small, complete and yours to change",
                self.new_chosen.emit,
            ),
            self._way(
                "tryDemoButton",
                "rocket",
                "Try the demo",
                "Flights and weather of New York in 2013",
                self.demo_chosen.emit,
            ),
        )
        made.setLayout(column(label("Start", "waysTitle", "heading"), *cards, None, spacing=METRICS.space_2))
        return made

    def _way(self, name: str, icon: str, title: str, text: str, chosen: Callable[[], object]) -> CardButton:
        return CardButton(self._shell, name, icon=icon, title=title, text=text, clicked=chosen)

    def _recent_card(self, at: int, path: Path) -> CardButton:
        made = self._way(f"recentProject{at}", "layers", path.name, str(path), partial(self._choose, path))
        made.setToolTip(str(path))
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(partial(self._on_menu_requested, made, path))
        return made

    def _choose(self, path: Path) -> None:
        self.project_chosen.emit(str(path))

    def _on_menu_requested(self, card: CardButton, path: Path, at: QPoint) -> None:
        menu = QMenu(card)
        menu.setObjectName("recentProjectMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", partial(self._choose, path))
        menu.addAction("Remove From This List", partial(self._forget, path))
        menu.popup(card.mapToGlobal(at))

    def _forget(self, path: Path) -> None:
        self._shell.settings.forget_project(str(path))
        self.refresh()
