"""The side navigation: the open project and its pages."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QMenu, QSizePolicy, QToolButton, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.pages import PAGES, PageEntry
from rivers_app.widgets.parts import ICON_SIZE, column


class SideBar(QFrame):
    """One button a page, the project's name above them."""

    page_chosen = Signal(str)

    def __init__(self, shell: Shell, project_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.setObjectName("sideBar")
        self.setAccessibleName("Pages")
        self.setProperty("navigation", True)
        self._project = self._project_button(project_menu)
        self._group = QButtonGroup(self)
        self._buttons = {entry.name: self._page_button(entry) for entry in PAGES}
        layout = column(self._project, METRICS.space_2, *self._buttons.values(), None, spacing=2)
        layout.setContentsMargins(METRICS.space_2, METRICS.space_3, METRICS.space_2, METRICS.space_2)
        self.setLayout(layout)
        self.setFixedWidth(self._width())

    def set_project(self, name: str | None, path: str = "") -> None:
        self._project.setText(self._elided(name or "No project"))
        self._project.setToolTip(path)
        self._project.setAccessibleName(f"Project {name}" if name else "No project is open")
        for button in self._buttons.values():
            button.setEnabled(name is not None)

    def show_current(self, page: str) -> None:
        if page in self._buttons:
            self._buttons[page].setChecked(True)

    def show_none(self) -> None:
        """No page is in front, as without a project."""
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def set_badge(self, page: str, number: int) -> None:
        """Put a number behind a page's title, such as how many backfills run; 0 takes it away."""
        entry = next(entry for entry in PAGES if entry.name == page)
        button = self._buttons[page]
        button.setText(f" {entry.title}   {number}" if number else f" {entry.title}")
        button.setAccessibleName(f"{entry.title}, {number} running" if number else entry.title)

    def _project_button(self, menu: QMenu) -> QToolButton:
        made = self._wide_button("projectButton", "folder-open")
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return made

    def _page_button(self, entry: PageEntry) -> QToolButton:
        made = self._wide_button(f"{entry.name}PageButton", entry.icon)
        made.setText(f" {entry.title}")
        made.setAccessibleName(entry.title)
        made.setCheckable(True)
        made.clicked.connect(lambda _checked=False: self.page_chosen.emit(entry.name))
        self._group.addButton(made)
        return made

    def _wide_button(self, name: str, icon: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName(name)
        made.setProperty("navigation", True)
        made.setIcon(self._shell.icons.icon(icon))
        made.setIconSize(ICON_SIZE)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return made

    def _width(self) -> int:
        """Room for the longest title at the size of the font."""
        return max(168, self.fontMetrics().horizontalAdvance("Backfills   99") + 72)

    def _elided(self, text: str) -> str:
        room = self._width() - 76
        elided = self._project.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        return " " + elided.replace("&", "&&")  # a single one would underline the next letter
