"""The real window on a real project: pages, search, notices, trust, reload and closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QSystemTrayIcon,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.notices import Kind, Notice
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_app.views.main_window import MainWindow
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.states import PartitionState
from rivers_core.waiting import never_waiting
from tests.app.conftest import Run
from tests.app.views.conftest import MILLISECONDS, Open, OpenDialog
from tests.hands import part, press


def test_a_folder_never_opened_here_is_asked_about_and_the_answer_is_remembered(
    open_dialog: OpenDialog, qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    desktop.projects.open(project)
    press(open_dialog("trustDialog"), "distrustButton")
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert desktop.window.session is None
    desktop.projects.open(project)
    press(open_dialog("trustDialog"), "trustButton")
    qtbot.waitUntil(lambda: desktop.window.session is not None, timeout=MILLISECONDS)
    assert shell.settings.is_trusted(project)
    assert shell.settings.recent_projects == (str(project),)


def test_no_page_waits_for_the_database_or_for_user_code(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    told: list[Notice] = []
    shell.notices.shown.connect(told.append)
    shell.settings.trust(project)
    window, pages = desktop.window, desktop.window.pages

    def until(condition: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=MILLISECONDS)

    def rows(page: QWidget, table: str) -> int:
        model = part(page, QAbstractItemView, table).model()
        return model.rowCount() if model is not None else 0

    async def launch(session: ProjectSession) -> None:
        request = BackfillRequest(selection=("daily",), all_partitions=True)
        await session.launch(await shell.background(session.engine.plan, request))

    with never_waiting():
        desktop.projects.open(project)
        until(lambda: window.session is not None and window.session.spec is not None)
        session = window.session
        assert session is not None
        shell.tasks.start(desktop, launch(session))
        shell.navigation.open_asset("daily", 3)
        until(lambda: pages.assets.detail.states.is_loaded and session.is_busy)
        window.show_page("backfills")
        until(lambda: rows(pages.backfills, "backfillTable") == 1)
        window.show_page("runs")
        until(lambda: rows(pages.runs, "runTable") == 10 and not session.is_busy)
        shell.navigation.open_backfill("b1")
        shell.navigation.open_run("r4")
        shell.navigation.open_output("daily", 0)
        until(lambda: part(pages.outputs, QPlainTextEdit, "outputText").toPlainText() == "1")
        desktop.projects.reload()
        until(lambda: any(notice.key == "reloaded" for notice in told))
        desktop.projects.close()
        until(lambda: window.session is None)
    assert not [notice.details for notice in told if notice.kind is Kind.DANGER and notice.details]


def test_broken_code_shows_its_traceback_and_reload_picks_up_the_repair(
    qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text + "\nnonsense(\n", encoding="utf-8")
    shell.settings.trust(project)
    desktop.projects.open(project)
    window = desktop.window
    qtbot.waitUntil(lambda: window.session is not None and window.session.code_error is not None, timeout=MILLISECONDS)
    traceback = part(window, QPlainTextEdit, "codeProblemTraceback")
    qtbot.waitUntil(traceback.isVisible)
    assert "assets.py" in part(window, QWidget, "codeProblemText").text()
    code.write_text(text, encoding="utf-8")
    press(window, "reloadBrokenButton")
    qtbot.waitUntil(window.pages.assets.list.isVisible, timeout=MILLISECONDS)
    assert window.pages.assets.list.model.rowCount() == 3


def test_code_broken_later_leaves_the_assets_and_shows_a_notice_with_details(
    opened: Open, qtbot: QtBot, project: Path
) -> None:
    window = opened(project)
    with (project / "assets.py").open("a", encoding="utf-8") as code:
        code.write("\nimport no_such_library\n")
    window.menus.action("reload_code").trigger()
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=MILLISECONDS)
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
    opened: Open, qtbot: QtBot, shell: Shell, project: Path
) -> None:
    window = opened(project)
    search, detail = window.search, window.pages.assets.detail
    qtbot.keyClicks(search, "doub")
    assert [result.title for result in search.results][:1] == ["doubled"]
    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.asset == "doubled" and detail.isVisible(), timeout=MILLISECONDS)
    assert search.text() == ""
    qtbot.keyClicks(search, "2024-01-07")
    qtbot.waitUntil(lambda: [result.title for result in search.results] == ["2024-01-07"] * 2, timeout=MILLISECONDS)
    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.selection.subset().ranges == ((6, 7),), timeout=MILLISECONDS)
    qtbot.keyClicks(search, "dark th")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert shell.settings.preferences.scheme == "dark"


def test_closing_with_a_running_backfill_asks_and_can_cancel_it(
    open_dialog: OpenDialog, opened: Open, qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path, run: Run[Any]
) -> None:
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text.replace("return 7", "import time; time.sleep(60)"), encoding="utf-8")
    window = opened(project)
    session = window.session
    assert session is not None
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("constant",))))
    run(session.launch(plan))
    window.close()
    press(open_dialog("closingDialog"), "stayButton")
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert window.isVisible()
    assert session.is_busy
    window.close()
    press(open_dialog("closingDialog"), "cancelAndCloseButton")
    qtbot.waitUntil(desktop.closed.is_set, timeout=MILLISECONDS)
    assert not window.isVisible()


@pytest.fixture
def busy(opened: Open, shell: Shell, project: Path, run: Run[Any]) -> MainWindow:
    """The window with a backfill that takes a minute."""
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text.replace("return 7", "import time; time.sleep(60)"), encoding="utf-8")
    window = opened(project)
    assert window.session is not None
    plan = run(shell.background(window.session.engine.plan, BackfillRequest(selection=("constant",))))
    run(window.session.launch(plan))
    return window


def test_kept_running_without_a_tray_the_window_is_minimized_and_comes_back(
    busy: MainWindow, open_dialog: OpenDialog, qtbot: QtBot, desktop: Desktop
) -> None:
    busy.close()
    press(open_dialog("closingDialog"), "keepRunningButton")
    qtbot.waitUntil(busy.isMinimized, timeout=MILLISECONDS)
    assert busy.session is not None
    assert busy.session.is_busy
    assert not desktop.closed.is_set()
    desktop.notifications.window_wanted.emit()
    assert not busy.isMinimized()
    desktop.end()
    qtbot.waitUntil(desktop.closed.is_set, timeout=MILLISECONDS)


@pytest.fixture
def tray(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop with a tray; ask for it before the window is made."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")  # which this platform does not have
def test_kept_running_with_a_tray_the_window_is_gone_and_a_click_on_the_icon_brings_it_back(
    tray: None, busy: MainWindow, open_dialog: OpenDialog, qtbot: QtBot, desktop: Desktop
) -> None:
    icon = desktop.notifications.findChild(QSystemTrayIcon, "trayIcon")
    assert icon is not None
    assert not icon.isVisible()
    busy.close()
    press(open_dialog("closingDialog"), "keepRunningButton")
    qtbot.waitUntil(busy.isHidden, timeout=MILLISECONDS)
    assert icon.isVisible()
    assert busy.session is not None
    assert busy.session.is_busy
    icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert busy.isVisible()
    assert not icon.isVisible()
    desktop.end()
    qtbot.waitUntil(desktop.closed.is_set, timeout=MILLISECONDS)


def test_the_window_opens_in_the_size_in_which_it_was_closed(
    qtbot: QtBot, desktop: Desktop, shell: Shell, run: Run[Any]
) -> None:
    desktop.window.resize(711, 533)
    desktop.quit()
    qtbot.waitUntil(desktop.closed.is_set, timeout=MILLISECONDS)
    again = MainWindow(shell)
    qtbot.addWidget(again, before_close_func=lambda _window: None)
    again.restore()
    assert (again.width(), again.height()) == (desktop.window.width(), desktop.window.height()) != (1280, 720)


@pytest.mark.parametrize(
    ("template", "upstream"),
    [("template_days", "daily_readings"), ("template_days_by_region", "sales"), ("template_files", "station_table")],
)
def test_a_new_project_from_a_template_loads_and_runs(
    open_dialog: OpenDialog,
    qtbot: QtBot,
    desktop: Desktop,
    shell: Shell,
    tmp_path: Path,
    run: Run[Any],
    template: str,
    upstream: str,
) -> None:
    window = desktop.window
    window.menus.action("new_project").trigger()
    asked = open_dialog("newProjectDialog")
    part(asked, QAbstractButton, template).setChecked(True)
    part(asked, QLineEdit, "projectNameField").setText("mine")
    part(asked, QLineEdit, "projectPlaceField").setText(str(tmp_path))
    press(asked, "createProjectButton")
    qtbot.waitUntil(lambda: window.session is not None, timeout=MILLISECONDS)
    session = window.session
    assert session is not None
    qtbot.waitUntil(lambda: (session.spec or session.code_error) is not None, timeout=MILLISECONDS)
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
    qtbot.waitUntil(lambda: bool(ended), timeout=4 * MILLISECONDS)
    assert (ended[0].backfill_id, ended[0].failed) == (record.backfill_id, 0)


def test_the_open_dialog_says_what_is_wrong_with_a_path_and_opens_a_good_one(
    open_dialog: OpenDialog, qtbot: QtBot, desktop: Desktop, shell: Shell, project: Path
) -> None:
    shell.settings.trust(project)
    press(desktop.window, "openProjectButton")
    asked = open_dialog("openProjectDialog")
    field = part(asked, QLineEdit, "projectPathField")
    qtbot.keyClicks(field, str(project / "missing"))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    problem = part(asked, QWidget, "projectProblem")
    qtbot.waitUntil(lambda: "does not exist" in problem.text())
    field.setText(str(project))
    assert problem.text() == ""
    press(asked, "openButton")
    qtbot.waitUntil(lambda: desktop.window.session is not None, timeout=MILLISECONDS)


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
    opened: Open, qtbot: QtBot, shell: Shell, project: Path
) -> None:
    window = opened(project)
    for name in ("assets", "backfills", "runs", "outputs"):
        window.show_page(name)
    shell.navigation.open_asset("daily", 3)
    qtbot.waitUntil(lambda: window.pages.assets.detail.panel.record is not None, timeout=MILLISECONDS)
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


def test_outputs_that_are_gone_are_found_from_the_menu_for_the_asset_in_front(
    opened: Open, open_dialog: OpenDialog, qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]
) -> None:
    window = opened(project)
    session = window.session
    assert session is not None
    plan = run(shell.background(session.engine.plan, BackfillRequest(selection=("daily",), all_partitions=True)))
    run(session.launch(plan))
    qtbot.waitUntil(lambda: not session.is_busy, timeout=MILLISECONDS)
    stored = sorted(path for path in (project / ".rivers").rglob("*2024-01-06*") if path.is_file())
    assert stored
    for path in stored:
        path.unlink()
    shell.navigation.open_asset("daily")
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.COMPLETED) == 9, timeout=MILLISECONDS)
    window.menus.action("verify_outputs").trigger()
    press(open_dialog("verifyDialog"), "markMissingButton")
    qtbot.waitUntil(lambda: detail.model.count(PartitionState.MISSING) == 1, timeout=MILLISECONDS)
    assert run(shell.background(session.engine.partition, "daily", 5)).state is PartitionState.MISSING


def test_the_preferences_have_a_key_on_every_system(desktop: Desktop) -> None:
    action = desktop.window.menus.action("preferences")
    assert action.shortcut().toString(QKeySequence.SequenceFormat.PortableText) == "Ctrl+,"


def test_a_notice_that_stays_lies_below_the_grid(
    opened: Open, qtbot: QtBot, shell: Shell, desktop: Desktop, project: Path
) -> None:
    window = opened(project)
    shell.navigation.open_asset("daily", 3)
    detail = window.pages.assets.detail
    qtbot.waitUntil(lambda: detail.heatmap.isVisible() and detail.model.size == 10, timeout=MILLISECONDS)
    before = detail.heatmap.height()
    shell.notices.show(Notice(Kind.WARNING, "Something failed.", key="k"))
    qtbot.waitUntil(lambda: detail.heatmap.height() < before)
    lower_edge = detail.heatmap.mapTo(window, detail.heatmap.rect().bottomLeft()).y()
    assert lower_edge <= window.banners.mapTo(window, window.banners.rect().topLeft()).y()
    shell.notices.dismiss("k")
    qtbot.waitUntil(lambda: detail.heatmap.height() == before)


def test_half_of_a_screen_is_wide_enough_for_every_page(
    opened: Open, qtbot: QtBot, shell: Shell, project: Path
) -> None:
    window = opened(project)
    shell.navigation.open_asset("daily", 3)
    for name in ("assets", "backfills", "runs", "outputs"):
        window.show_page(name)

    def is_narrowed() -> bool:
        window.resize(1920 // 2, 700)  # again and again, because pages are still being filled
        return window.width() == 1920 // 2

    qtbot.waitUntil(is_narrowed, timeout=MILLISECONDS)
    assert window.minimumSizeHint().width() <= 1920 // 2


def test_every_action_of_the_menus_has_a_name_and_no_two_share_a_shortcut(desktop: Desktop) -> None:
    actions: tuple[QAction, ...] = desktop.window.menus.actions
    shortcuts = [action.shortcut().toString() for action in actions if not action.shortcut().isEmpty()]
    assert all(action.objectName() for action in actions)
    assert len(set(shortcuts)) == len(shortcuts)
