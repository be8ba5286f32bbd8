"""The status bar follows the backfills of the open project and steers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.widgets.activity_bar import ActivityBar
from rivers_core.exceptions import StorageError
from rivers_core.pythons.choosing import ProjectPython
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState
from tests.app.builders import a_backfill


class Session(QObject):
    """As much of an open project as the bar looks at; it notes what it is asked to do."""

    backfills_changed = Signal(list)
    backfills_deleted = Signal(list)
    backfill_failed = Signal(str, object)
    spec_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.project = SimpleNamespace(python=ProjectPython())
        self.spec: SimpleNamespace | None = None
        self.engine = SimpleNamespace(slots=3, place="somewhere", seconds_writing=0.0)
        self.backfills: dict[str, BackfillRecord] = {}
        self.asked: list[tuple[str, str]] = []

    def tell(self, record: BackfillRecord) -> None:
        self.backfills = {record.backfill_id: record} if not record.state.is_final else {}
        self.backfills_changed.emit([record])

    async def pause(self, backfill_id: str) -> None:
        self.asked.append(("pause", backfill_id))

    async def resume(self, backfill_id: str) -> None:
        self.asked.append(("resume", backfill_id))

    async def cancel(self, backfill_id: str) -> None:
        self.asked.append(("cancel", backfill_id))


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def bar(qtbot: QtBot, shell: Shell, session: Session) -> ActivityBar:
    bar = ActivityBar(shell)
    qtbot.addWidget(bar)
    bar.show()
    bar.set_session(session)  # type: ignore[arg-type]  # a stand-in
    return bar


def part(bar: ActivityBar, kind: type[Any], name: str) -> Any:
    found = bar.findChild(kind, name)
    assert found is not None
    return found


def test_the_line_is_as_high_while_nothing_runs_as_while_something_does(bar: ActivityBar, session: Session) -> None:
    idle = bar.sizeHint().height()
    session.tell(a_backfill(completed=3))
    assert part(bar, QPushButton, "activityCancelButton").isVisible()
    assert bar.sizeHint().height() == idle


def test_nothing_running_says_so_and_offers_nothing(bar: ActivityBar) -> None:
    assert part(bar, QLabel, "activityIdle").isVisible()
    assert not part(bar, QPushButton, "activityCancelButton").isVisible()
    assert part(bar, QLabel, "workersLabel").text() == "3 workers"


def test_a_running_backfill_can_be_opened_paused_and_canceled(
    qtbot: QtBot, bar: ActivityBar, session: Session, shell: Shell
) -> None:
    session.tell(a_backfill("b4", completed=3))
    text = part(bar, QPushButton, "activityText")
    assert text.text() == "1 backfill running · 3 of 10"
    with qtbot.waitSignal(shell.navigation.backfill_opened) as opened:
        qtbot.mouseClick(text, Qt.MouseButton.LeftButton)
    assert opened.args == ["b4"]
    for name in ("activityPauseButton", "activityCancelButton"):
        qtbot.mouseClick(part(bar, QPushButton, name), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.asked == [("pause", "b4"), ("cancel", "b4")])


def test_a_paused_backfill_can_be_resumed_and_an_ended_one_is_gone(
    qtbot: QtBot, bar: ActivityBar, session: Session
) -> None:
    record = a_backfill("b4", state=BackfillState.PAUSED)
    session.tell(record)
    assert not part(bar, QPushButton, "activityPauseButton").isVisible()
    qtbot.mouseClick(part(bar, QPushButton, "activityResumeButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.asked == [("resume", "b4")])
    session.tell(replace(record, state=BackfillState.COMPLETED))
    assert part(bar, QLabel, "activityIdle").isVisible()


def test_a_database_that_cannot_be_written_is_told(bar: ActivityBar, session: Session) -> None:
    assert part(bar, QLabel, "databaseLabel").text() == "SQLite ✓"
    session.backfill_failed.emit("b1", StorageError("The disk is full. Make room."))
    assert part(bar, QLabel, "databaseLabel").text() == "SQLite cannot be written"


def test_a_database_that_takes_long_to_write_is_told_until_something_was_written(
    bar: ActivityBar, session: Session, shell: Shell, qtbot: QtBot
) -> None:
    told: list[str] = []
    shell.notices.shown.connect(lambda notice: told.append(notice.text))
    shell.notices.dismissed.connect(lambda key: told.append(f"{key} no more"))
    session.engine.seconds_writing = 9.0
    session.tell(a_backfill("b1", state=BackfillState.IN_PROGRESS))
    qtbot.waitUntil(lambda: part(bar, QLabel, "databaseLabel").text() == "SQLite is busy")
    session.engine.seconds_writing = 0.0
    session.tell(a_backfill("b1", state=BackfillState.IN_PROGRESS))
    assert part(bar, QLabel, "databaseLabel").text() == "SQLite ✓"
    assert [text.split(":")[0] for text in told] == [
        "The project's database is slow to write",
        "database is busy no more",
    ]


def test_without_a_project_the_bar_is_empty(bar: ActivityBar) -> None:
    bar.set_session(None)
    assert not part(bar, QLabel, "workersLabel").isVisible()
    assert part(bar, QLabel, "activityIdle").text() == ""


def test_the_python_of_the_project_is_shown_and_leads_to_the_others(
    bar: ActivityBar, session: Session, shell: Shell, qtbot: QtBot
) -> None:
    python = bar.findChild(QPushButton, "pythonButton")
    assert python.text() == "Python", "its version is not known before the code was read"
    session.project.python = ProjectPython(Path("/rain/.venv/bin/python"), environment=Path("/rain/.venv"))
    session.spec = SimpleNamespace(python_version="3.12.1")
    session.spec_changed.emit(session.spec)
    assert python.text() == "Python 3.12.1 · .venv"
    with qtbot.waitSignal(shell.navigation.python_wanted):
        python.click()
