"""A project under two processes at once, and one whose process is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rivers_core.engine import Engine
from rivers_core.events import BackfillEnded, Event, LogsArrived, RunsChanged
from rivers_core.exceptions import CodeChangedError, ExecutionError, OutdatedPlanError
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, PartitionState, RunState
from tests.core.engine.shops import PATIENCE, days, seen, wait_until

# Each run waits for a file, notes that it ran, and stores a number.
CODE = """
import time
from datetime import datetime
from pathlib import Path
import rivers_core as rs

HERE = Path(__file__).parent
JUNE = rs.PartitionsDefinition.daily(datetime(2024, 6, 1), datetime(2024, 7, 1))

@rs.Asset(partitions_def=JUNE)
def orders(context: rs.AssetExecutionContext) -> int:
    print("looking for", context.partition_key)
    with (HERE / "begun").open("a") as begun:
        begun.write(context.partition_key + "\\n")
    while not (HERE / "open").exists():
        time.sleep(0.005)
    print("found", context.partition_key)
    with (HERE / "ended").open("a") as ended:
        ended.write(context.partition_key + "\\n")
    return 1

@rs.Asset(partitions_def=JUNE, deps=[rs.AssetDef.input("orders")])
def totals(orders: int) -> int:
    return orders

repo = rs.CodeRepository(assets=[orders, totals])
"""

SCRIPT = """
import rivers_core as rs
from shop import repo
repo.resolve(rs.Storage.embedded(".rivers"))
repo.materialize(["orders"], rs.PartitionKey.single("2024-06-01"))
"""


class Shop:
    """A project folder whose runs wait until the shop opens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._commands: list[subprocess.Popen[str]] = []
        (folder / "shop.py").write_text(CODE)

    def open(self) -> None:
        (self.folder / "open").touch()

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def command(self, *words: str) -> subprocess.Popen[str]:
        """`rivers-core` in a process of its own."""
        start = [sys.executable, "-c", "from rivers_core.cli import main; main()"]
        command = [*start, words[0], str(self.folder), *words[1:]]
        self._commands.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return self._commands[-1]

    def materialize_elsewhere(self) -> subprocess.Popen[str]:
        """A script that materializes the first of June."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(self.folder), *sys.path])}
        command = [sys.executable, "-c", SCRIPT]
        self._commands.append(subprocess.Popen(command, cwd=self.folder, env=environment, text=True))
        return self._commands[-1]

    def close(self) -> None:
        for command in self._commands:
            with command:
                command.kill()

    def answer(self, *words: str) -> dict[str, object]:
        out, err = self.command(*words, "--json").communicate(timeout=PATIENCE)
        assert out, err
        return dict(json.loads(out))

    def backfill_elsewhere(self, *words: str) -> subprocess.Popen[str]:
        return self.command("backfill", "--assets", "orders", "--range", "2024-06-01..2024-06-06", "--json", *words)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def engine(shop: Shop) -> Iterator[Engine]:
    with Engine.open(shop.folder, slots=2) as opened:
        yield opened
        shop.open()


def recovered(engine: Engine) -> BackfillRecord:
    """The backfill once it is known that its process is gone."""
    engine.recover()
    return engine.backfill("b1")


def request(last: int = 6, **given: object) -> BackfillRequest:
    return BackfillRequest(**{"selection": ("orders",), "partition_range": days(1, last), **given})


def started(engine: Engine, last: int = 6) -> str:
    record = engine.launch(engine.plan(request(last)))
    engine.start(record.backfill_id)
    return record.backfill_id


def test_another_process_can_pause_resume_and_cancel_a_backfill(shop: Shop, engine: Engine) -> None:
    backfill = started(engine)
    wait_until(lambda: shop.lines("begun"))
    assert shop.answer("pause", backfill)["status"] == "paused"
    assert engine.backfill(backfill).state is BackfillState.PAUSED
    with seen(engine, lambda record: record.state is BackfillState.IN_PROGRESS):
        out, err = shop.command("resume", backfill, "--json").communicate(timeout=PATIENCE)
    assert json.loads(out)["backfill_id"] == backfill, err
    assert shop.answer("cancel", backfill)["status"] in ("canceling", "canceled")
    assert engine.drain(PATIENCE)
    record = engine.backfill(backfill)
    assert (record.state, record.canceled) == (BackfillState.CANCELED, 6)
    assert shop.lines("ended") == []


def test_a_backfill_of_another_process_shows_while_it_runs(shop: Shop, engine: Engine) -> None:
    assert engine.asset_counts()["orders"] == {PartitionState.MISSING: 30}
    ends: list[BackfillEnded] = []
    engine.subscribe(lambda events: ends.extend(event for event in events if isinstance(event, BackfillEnded)))
    other = shop.backfill_elsewhere("--max-concurrency", "2")
    wait_until(lambda: engine.asset_counts()["orders"].get(PartitionState.RUNNING) == 2)
    assert engine.asset_counts()["orders"][PartitionState.QUEUED] == 4
    shop.open()
    out, _ = other.communicate(timeout=PATIENCE)
    assert json.loads(out)["completed"] == 6
    wait_until(lambda: ends)
    assert ends[0].record.completed == 6
    wait_until(lambda: engine.asset_counts()["orders"] == {PartitionState.MISSING: 24, PartitionState.COMPLETED: 6})


def test_a_backfill_survives_two_kills_and_counts_each_partition_once(shop: Shop, engine: Engine) -> None:
    first = shop.backfill_elsewhere("--max-concurrency", "2")
    wait_until(lambda: len(shop.lines("begun")) >= 2)
    first.kill()
    first.communicate()
    record = recovered(engine)
    assert (record.state, record.completed) == (BackfillState.INTERRUPTED, 0)
    assert engine.asset_counts()["orders"] == {PartitionState.MISSING: 30}

    second = shop.command("resume", record.backfill_id, "--json")
    begun = len(shop.lines("begun"))
    wait_until(lambda: len(shop.lines("begun")) > begun)
    second.kill()
    second.communicate()
    record = recovered(engine)
    assert record.state is BackfillState.INTERRUPTED

    shop.open()
    assert engine.resume(record.backfill_id)
    record = engine.run(record.backfill_id)
    assert (record.state, record.completed, record.ended_runs) == (BackfillState.COMPLETED, 6, 6)
    assert set(shop.lines("ended")) == {f"2024-06-0{day}" for day in range(1, 7)}
    assert engine.recover() == []


def test_what_an_interrupted_backfill_left_can_be_canceled(shop: Shop, engine: Engine) -> None:
    other = shop.backfill_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    other.kill()
    other.communicate()
    record = recovered(engine)
    record = engine.cancel(record.backfill_id)
    assert (record.state, record.canceled) == (BackfillState.CANCELED, 6)


def test_a_backfill_that_another_process_drives_is_waited_for(shop: Shop, engine: Engine) -> None:
    other = shop.backfill_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    engine.start("b1")
    shop.open()
    assert engine.drain(PATIENCE)
    assert engine.backfill("b1").state is BackfillState.COMPLETED
    other.communicate(timeout=PATIENCE)
    assert len(shop.lines("ended")) == 6


def test_code_that_changed_is_asked_about_before_a_launch_and_before_going_on(shop: Shop, engine: Engine) -> None:
    plan = engine.plan(request())
    backfill = started(engine)
    wait_until(lambda: len(shop.lines("begun")) == 2)
    engine.pause(backfill)
    (shop.folder / "shop.py").write_text(CODE.replace("return 1", "return 2"))
    engine.reload()
    with pytest.raises(OutdatedPlanError, match="code changed"):
        engine.launch(plan)
    with pytest.raises(CodeChangedError, match="code changed since this backfill was planned"):
        engine.resume(backfill)
    shop.open()
    assert not engine.resume(backfill, accept_new_code=True)
    assert engine.drain(PATIENCE)
    assert engine.backfill(backfill).completed == 6


def test_cancel_kills_a_run_that_never_ends(shop: Shop, engine: Engine) -> None:
    backfill = started(engine)
    wait_until(lambda: len(shop.lines("begun")) == 2)
    engine.cancel(backfill)
    assert engine.drain(PATIENCE)
    assert engine.backfill(backfill).state is BackfillState.CANCELED
    assert len(shop.lines("begun")) == 2
    assert shop.lines("ended") == []


def test_a_backfill_waits_for_another_process_at_the_same_partitions(shop: Shop, engine: Engine) -> None:
    other = shop.backfill_elsewhere("--max-concurrency", "1")
    wait_until(lambda: shop.lines("begun"))
    backfill = started(engine, 3)
    wait_until(lambda: engine.warnings_of(backfill))
    assert engine.warnings_of(backfill)[0].startswith("Waits for the backfill b1, which another program runs")
    assert engine.backfill(backfill).state is BackfillState.REQUESTED
    assert shop.lines("begun") == ["2024-06-01"]
    shop.open()
    assert engine.drain(PATIENCE)
    other.communicate(timeout=PATIENCE)
    assert engine.backfill(backfill).completed == 3
    assert shop.lines("ended")[:6] == [f"2024-06-0{number}" for number in range(1, 7)]
    assert len(shop.lines("ended")) == 9


def test_a_backfill_waits_for_a_direct_run_of_another_process_at_the_same_partition(shop: Shop, engine: Engine) -> None:
    script = shop.materialize_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    backfill, apart = started(engine, 3), engine.launch(engine.plan(request(partition_range=days(4, 4))))
    engine.start(apart.backfill_id)
    wait_until(lambda: engine.warnings_of(backfill))
    assert engine.warnings_of(backfill)[0].startswith("Waits for the run r1, which another program runs")
    wait_until(lambda: shop.lines("begun") == ["2024-06-01", "2024-06-04"])
    shop.open()
    assert engine.drain(PATIENCE)
    script.wait(PATIENCE)
    assert engine.backfill(backfill).completed == 3
    assert sorted(shop.lines("ended")) == [f"2024-06-0{number}" for number in (1, 1, 2, 3, 4)]


def test_what_another_process_computes_is_not_materialized_beside_it(shop: Shop, engine: Engine) -> None:
    other = shop.backfill_elsewhere("--max-concurrency", "1")
    wait_until(lambda: shop.lines("begun"))
    with pytest.raises(
        ExecutionError, match="orders: another program computes the same partitions, in the backfill b1"
    ):
        engine.materialize(engine.plan(request(partition_range=days(6, 6))))
    assert len(engine.runs(backfill_id=None, text="2024-06-06")) == 0
    shop.open()
    other.communicate(timeout=PATIENCE)
    (done,) = engine.materialize(engine.plan(request(partition_range=days(6, 6))))
    assert done.record.state is RunState.COMPLETED


def test_two_programs_do_not_materialize_one_partition_at_a_time(shop: Shop, engine: Engine) -> None:
    script = shop.materialize_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    with pytest.raises(ExecutionError, match="in the run r1"):
        engine.materialize(engine.plan(request(1)))
    shop.open()
    script.wait(PATIENCE)
    assert shop.lines("ended") == ["2024-06-01"]


def test_what_reads_a_partition_that_another_process_made_anew_turns_stale(shop: Shop, engine: Engine) -> None:
    shop.open()
    plan = engine.plan(request(selection=("orders", "totals")))
    engine.run(engine.launch(plan).backfill_id)
    assert engine.asset_counts()["totals"] == {PartitionState.MISSING: 24, PartitionState.COMPLETED: 6}
    shop.backfill_elsewhere().communicate(timeout=PATIENCE)
    wait_until(lambda: engine.asset_counts()["totals"] == {PartitionState.MISSING: 24, PartitionState.STALE: 6})


def test_a_direct_run_of_a_killed_process_is_canceled_and_says_why(shop: Shop, engine: Engine) -> None:
    script = shop.materialize_elsewhere()
    wait_until(lambda: [run.state for run in engine.runs()] == [RunState.RUNNING])
    engine.recover()
    assert engine.run_record("r1").state is RunState.RUNNING  # its process lives
    script.kill()
    script.wait()
    wait_until(lambda: engine.run_record("r1").state is RunState.CANCELED)
    record = engine.run_record("r1")
    assert record.error.message == "The program that ran it ended before the run did."
    assert record.ended >= record.started
    assert engine.asset_counts()["orders"] == {PartitionState.MISSING: 29, PartitionState.CANCELED: 1}


def test_a_backfill_whose_process_dies_while_another_looks_on_is_interrupted(shop: Shop, engine: Engine) -> None:
    other = shop.backfill_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    other.kill()
    other.communicate()
    wait_until(lambda: engine.backfill("b1").state is BackfillState.INTERRUPTED)
    assert engine.asset_counts()["orders"] == {PartitionState.MISSING: 30}


def test_what_runs_of_another_process_print_is_told_line_by_line(shop: Shop, engine: Engine) -> None:
    told: list[Event] = []
    engine.subscribe(told.extend)

    def lines() -> list[tuple[str, int, str]]:
        arrived = [line for event in told if isinstance(event, LogsArrived) for line in event.records]
        return [(line.run_id, line.number, line.text) for line in arrived]

    other = shop.backfill_elsewhere("--max-concurrency", "2")
    before = {("r1", 0, "looking for 2024-06-01"), ("r2", 0, "looking for 2024-06-02")}
    wait_until(lambda: set(lines()) == before)
    shop.open()
    other.communicate(timeout=PATIENCE)
    after = {("r1", 1, "found 2024-06-01"), ("r2", 1, "found 2024-06-02")}
    wait_until(lambda: before | after <= set(lines()))
    assert len(lines()) == len(set(lines()))


def test_a_direct_run_of_another_process_shows_while_it_runs_with_its_log(shop: Shop, engine: Engine) -> None:
    told: list[Event] = []
    engine.subscribe(told.extend)

    def states() -> list[RunState]:
        changed = [run for event in told if isinstance(event, RunsChanged) for run in event.records]
        return list(dict.fromkeys(run.state for run in changed if run.run_id == "r1"))

    with shop.materialize_elsewhere() as script:
        wait_until(lambda: states() == [RunState.RUNNING])
        wait_until(lambda: any(isinstance(event, LogsArrived) for event in told))
        shop.open()
        script.wait(PATIENCE)
    wait_until(lambda: states() == [RunState.RUNNING, RunState.COMPLETED])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_asked_to_end_leaves_its_backfill_to_be_resumed(
    shop: Shop, engine: Engine, number: signal.Signals
) -> None:
    other = shop.backfill_elsewhere()
    wait_until(lambda: shop.lines("begun"))
    other.send_signal(number)
    _, err = other.communicate(timeout=PATIENCE)
    assert other.returncode == 128 + number
    assert "b1 is left interrupted" in err
    record = engine.backfill("b1")
    assert (record.state, record.error) == (
        BackfillState.INTERRUPTED,
        "The program was closed. Resume the backfill to run what is left.",
    )
