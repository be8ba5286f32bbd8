"""Every control of every dialog has a name for tests and one for screen readers, and can be left by Escape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.dialogs.cleaning import may_clean
from rivers_app.dialogs.closing import asked_how_to_close
from rivers_app.dialogs.install_packages import packages_installed
from rivers_app.dialogs.secrets import SecretsDialog
from rivers_app.dialogs.trust import is_trusted
from rivers_app.dialogs.verifying import may_mark_missing
from rivers_app.shell import Shell
from rivers_app.views.main_window import MainWindow
from rivers_core.location.spec import AssetSpec
from rivers_core.partitions.subset import Subset
from tests import hands
from tests.app.builders import a_backfill
from tests.app.views.conftest import MILLISECONDS, Open, OpenDialog
from tests.app.views.test_window import CONTROLS, is_ours

SECRETIVE = AssetSpec(
    name="constant",
    computation="constant",
    config_schema={"properties": {"token": {"type": "string"}}},
    secret_fields=("token",),
)
Ask = Callable[[MainWindow, Shell, Path], None]


def menu(action: str) -> Ask:
    return lambda window, _shell, _folder: window.menus.action(action).trigger()


def question(ask: Callable[[Shell, MainWindow, Path], Any]) -> Ask:
    """`ask` makes a coroutine that opens a dialog."""
    return lambda window, shell, folder: shell.tasks.start(window, ask(shell, window, folder)) and None


DIALOGS: dict[str, Ask] = {
    "preferencesDialog": menu("preferences"),
    "shortcutsDialog": menu("shortcuts"),
    "aboutDialog": menu("about"),
    "newProjectDialog": menu("new_project"),
    "openProjectDialog": menu("open_project"),
    "helpWindow": menu("help"),
    "pythonDialog": menu("project_python"),
    "installDialog": question(lambda shell, window, _folder: packages_installed(shell, window, window.session.project)),
    "backfillDialog": menu("backfill"),
    "trustDialog": question(is_trusted),
    "closingDialog": question(lambda shell, window, _folder: asked_how_to_close(shell, window, 2)),
    "cleaningDialog": question(lambda shell, window, _folder: may_clean(shell, window, [a_backfill("b1")])),
    "secretsDialog": lambda window, shell, _folder: SecretsDialog(
        shell, [SECRETIVE], "token: missing", {}, window
    ).open(),
    "verifyDialog": question(
        lambda shell, window, _folder: may_mark_missing(shell, window, "constant", None, Subset(((0, 1),)))
    ),
}


def unnamed(dialog: QWidget) -> list[str]:
    controls = [widget for kind in CONTROLS for widget in dialog.findChildren(kind) if is_ours(widget)]
    assert controls
    return [
        f"{widget.objectName()!r}: {widget!r}"
        for widget in controls
        if not widget.objectName()
        or not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_a_dialog_is_named_and_escape_leaves_it(
    opened: Open, open_dialog: OpenDialog, qtbot: QtBot, shell: Shell, project: Path, tmp_path: Path, name: str
) -> None:
    window = opened(project)
    DIALOGS[name](window, shell, tmp_path)
    dialog = open_dialog(name)
    assert dialog.accessibleName()
    assert dialog.windowTitle()
    assert unnamed(dialog) == []
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: hands.dialog(name) is None, timeout=MILLISECONDS)


def test_every_control_of_a_preview_is_named(
    opened: Open, open_dialog: OpenDialog, qtbot: QtBot, shell: Shell, project: Path
) -> None:
    window = opened(project)
    window.pages.assets.show_asset("doubled")
    qtbot.waitUntil(lambda: window.pages.assets.detail.states.is_loaded, timeout=MILLISECONDS)
    window.menus.action("backfill").trigger()
    asked = open_dialog("backfillDialog")
    qtbot.waitUntil(hands.part(asked, QPushButton, "previewButton").isEnabled, timeout=MILLISECONDS)
    hands.press(asked, "previewButton")
    preview = open_dialog("previewDialog")
    assert unnamed(preview) == []
    for dialog in (preview, asked):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: hands.dialog("backfillDialog") is None, timeout=MILLISECONDS)
