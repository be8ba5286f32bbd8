"""The Assets page: the list, one asset, or what is wrong with the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rivers_app.navigation import BackfillDraft
from rivers_app.settings import Place
from rivers_app.shell import Shell
from rivers_app.views.asset_detail import AssetDetail
from rivers_app.views.asset_list import AssetList
from rivers_app.widgets.code_problem import CodeProblem
from rivers_app.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.location.spec import RepositorySpec


class AssetsPage(QWidget):
    """Shows the open project's assets."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._wanted: Place | None = None
        self.setObjectName("assetsPage")
        self.setProperty("surface", "content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("assetsStack")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._loading = EmptyState(shell, icon="layers", title="Reading the project's code…", parent=self._stack)
        self.list = AssetList(shell, self._stack)
        self.detail = AssetDetail(shell, self._stack)
        self._empty = EmptyState(
            shell,
            icon="layers",
            title="This project has no assets yet",
            text="Write a function with @rs.Asset, add it to the CodeRepository, then reload (F5).",
            parent=self._stack,
        )
        self._problem = CodeProblem(shell, self._stack)
        for page in (self._loading, self.list, self.detail, self._empty, self._problem):
            self._stack.addWidget(page)
        self._connect()

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.spec_changed.disconnect(self._on_spec_changed)
            self._session.code_failed.disconnect(self._on_code_failed)
        self._session = session
        self._wanted = None
        self.list.set_session(session)
        self.detail.set_session(session)
        self._stack.setCurrentWidget(self._loading)
        if session is None:
            return
        session.spec_changed.connect(self._on_spec_changed)
        session.code_failed.connect(self._on_code_failed)
        if session.spec is not None:
            self._on_spec_changed(session.spec)
        elif session.code_error is not None:
            self._on_code_failed(session.code_error)

    def show_asset(self, name: str, ordinal: int = -1) -> None:
        """Show an asset, with one of its partitions selected unless `ordinal` is -1."""
        if self._knows(name):
            self.detail.show_asset(name, ordinal)
            self._stack.setCurrentWidget(self.detail)
        else:
            self._wanted = Place(asset=name, selection=((ordinal, ordinal + 1),) if ordinal >= 0 else ())

    def show_list(self) -> None:
        self._wanted = None
        if self._session is not None and self._session.spec is not None:
            self._show_assets(self._session.spec)

    def restore(self, place: Place) -> None:
        """Show what was shown when the project was last open, once its code is read."""
        self._wanted = place
        self._show_wanted()

    def place(self) -> Place:
        return self.detail.place() if self._stack.currentWidget() is self.detail else Place()

    def focus_filter(self) -> None:
        if self._stack.currentWidget() is self.detail:
            self.detail.focus_filter()
        else:
            self.list.focus_filter()

    def request_backfill(self, where: tuple[str, ...] = ()) -> None:
        """Open the backfill dialog for what is selected here; `where` takes all partitions in these states."""
        if self._stack.currentWidget() is self.detail:
            self._shell.navigation.request_backfill(self.detail.draft(where))
        else:
            self._request_for(self.list.selected, where)

    def _connect(self) -> None:
        self.list.asset_chosen.connect(self.show_asset)
        self.list.backfill_chosen.connect(lambda names: self._request_for(names, ()))
        self.detail.back_chosen.connect(self.show_list)
        back = QShortcut(QKeySequence(QKeySequence.StandardKey.Back), self.detail)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.show_list)
        self._problem.python_chosen.connect(self._shell.navigation.show_python)
        self._problem.install_chosen.connect(self._shell.navigation.install_packages)
        for reload_chosen in (self.list.reload_chosen, self.detail.reload_chosen, self._problem.reload_chosen):
            reload_chosen.connect(self._reload)

    def _request_for(self, names: tuple[str, ...], where: tuple[str, ...]) -> None:
        spec = self._session.spec if self._session is not None else None
        if spec is None:
            return
        partitioned = tuple(asset.name for asset in spec.assets if asset.partitions is not None)
        chosen = names or partitioned[:1] or tuple(asset.name for asset in spec.assets[:1])
        self._shell.navigation.request_backfill(BackfillDraft(chosen, where=where))

    def _reload(self) -> None:
        self._shell.navigation.reload_code()

    def _knows(self, name: str) -> bool:
        spec = self._session.spec if self._session is not None else None
        return spec is not None and spec.asset(name) is not None

    def _show_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and self._knows(wanted.asset):
            self.detail.restore(wanted)
            self._stack.setCurrentWidget(self.detail)
        elif wanted is not None and self._session is not None and self._session.spec is None:
            self._wanted = wanted  # not read yet

    def _show_assets(self, spec: RepositorySpec) -> None:
        self._stack.setCurrentWidget(self.list if spec.assets else self._empty)

    def _on_spec_changed(self, spec: RepositorySpec) -> None:
        self.list.show_spec(spec)
        stays = self._stack.currentWidget() is self.detail and self._knows(self.detail.asset)
        if stays:
            self.detail.refresh()
        else:
            self._show_assets(spec)
            self._show_wanted()

    def _on_code_failed(self, error: Exception) -> None:
        if self._session is not None and self._session.spec is None:
            self._problem.show_error(error)
            self._stack.setCurrentWidget(self._problem)
