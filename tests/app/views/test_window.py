"""The real window on a real project: pages, search, notices, trust, reload and closing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from rivers_app.notices import Kind
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_app.views.main_window import MainWindow
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.states import PartitionState
from tests.app.conftest import Run

T = 30_000


@pytest.fixture
def desktop(qtbot: QtBot, shell: Shell, run: Run[Any]) -> Iterator[Desktop]:
    desktop = Desktop(shell)
    qtbot.addWidget(desktop.window, before_close_func=lambda _window: None)
    desktop.window.resize(1280, 720)
    desktop.show()
    yield desktop
    if desktop.window.session is not None:
        run(desktop.window.session.close())
    desktop.window.deleteLater()


def opened(qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path) -> MainWindow:
    """The window with the project open and its code read."""
    shell.settings.trust(project)
    desktop.projects.open(project)
    window = desktop.window
    qtbot.waitUntil(lambda: window.session is not None and window.session.spec is not None, timeout=T)
    return window


def part(window: QWidget, kind: type[QWidget], name: str) -> Any:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def dialog(qtbot: QtBot, name: str) -> QDialog:
    """The dialog of that name, once it is open."""
    found: list[QDialog] = []

    def look() -> bool:
        found[:] = [
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, QDialog) and widget.objectName() == name and widget.isVisible()
        ]
        return bool(found)

    qtbot.waitUntil(look, timeout=T)
    return found[0]


def click(qtbot: QtBot, button: QWidget) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_folder_never_opened_here_is_asked_about_and_the_answer_is_remembered(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    desktop.projects.open(project)
    click(qtbot, part(dialog(qtbot, "trustDialog"), QPushButton, "distrustButton"))
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert desktop.window.session is None
    desktop.projects.open(project)
    click(qtbot, part(dialog(qtbot, "trustDialog"), QPushButton, "trustButton"))
    qtbot.waitUntil(lambda: desktop.window.session is not None, timeout=T)
    assert shell.settings.is_trusted(project)
    assert shell.settings.recent_projects == (str(project),)


def test_an_asset_is_opened_by_a_click_on_its_name_and_left_again(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    assets = window.pages.assets
    table = assets.list.table
    qtbot.waitUntil(lambda: assets.list.model.rowCount() == 3)
    row = next(row for row in range(3) if table.model().index(row, 0).data() == "daily")
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: assets.detail.isVisible() and assets.detail.model.size == 10, timeout=T)
    assert assets.detail.asset == "daily"
    click(qtbot, part(window, QToolButton, "allAssetsButton"))
    assert assets.list.isVisible()


def test_a_failed_cell_tells_its_error_and_all_failed_are_selected_by_the_legend(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(qtbot, desktop, shell, project)
    session = window.session
    assert session is not None
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.size == 10, timeout=T)
    request = BackfillRequest(selection=("daily",), all_partitions=True)
    run(session.launch(run(shell.background(session.engine.plan, request))))
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.FAILED) == 1 and not session.is_busy, timeout=T)
    click(qtbot, detail.legend.button(PartitionState.FAILED))
    assert detail.selection.subset().ranges == ((3, 4),)
    detail.selection.set_current(3)
    qtbot.waitUntil(lambda: detail.panel.record is not None)
    assert part(window, QWidget, "partitionError").text() == "ValueError: There are no rows for this day."
    assert part(window, QPushButton, "openRunButton").isEnabled()
    assert detail.draft().subset == detail.selection.subset()
    assert detail.draft().fingerprint == detail.model.definition.fingerprint  # type: ignore[union-attr]


def test_an_asset_without_partitions_is_materialized_as_a_whole(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    shell.navigation.open_asset("constant")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.panel.record is not None, timeout=T)
    assert part(window, QPushButton, "backfillButton").text() == "Materialize…"
    assert detail.draft().subset is None
    assert not detail.legend.isVisible()


def test_page_asset_and_selection_come_back_after_closing(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    shell.navigation.open_asset("daily", 4)
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.selection.count == 1, timeout=T)
    desktop.projects.close()
    qtbot.waitUntil(window.start.isVisible, timeout=T)
    assert window.session is None
    opened(qtbot, desktop, shell, project)
    qtbot.waitUntil(lambda: detail.asset == "daily" and detail.selection.count == 1, timeout=T)
    assert detail.selection.subset().ranges == ((4, 5),)
    assert detail.isVisible()


def test_broken_code_shows_its_traceback_and_reload_picks_up_the_repair(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text + "\nnonsense(\n", encoding="utf-8")
    shell.settings.trust(project)
    desktop.projects.open(project)
    window = desktop.window
    qtbot.waitUntil(lambda: window.session is not None and window.session.code_error is not None, timeout=T)
    traceback = part(window, QPlainTextEdit, "codeProblemTraceback")
    qtbot.waitUntil(traceback.isVisible)
    assert "assets.py" in part(window, QWidget, "codeProblemText").text()
    code.write_text(text, encoding="utf-8")
    click(qtbot, part(window, QPushButton, "reloadBrokenButton"))
    qtbot.waitUntil(window.pages.assets.list.isVisible, timeout=T)
    assert window.pages.assets.list.model.rowCount() == 3


def test_code_broken_later_leaves_the_assets_and_shows_a_notice_with_details(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    with (project / "assets.py").open("a", encoding="utf-8") as code:
        code.write("\nimport no_such_library\n")
    window.menus.action("reload_code").trigger()
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=T)
    notice = window.banners.notices[0]
    assert notice.kind is Kind.DANGER
    assert "no_such_library" in notice.text
    assert "Traceback" in notice.details
    assert window.pages.assets.list.isVisible()


def test_a_project_that_is_none_is_refused_in_a_notice(qtbot: QtBot, desktop: Desktop, tmp_path: Path) -> None:
    desktop.projects.open(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: bool(desktop.window.banners.notices))
    assert "does not exist" in desktop.window.banners.notices[0].text
    assert desktop.window.start.isVisible()


def test_the_search_goes_to_an_asset_a_key_and_an_action(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    search, detail = window.search, window.pages.assets.detail
    qtbot.keyClicks(search, "doub")
    assert [result.title for result in search.results][:1] == ["doubled"]
    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.asset == "doubled" and detail.isVisible(), timeout=T)
    assert search.text() == ""
    qtbot.keyClicks(search, "2024-01-07")
    qtbot.waitUntil(lambda: [result.title for result in search.results] == ["2024-01-07"] * 2, timeout=T)
    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.selection.subset().ranges == ((6, 7),), timeout=T)
    qtbot.keyClicks(search, "dark th")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert shell.settings.preferences.scheme == "dark"


def test_closing_with_a_running_backfill_asks_and_can_cancel_it(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path, run: Run[Any]
) -> None:
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text.replace("return 7", "import time; time.sleep(60)"), encoding="utf-8")
    window = opened(qtbot, desktop, shell, project)
    session = window.session
    assert session is not None
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("constant",))))
    run(session.launch(plan))
    window.close()
    click(qtbot, part(dialog(qtbot, "closingDialog"), QPushButton, "stayButton"))
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert window.isVisible()
    assert session.is_busy
    window.close()
    click(qtbot, part(dialog(qtbot, "closingDialog"), QPushButton, "cancelAndCloseButton"))
    qtbot.waitUntil(desktop.closed.is_set, timeout=T)
    assert not window.isVisible()


@pytest.mark.parametrize(
    ("template", "upstream"),
    [("template_days", "daily_readings"), ("template_days_by_region", "sales"), ("template_files", "station_table")],
)
def test_a_new_project_from_a_template_loads_and_runs(
    qtbot: QtBot, desktop: Desktop, shell: Shell, tmp_path: Path, run: Run[Any], template: str, upstream: str
) -> None:
    window = desktop.window
    window.menus.action("new_project").trigger()
    asked = dialog(qtbot, "newProjectDialog")
    part(asked, QAbstractButton, template).setChecked(True)
    part(asked, QLineEdit, "projectNameField").setText("mine")
    part(asked, QLineEdit, "projectPlaceField").setText(str(tmp_path))
    click(qtbot, part(asked, QPushButton, "createProjectButton"))
    qtbot.waitUntil(lambda: window.session is not None, timeout=T)
    session = window.session
    assert session is not None
    qtbot.waitUntil(lambda: (session.spec or session.code_error) is not None, timeout=T)
    assert session.code_error is None
    assert session.name == "mine"
    definition = run(shell.background(session.engine.definition, upstream))
    first = Subset.full(min(31, definition.size()))
    request = BackfillRequest(
        selection=(upstream,), include_downstream=True, subset=first, fingerprint=definition.fingerprint
    )
    plan = run(shell.background(session.engine.plan, request))
    record = run(session.launch(plan))
    ended: list[BackfillRecord] = []
    session.backfill_ended.connect(ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=4 * T)
    assert (ended[0].backfill_id, ended[0].failed) == (record.backfill_id, 0)


def test_the_open_dialog_says_what_is_wrong_with_a_path_and_opens_a_good_one(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    shell.settings.trust(project)
    click(qtbot, part(desktop.window, QPushButton, "openProjectButton"))
    asked = dialog(qtbot, "openProjectDialog")
    field = part(asked, QLineEdit, "projectPathField")
    qtbot.keyClicks(field, str(project / "missing"))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    problem = part(asked, QWidget, "projectProblem")
    qtbot.waitUntil(lambda: "does not exist" in problem.text())
    field.setText(str(project))
    assert problem.text() == ""
    click(qtbot, part(asked, QPushButton, "openButton"))
    qtbot.waitUntil(lambda: desktop.window.session is not None, timeout=T)


CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTabWidget,
)


def is_ours(widget: QWidget) -> bool:
    """Not a part that Qt makes inside of its own widgets."""
    inside = widget.parentWidget()
    while isinstance(inside, QFrame) and not inside.objectName():  # such as what a combo box drops down
        inside = inside.parentWidget()
    return not widget.objectName().startswith("qt_") and not isinstance(
        inside, QComboBox | QAbstractSpinBox | QLineEdit | QAbstractItemView | QTabWidget | QAbstractScrollArea
    )


def test_every_control_of_every_page_has_an_object_name_and_an_accessible_name(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    window = opened(qtbot, desktop, shell, project)
    for name in ("assets", "backfills", "runs", "outputs"):
        window.show_page(name)
    shell.navigation.open_asset("daily", 3)
    qtbot.waitUntil(lambda: window.pages.assets.detail.panel.record is not None, timeout=T)
    controls = [widget for kind in CONTROLS for widget in window.findChildren(kind) if is_ours(widget)]
    assert len(controls) > 60
    unnamed = [f"{widget!r} in {widget.parentWidget()!r}" for widget in controls if not widget.objectName()]
    silent = [
        widget.objectName()
        for widget in controls
        if not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]
    assert not unnamed
    assert not silent


def test_every_action_of_the_menus_has_a_name_and_no_two_share_a_shortcut(desktop: Desktop) -> None:
    actions: tuple[QAction, ...] = desktop.window.menus.actions
    shortcuts = [action.shortcut().toString() for action in actions if not action.shortcut().isEmpty()]
    assert all(action.objectName() for action in actions)
    assert len(set(shortcuts)) == len(shortcuts)
