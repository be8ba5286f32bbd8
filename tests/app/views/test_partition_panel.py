"""The panel beside the grid is as high as its words, and scrolls only where they are more than it can show."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.views.partition_panel import PartitionPanel
from tests.app.builders import a_failed_partition
from tests.hands import part


def scrolled_by(qtbot: QtBot, shell: Shell, error: str) -> int:
    """How many pixels of the words a panel of the usual size does not show."""
    panel = PartitionPanel(shell)
    qtbot.addWidget(panel)
    panel.resize(300, 640)
    panel.show()
    panel.show_record(a_failed_partition(message=error), "")
    area = part(panel, QScrollArea, "partitionArea")
    qtbot.waitUntil(lambda: area.widget().width() > 200)
    return area.verticalScrollBar().maximum()


def test_an_error_of_a_few_lines_needs_no_scroll_bar(qtbot: QtBot, shell: Shell) -> None:
    assert scrolled_by(qtbot, shell, "The station has no reading for this hour. " * 4) == 0


def test_an_error_of_many_lines_can_be_scrolled(qtbot: QtBot, shell: Shell) -> None:
    assert scrolled_by(qtbot, shell, "The station has no reading for this hour. " * 60) > 0


def test_a_run_that_was_deleted_is_said_to_be_and_cannot_be_opened(qtbot: QtBot, shell: Shell) -> None:
    panel = PartitionPanel(shell)
    qtbot.addWidget(panel)
    panel.show_record(a_failed_partition(), "")
    assert part(panel, QPushButton, "openRunButton").isEnabled()
    panel.show_record(a_failed_partition(attempt_started=None, attempt_ended=None, error=None, has_run=False), "")
    assert part(panel, QLabel, "partitionAttempt").text() == "failed, its run was deleted"
    for name in ("openRunButton", "openLogButton"):
        assert not part(panel, QPushButton, name).isEnabled()
