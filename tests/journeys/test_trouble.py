"""What goes wrong around a backfill is seen, explained and survived without a restart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rivers_core.states import PartitionState
from tests import hands
from tests.journeys import projects, stored
from tests.journeys.desk import Desk
from tests.journeys.test_steering import launch_all

_DEADLY = """
import os

import rivers_core as rs

letters = rs.PartitionsDefinition.static_(["a", "b", "c", "d"])


@rs.Asset(partitions_def=letters)
def letter(context: rs.AssetExecutionContext) -> str:
    if context.partition_key == "b":
        os._exit(9)
    return context.partition_key


repo = rs.CodeRepository(assets=[letter])
"""

_TALKATIVE = """
from pathlib import Path
from time import sleep

import rivers_core as rs

GATE = Path(__file__).parent / "gate"
letters = rs.PartitionsDefinition.static_([f"letter {at}" for at in range(30)])


@rs.Asset(partitions_def=letters)
def letter(context: rs.AssetExecutionContext) -> str:
    while context.partition_key != "letter 0" and not GATE.exists():
        sleep(0.02)
    print(context.partition_key * 3_000)  # what it says fills the disk
    return context.partition_key


repo = rs.CodeRepository(assets=[letter])
"""


def test_a_database_that_another_program_holds_is_told_and_the_backfill_goes_on_when_it_lets_go(
    desk: Desk, tmp_path: Path
):
    project = projects.gated(tmp_path / "letters", keys="abcdefghijklmnop")
    backfill_id = launch_all(desk, project)
    with closing(sqlite3.connect(project / ".rivers" / "rivers.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        projects.open_gate(project)
        desk.notice("The project's database is slow to write: another program is writing to it, or the disk is busy.")
        assert desk.text("databaseLabel") == "SQLite is busy"
        other.execute("ROLLBACK")
    desk.wait_for_end(backfill_id)
    desk.wait(lambda: desk.text("databaseLabel") == "SQLite ✓")
    desk.wait(lambda: not any("slow to write" in notice.text for notice in desk.window.banners.notices))
    assert stored.backfill(project, 1)["completed"] == 16


def test_a_worker_that_dies_costs_one_partition_which_says_why(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", _DEADLY)
    desk.open(project)
    heatmap = desk.open_asset("letter")
    desk.press("backfillButton")
    desk.preview()
    backfill_id = desk.launch()
    desk.wait_for_end(backfill_id)
    desk.notice("3 partitions completed, 1 failed")
    found = stored.backfill(project, 1)
    assert (found["completed"], found["failed"]) == (3, 1)
    desk.wait(lambda: desk.counted(PartitionState.FAILED) == 1)
    hands.click_cell(heatmap, "b")
    desk.wait(lambda: "ended by itself with exit code 9" in desk.text("partitionError"))
    projects.written(project, _DEADLY.replace("os._exit(9)", "pass"))
    desk.press("reloadButton")
    desk.notice("The code was read again.")
    hands.choose_action(desk.window, "backfill_failedAction")
    desk.preview()
    desk.wait_for_end(desk.launch())
    assert stored.backfill(project, 2)["completed"] == 1
    desk.wait(lambda: desk.counted(PartitionState.COMPLETED) == 4)


def limit_pages(desk: Desk, pages: int) -> None:
    """As on a disk with so much room and no more."""
    desk.session.engine.stores.writer.call(
        lambda transaction: transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()
    )


def test_a_full_disk_is_told_and_the_backfill_is_resumed_from_the_notice_once_there_is_room(desk: Desk, tmp_path: Path):
    project = projects.written(tmp_path / "letters", _TALKATIVE)
    backfill_id = launch_all(desk, project)
    limit_pages(desk, 1)  # no less than what is used already
    projects.open_gate(project)
    desk.wait(lambda: not desk.session.threads.running)
    limit_pages(desk, 1_000_000)
    notice = desk.notice(f"Backfill {backfill_id} of letter was interrupted")
    assert notice.notice is not None
    assert "The disk is full" in notice.notice.text
    hands.press(notice, "bannerAction0")
    desk.wait_for_end(backfill_id)
    assert stored.backfill(project, 1)["completed"] == 30
    assert desk.text("databaseLabel") == "SQLite ✓"
