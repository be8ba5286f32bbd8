"""A backfill whose process is killed in the middle, twice, and one that is steered from other processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journeys import stored

RIVERS_CORE = str(Path(sys.executable).with_name("rivers-core"))
PATIENCE = 120.0
PARTITIONS = 60
CODE = """
import time
from pathlib import Path

import rivers as rs

HERE = Path(__file__).parent
boxes = rs.PartitionsDefinition.static_([f"box{number:02}" for number in range(60)])


@rs.Asset(partitions_def=boxes)
def packed(context: rs.AssetExecutionContext) -> str:
    box = context.partition_key
    with (HERE / "calls.txt").open("a") as calls:
        calls.write(box + "\\n")
    deadline = time.monotonic() + 60
    while int(box[3:]) >= int((HERE / "hold").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return box


repo = rs.CodeRepository(assets=[packed])
"""


class Warehouse:
    """A project whose runs, from that of box number `hold_from` on, wait until they are let go or killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []
        (folder / "rivers.toml").write_text('[project]\nname = "Warehouse"\ncode = "warehouse.py"\n')
        (folder / "calls.txt").touch()
        (folder / "warehouse.py").write_text(CODE)

    def hold_from(self, box: int) -> None:
        written = self.folder / "hold.new"
        written.write_text(str(box))
        written.replace(self.folder / "hold")

    def let_go(self) -> None:
        self.hold_from(PARTITIONS)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls.txt").read_text().split()

    def start(self, command: str, *words: str) -> subprocess.Popen[str]:
        """`rivers-core COMMAND PROJECT WORDS --json`, left running."""
        process = subprocess.Popen(
            [RIVERS_CORE, command, str(self.folder), *words, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def say(self, command: str, *words: str) -> Any:
        """What a command reports at its end."""
        return reported(self.start(command, *words))

    def clear(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def reported(process: subprocess.Popen[str]) -> Any:
    output, errors = process.communicate(timeout=PATIENCE)
    assert output, errors
    return json.loads(output)


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def kill(process: subprocess.Popen[str]) -> None:
    """End the process as a power cut would, and see its workers go with it."""
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert not alive


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path)
    yield made
    made.clear()


def completed(project: Path) -> int:
    return stored.run_states(project, 1)[stored.COMPLETED] if (project / ".rivers" / "rivers.sqlite").exists() else 0


def test_a_backfill_that_is_killed_twice_is_resumed_and_counts_each_partition_once(warehouse: Warehouse):
    folder = warehouse.folder
    warehouse.hold_from(20)
    first = warehouse.start("backfill", "--assets", "packed", "--all-partitions", "--workers", "2")
    wait_until(lambda: len(warehouse.calls) == 22)
    wait_until(lambda: completed(folder) == 20)
    kill(first)
    after_first = warehouse.say("list")
    assert [(one["status"], one["completed"]) for one in after_first] == [("interrupted", 20)]

    warehouse.hold_from(40)
    second = warehouse.start("resume", "b1", "--workers", "2")
    wait_until(lambda: len(warehouse.calls) == 44)
    wait_until(lambda: completed(folder) == 40)
    kill(second)
    assert warehouse.say("show", "b1")["status"] == "interrupted"

    warehouse.let_go()
    report = warehouse.say("resume", "b1", "--workers", "2")
    assert (report["status"], report["completed"], report["failed"], report["canceled"]) == ("completed", 60, 0, 0)
    assert stored.backfill(folder, 1)["ended_runs"] == PARTITIONS
    assert stored.run_states(folder, 1) == {stored.COMPLETED: PARTITIONS}
    assert stored.rows(folder, "SELECT count(*), count(DISTINCT number) FROM runs") == [(PARTITIONS, PARTITIONS)]
    calls = Counter(warehouse.calls)
    assert len(calls) == PARTITIONS, "every partition was computed"
    assert sum(calls.values()) == PARTITIONS + 4, "only the runs that were cut off were computed again"
    outputs = sorted((folder / ".rivers" / "outputs" / "packed").iterdir())
    assert len(outputs) == PARTITIONS, "and no half-written file is left"


def test_a_running_backfill_is_seen_paused_resumed_and_canceled_from_other_processes(warehouse: Warehouse):
    warehouse.hold_from(10)
    running = warehouse.start("backfill", "--assets", "packed", "--all-partitions", "--workers", "2")
    wait_until(lambda: len(warehouse.calls) == 12)
    wait_until(lambda: completed(warehouse.folder) == 10)
    seen = warehouse.say("show", "b1")
    assert (seen["status"], seen["completed"]) == ("in_progress", 10)
    warehouse.say("pause", "b1")
    wait_until(lambda: warehouse.say("show", "b1")["status"] == "paused")
    warehouse.let_go()
    wait_until(lambda: completed(warehouse.folder) == 12)
    assert len(warehouse.calls) == 12, "nothing new starts"
    # Workers take short runs in advance, so the two that were held need not be the next in the plan's order.
    done = len(set(warehouse.calls) | {f"box{number:02}" for number in range(30)})
    warehouse.hold_from(30)
    warehouse.say("resume", "b1")
    wait_until(lambda: len(warehouse.calls) == done + 2)
    wait_until(lambda: completed(warehouse.folder) == done)
    warehouse.say("cancel", "b1")
    report = reported(running)
    assert report["status"] == "canceled"
    assert report["completed"] + report["canceled"] == PARTITIONS
    assert (report["failed"], report["completed"]) == (0, done)
    assert running.returncode == 1
    assert len(warehouse.calls) == done + 2
