"""The real window on a real engine, driven by hand and waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_app.widgets.banner import Banner
from rivers_core.states import PartitionState
from tests import hands

Part = TypeVar("Part", bound=QWidget)
_MILLISECONDS = 90_000


class Desk:
    """`shell` and `desktop` are what the composition root makes."""

    def __init__(self, qtbot: QtBot, shell: Shell, desktop: Desktop) -> None:
        self._qtbot = qtbot
        self.shell = shell
        self.desktop = desktop
        self.window = desktop.window

    @property
    def session(self) -> ProjectSession:
        found = self.window.session
        assert found is not None, "no project is open"
        return found

    @property
    def heatmap(self) -> PartitionHeatmap:
        return self.part(PartitionHeatmap, "partitionHeatmap")

    def wait(self, condition: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=_MILLISECONDS)

    def part(self, kind: type[Part], name: str) -> Part:
        return hands.part(self.window, kind, name)

    def text(self, name: str) -> str:
        return self.part(QLabel, name).text()

    def press(self, name: str) -> None:
        hands.press(self.window, name)

    def open(self, project: Path) -> None:
        """Open a project that is trusted, and wait until its code was read."""
        self.shell.settings.trust(project)
        before = self.window.session
        self.desktop.projects.open(project)
        self.wait(lambda: self.window.session is not before)
        self.wait_for_code(project)

    def wait_for_code(self, project: Path) -> None:
        self.wait(lambda: self.window.session is not None and self.session.path == project)
        self.wait(lambda: self.session.spec is not None or self.session.code_error is not None)

    def open_asset(self, name: str) -> PartitionHeatmap:
        """Open an asset by a click on its row."""
        self.window.show_page("assets")
        self.window.pages.assets.show_list()
        rows = self.window.pages.assets.list.table.model()
        row = next(at for at in range(rows.rowCount()) if rows.index(at, 0).data() == name)
        hands.choose_row(self.window, "assetTable", row)
        detail = self.window.pages.assets.detail
        self.wait(lambda: detail.isVisible() and detail.asset == name and detail.states.is_loaded)
        return self.heatmap

    def dialog(self, name: str) -> QWidget:
        """The dialog of that name, once it is open."""
        self.wait(lambda: hands.dialog(name) is not None)
        found = hands.dialog(name)
        assert found is not None
        return found

    def preview(self) -> QWidget:
        """Press Preview in the backfill dialog as soon as it has counted, and wait for what it shows."""
        dialog = self.dialog("backfillDialog")
        self.wait(hands.part(dialog, QPushButton, "previewButton").isEnabled)
        hands.press(dialog, "previewButton")
        return self.dialog("previewDialog")

    def launch(self) -> str:
        """Press Launch in the preview; the id of the backfill that began."""
        known = set(self.session.backfills)
        hands.press(self.dialog("previewDialog"), "launchButton")
        self.wait(lambda: set(self.session.backfills) - known or hands.dialog("previewDialog") is None)
        self.wait(lambda: hands.dialog("previewDialog") is None)
        return max(record.backfill_id for record in self.session.engine.backfills(limit=1))

    def notice(self, text: str) -> Banner:
        """The notice that says this, once it is there."""

        def found() -> Banner | None:
            banners = self.window.banners.findChildren(Banner)
            return next((one for one in banners if one.notice is not None and text in one.notice.text), None)

        self.wait(found)
        banner = found()
        assert banner is not None
        return banner

    def counted(self, state: PartitionState) -> int:
        """How many cells of the grid are in a state."""
        return self.heatmap.model.counts()[state]

    def wait_for_end(self, backfill_id: str) -> None:
        self.wait(lambda: self.session.engine.backfill(backfill_id).state.is_final)
        self.wait(lambda: backfill_id not in self.session.backfills)
