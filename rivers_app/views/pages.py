"""The pages of an open project, each made when it is first shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from rivers_app.shell import Shell

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.views.assets import AssetsPage
    from rivers_app.views.backfills import BackfillsPage
    from rivers_app.views.outputs import OutputsPage
    from rivers_app.views.runs import RunsPage


class Page(Protocol):
    """What the window asks of a page; it is a QWidget as well."""

    def set_session(self, session: ProjectSession | None) -> None: ...

    def focus_filter(self) -> None: ...


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One line of the side navigation; `name` is what settings and shortcuts know it by."""

    name: str
    title: str
    icon: str


PAGES: Final = (
    PageEntry("assets", "Assets", "layers"),
    PageEntry("backfills", "Backfills", "waves"),
    PageEntry("runs", "Runs", "play"),
    PageEntry("outputs", "Outputs", "table-2"),
)
Made = TypeVar("Made", bound=QWidget)


class Pages(QStackedWidget):
    """Hands each page the open project when it is made and whenever another one is opened.

    Importing a page takes numpy and more along: that waits until the window is on the screen. A page is made inside
    the window, and its parts from the outermost in: whatever moves is styled anew, with all that it holds.
    """

    page_changed = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._made: dict[str, Page] = {}
        self.setObjectName("pages")

    @cached_property
    def assets(self) -> AssetsPage:
        from rivers_app.views.assets import AssetsPage

        return self._added("assets", AssetsPage(self._shell, self))

    @cached_property
    def backfills(self) -> BackfillsPage:
        from rivers_app.views.backfills import BackfillsPage

        return self._added("backfills", BackfillsPage(self._shell, self))

    @cached_property
    def runs(self) -> RunsPage:
        from rivers_app.views.runs import RunsPage

        return self._added("runs", RunsPage(self._shell, self))

    @cached_property
    def outputs(self) -> OutputsPage:
        from rivers_app.views.outputs import OutputsPage

        return self._added("outputs", OutputsPage(self._shell, self))

    @property
    def made(self) -> tuple[str, ...]:
        """The names of the pages that were shown so far."""
        return tuple(self._made)

    @property
    def current(self) -> str:
        """The name of the page in front; empty before the first is shown."""
        return list(self._made)[self.currentIndex()] if self._made else ""

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        for page in self._made.values():
            page.set_session(session)

    def show_page(self, name: str) -> None:
        """Bring a page to the front; raises AttributeError if there is none of that name."""
        page: QWidget = getattr(self, name)
        self.setCurrentWidget(page)
        self.page_changed.emit(name)

    def focus_filter(self) -> None:
        page = self._made.get(self.current)
        if page is not None:
            page.focus_filter()

    def _added(self, name: str, page: Made) -> Made:
        self.addWidget(page)
        self._made[name] = page  # type: ignore[assignment]  # a widget and a Page, which types cannot say
        self._made[name].set_session(self._session)
        return page
