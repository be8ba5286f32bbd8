"""The window: menus and search above, pages beside their navigation, notices on top of them, activity below."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QFileInfo, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from rivers_app.navigation import BackfillDraft
from rivers_app.settings import Place
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.views.menus import Menus
from rivers_app.views.pages import Pages
from rivers_app.views.side_bar import SideBar
from rivers_app.views.start import StartPage
from rivers_app.widgets.activity_bar import ActivityBar
from rivers_app.widgets.banner import BannerStack
from rivers_app.widgets.empty_state import EmptyState
from rivers_app.widgets.parts import row
from rivers_app.widgets.search_field import SearchField

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession

FIRST_SIZE: Final = QSize(1280, 800)
TITLE: Final = "Rivers Desktop"


class MainWindow(QMainWindow):
    """Shows one project at a time; whoever made the window opens and closes projects for it."""

    project_chosen = Signal(str)
    close_requested = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._session: ProjectSession | None = None
        self.setObjectName("mainWindow")
        self.setAccessibleName(TITLE)
        self.setWindowIcon(shell.icons.application_icon())
        self.setAcceptDrops(True)
        self._create_parts()
        self._lay_out()
        self._connect()
        self.set_session(None)

    @property
    def session(self) -> ProjectSession | None:
        return self._session

    def set_session(self, session: ProjectSession | None) -> None:
        """Show an open project, or the start page."""
        if self._session is not None:
            self._session.backfills_changed.disconnect(self._on_backfills_changed)
        self._session = session
        self.banners.clear()
        self.pages.set_session(session)
        self.activity.set_session(session)
        self.search.set_session(session)
        self.menus.set_has_project(session is not None)
        if session is None:
            self._show_start()
        else:
            self._show_project(session)

    def show_opening(self, name: str) -> None:
        """Say that a project is being opened."""
        self._opening.say(f"Opening {name}…")
        self._stack.setCurrentWidget(self._opening)

    def show_page(self, name: str) -> None:
        if self._session is not None:
            self._stack.setCurrentWidget(self.pages)
            self.pages.show_page(name)

    def go_to(self, place: Place) -> None:
        """Show a page, and the asset and cells that were selected there."""
        self.show_page(place.page)
        if place.asset:
            self.pages.assets.restore(place)

    def place(self) -> Place:
        """Where the person is now."""
        selected = self.pages.assets.place() if "assets" in self.pages.made else Place()
        return replace(selected, page=self.pages.current or "assets")

    def restore(self) -> None:
        """Take the size and place the window had when it was closed."""
        geometry = self._shell.settings.geometry
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(FIRST_SIZE)

    def _create_parts(self) -> None:
        shell = self._shell
        self.menus = Menus(self.menuBar())
        self.menuBar().setObjectName("menuBar")
        self.menuBar().setAccessibleName("Menus")
        self.search = SearchField(shell, lambda: self.menus.actions, self._parts)
        self.project_menu = QMenu(self)
        self.project_menu.setObjectName("projectMenu")
        self.side_bar = SideBar(shell, self.project_menu)
        self.start = StartPage(shell)
        self.pages = Pages(shell)
        self.activity = ActivityBar(shell)
        self._opening = EmptyState(shell, icon="waves", title="Opening…")
        self._opening.setProperty("surface", "content")
        self._opening.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack = QStackedWidget()
        self._stack.setObjectName("centralStack")

    def _lay_out(self) -> None:
        for part in (self.start, self._opening, self.pages):
            self._stack.addWidget(part)
        right = QWidget()
        right.setObjectName("content")
        right.setProperty("surface", "content")
        right.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        self.banners = BannerStack(self._shell, right)
        self.banners.room_wanted.connect(lambda room: layout.setContentsMargins(0, 0, 0, room))
        central = QWidget()
        central.setObjectName("central")
        body = row(self.side_bar, right, spacing=0)
        body.setStretch(1, 1)
        central.setLayout(body)
        self.setCentralWidget(central)
        corner = QWidget(self.menuBar())
        corner.setObjectName("searchCorner")
        beside = row(self.search)
        beside.setContentsMargins(0, 2, METRICS.space_3, 2)
        corner.setLayout(beside)
        self.menuBar().setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self.setStatusBar(self.activity)

    def _parts(self) -> tuple[QWidget, ...]:
        """Where buttons are: the search offers what they do."""
        return self.side_bar, self._stack, self.banners, self.activity

    def _connect(self) -> None:
        self.side_bar.page_chosen.connect(self.show_page)
        self.pages.page_changed.connect(self.side_bar.show_current)
        self.start.project_chosen.connect(self.project_chosen)
        navigation = self._shell.navigation
        navigation.backfill_opened.connect(self._on_backfill_opened)
        navigation.run_opened.connect(self._on_run_opened)
        navigation.runs_of_backfill_opened.connect(self._on_runs_of_backfill_opened)
        navigation.asset_opened.connect(self._on_asset_opened)
        navigation.output_opened.connect(self._on_output_opened)
        navigation.backfill_requested.connect(self._on_backfill_requested)
        for name in ("assets", "backfills", "runs", "outputs"):
            self.menus.on(f"show_{name}", partial(self.show_page, name))
        self.menus.on("filter", self.pages.focus_filter)
        self.menus.on("verify_outputs", self._on_verify_triggered)
        self.menus.on("search", self.search.begin)
        self.menus.on("full_screen", self._on_full_screen_triggered)

    def _show_start(self) -> None:
        self.setWindowTitle(TITLE)
        self.side_bar.set_project(None)
        self.side_bar.show_none()
        self.side_bar.set_badge("backfills", 0)
        self.start.refresh()
        self._stack.setCurrentWidget(self.start)
        self._stack.setFocus()

    def _show_project(self, session: ProjectSession) -> None:
        self.setWindowTitle(f"{session.name} - {TITLE}")
        self.side_bar.set_project(session.name, str(session.path))
        session.backfills_changed.connect(self._on_backfills_changed)
        self._on_backfills_changed([])

    def _on_backfills_changed(self, _records: list[object]) -> None:
        running = len(self.activity.activity.backfills)
        self.side_bar.set_badge("backfills", running)

    def _on_backfill_opened(self, backfill_id: str) -> None:
        self.show_page("backfills")
        self.pages.backfills.show_backfill(backfill_id)

    def _on_run_opened(self, run_id: str) -> None:
        self.show_page("runs")
        self.pages.runs.show_run(run_id)

    def _on_runs_of_backfill_opened(self, backfill_id: str) -> None:
        self.show_page("runs")
        self.pages.runs.show_runs_of(backfill_id)

    def _on_asset_opened(self, name: str, ordinal: int) -> None:
        self.show_page("assets")
        self.pages.assets.show_asset(name, ordinal)

    def _on_output_opened(self, asset: str, ordinal: int) -> None:
        self.show_page("outputs")
        self.pages.outputs.show_output(asset, ordinal)

    def _on_backfill_requested(self, draft: BackfillDraft) -> None:
        if self._session is None:
            return
        from rivers_app.dialogs.backfill import BackfillDialog

        dialog = BackfillDialog(self._shell, self._session, draft, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_verify_triggered(self) -> None:
        """Verify the asset that is in front."""
        asset = self.place().asset if self.pages.current == "assets" else ""
        self.show_page("outputs")
        self.pages.outputs.verify(asset)

    def _on_full_screen_triggered(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    @override
    def event(self, event: QEvent) -> bool:
        # A frame asks Python for each cell of a table. From here it holds Python's lock all the while; from Qt's loop
        # it would wait for the lock at every cell that a busy thread lets it wait for.
        return super().event(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        # Projects are closed in coroutines, which an event cannot wait for.
        event.ignore()
        self.close_requested.emit()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.project_chosen.emit(str(path))


def _dropped_path(dropped: QMimeData) -> Path | None:
    """The one local folder or Python file that is being dropped."""
    urls = dropped.urls() if dropped.hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    dropped_file = QFileInfo(urls[0].toLocalFile())
    path = Path(dropped_file.filePath())
    return path if dropped_file.isDir() or path.suffix in (".py", ".toml") else None
