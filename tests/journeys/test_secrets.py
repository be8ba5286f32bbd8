"""What is secret is asked for again when partitions run later, and is stored nowhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import projects, stored
from tests.journeys.conftest import SitDown
from tests.journeys.desk import Desk

TOKEN = "hunter2-and-more"
CODE = '''
from pathlib import Path
from time import sleep

from pydantic import BaseModel, SecretStr

import rivers_core as rs

GATE = Path(__file__).parent / "gate"


class Access(BaseModel):
    token: SecretStr


@rs.Asset(partitions_def=rs.PartitionsDefinition.static_(["a", "b", "c"]))
def letter(context: rs.AssetExecutionContext[Access]) -> int:
    """Waits at a gate, but for the first, and fails for the wrong token."""
    while context.partition_key != "a" and not GATE.exists():
        sleep(0.02)
    if context.config.token.get_secret_value() != "hunter2-and-more":
        raise ValueError("the token is wrong")
    return 1


repo = rs.CodeRepository(assets=[letter])
'''


def launch_with(desk: Desk, token: str) -> str:
    desk.open_asset("letter")
    desk.press("backfillButton")
    dialog = desk.dialog("backfillDialog")
    desk.wait(lambda: dialog.findChild(QLineEdit, "config_letter_token") is not None)
    hands.part(dialog, QLineEdit, "config_letter_token").setText(token)
    desk.preview()
    return desk.launch()


def give_again(desk: Desk, token: str) -> None:
    asked: QWidget = desk.dialog("secretsDialog")
    assert "token" in hands.part(asked, QLabel, "secretsProblem").text()
    go_on = hands.part(asked, QPushButton, "secretsContinueButton")
    assert not go_on.isEnabled(), "nothing was given yet"
    hands.part(asked, QLineEdit, "config_letter_token").setText(token)
    hands.press(asked, "secretsContinueButton")


def choose_rerun(desk: Desk) -> None:
    desk.window.show_page("backfills")
    desk.wait(desk.part(QPushButton, "rerunButton").isEnabled)
    hands.choose_action(desk.part(QPushButton, "rerunButton"), "rerunFailedAction")


def assert_stored_nowhere(project: Path) -> None:
    files = [file for file in (project / ".rivers").rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []


def test_a_rerun_asks_for_the_secret_and_runs_with_it(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", CODE)
    projects.open_gate(project)
    desk.open(project)
    desk.wait_for_end(launch_with(desk, "wrong"))
    assert desk.counted(PartitionState.FAILED) == 3
    choose_rerun(desk)
    give_again(desk, TOKEN)
    desk.wait_for_end(desk.launch())
    again = stored.backfill(project, 2)
    assert (again["state"], again["completed"]) == ("completed", 3)
    assert_stored_nowhere(project)


def test_a_rerun_whose_secret_is_not_given_does_nothing(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", CODE)
    projects.open_gate(project)
    desk.open(project)
    desk.wait_for_end(launch_with(desk, "wrong"))
    choose_rerun(desk)
    hands.press(desk.dialog("secretsDialog"), "secretsCancelButton")
    desk.wait(lambda: hands.dialog("secretsDialog") is None)
    assert hands.dialog("previewDialog") is None
    assert stored.rows(project, "SELECT count(*) FROM backfills") == [(1,)]


def test_an_interrupted_backfill_asks_for_the_secret_when_it_is_resumed(sit_down: SitDown, tmp_path: Path):
    project = projects.written(tmp_path / "letters", CODE)
    first = sit_down()
    first.open(project)
    launch_with(first, TOKEN)
    first.wait(lambda: first.counted(PartitionState.COMPLETED) == 1)
    first.desktop.quit()
    hands.press(first.dialog("closingDialog"), "stopAndCloseButton")
    first.wait(first.desktop.closed.is_set)

    projects.open_gate(project)
    second = sit_down()
    second.desktop.begin(None)
    second.wait_for_code(project)
    hands.press(second.notice("was interrupted at 1 of 3 partitions"), "bannerAction0")
    give_again(second, TOKEN)
    second.wait_for_end("b1")
    assert stored.backfill(project, 1)["state"] == "completed"
    assert_stored_nowhere(project)
