"""A file written for rivers, `import rivers as rs`, opened as it is and run in worker processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rivers_core as rs
from rivers_core.engine import Engine
from rivers_core.exceptions import CodeChangedError, CodeLocationError, ConfigurationError, OutdatedPlanError
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState
from tests.core.engine.shops import PATIENCE, seen, wait_until

CODE = """
import os
import sys
import time
from datetime import datetime

import rivers as rs
from pydantic import BaseModel, Field, SecretStr

weeks = rs.PartitionsDefinition.weekly(start=datetime(2024, 1, 1), end=datetime(2024, 3, 4))


class Scales(BaseModel):
    grams: int = Field(default=1, ge=1)
    password: SecretStr = SecretStr("")


@rs.Asset(partitions_def=weeks, backfill_strategy=rs.BackfillStrategy.single_run())
def catch(context: rs.AssetExecutionContext[Scales]):
    assert "numpy" not in sys.modules
    for key in context.partition.keys:
        if str(key) == "2024-01-15":
            context.mark_partition_failed(key, "the boat stayed in port")
    return {key: context.config.grams for key in context.partition.keys if str(key) != "2024-01-15"}


@rs.Asset(partitions_def=weeks)
async def weighed(catch: int) -> int:
    return catch * 2


@rs.Asset(partitions_def=weeks)
def sinking(context: rs.AssetExecutionContext):
    if context.partition_key == "2024-01-08":
        os._exit(3)


@rs.Asset(partitions_def=weeks)
def deaf(context: rs.AssetExecutionContext):
    open(os.path.join(os.path.dirname(__file__), f"{context.partition_key}.began"), "w").close()
    time.sleep(600)


repo = rs.CodeRepository(assets=[catch, weighed, sinking, deaf])
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "harbor.py"
    written.write_text(CODE)
    return written


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    with Engine.open(file, slots=2) as opened:
        yield opened


def asked(asset: str, first: str = "2024-01-01", last: str = "2024-01-22", **more: object) -> BackfillRequest:
    return BackfillRequest(selection=(asset,), partition_range=rs.PartitionKeyRange.single(first, last), **more)


def carried_out(engine: Engine, request: BackfillRequest) -> BackfillRecord:
    return engine.run(engine.launch(engine.plan(request)).backfill_id)


def test_a_file_for_rivers_runs_unchanged_in_worker_processes(engine: Engine) -> None:
    caught = carried_out(engine, asked("catch", config={"catch": {"grams": 40, "password": "herring"}}))
    assert (caught.num_runs, caught.completed, caught.failed) == (1, 3, 1)
    weighed = carried_out(engine, asked("weighed"))
    assert (weighed.num_runs, weighed.completed, weighed.failed) == (4, 3, 1)
    assert engine.output("weighed", 0).text == "80"
    place = engine.place
    assert place is not None
    assert not [path for path in place.rglob("*") if path.is_file() and b"herring" in path.read_bytes()]


def test_config_is_validated_in_a_worker_before_anything_is_written(engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="grams"):
        engine.launch(engine.plan(asked("catch", config={"catch": {"grams": 0}})))
    assert engine.count_backfills() == 0


def test_a_run_that_takes_its_worker_down_costs_that_run_only(engine: Engine) -> None:
    record = carried_out(engine, asked("sinking"))
    assert (record.state, record.completed, record.failed) == (BackfillState.FAILED, 3, 1)


def test_cancel_kills_worker_processes_whose_code_does_not_listen(engine: Engine, file: Path) -> None:
    record = engine.launch(engine.plan(asked("deaf")))
    engine.start(record.backfill_id)
    wait_until(lambda: len(list(file.parent.glob("*.began"))) == 2)
    engine.cancel(record.backfill_id)
    assert engine.drain(PATIENCE)
    ended = engine.backfill(record.backfill_id)
    assert (ended.state, ended.canceled) == (BackfillState.CANCELED, 4)
    assert len(list(file.parent.glob("*.began"))) == 2


def test_a_plan_for_other_code_is_not_launched_and_a_paused_backfill_asks(engine: Engine, file: Path) -> None:
    plan = engine.plan(asked("catch"))
    paused = engine.launch(engine.plan(asked("catch", "2024-02-05", "2024-02-12"))).backfill_id
    engine.pause(paused)
    file.write_text(CODE.replace("2024-01-15", "2024-01-22"))
    engine.reload()
    with pytest.raises(OutdatedPlanError, match="code changed"):
        engine.launch(plan)
    with pytest.raises(CodeChangedError):
        engine.resume(paused)
    assert engine.resume(paused, accept_new_code=True)
    assert engine.run(paused).state is BackfillState.COMPLETED


def test_a_file_that_launches_something_while_it_is_loaded_is_refused(file: Path) -> None:
    file.write_text(CODE + '\nrepo.backfill(["deaf"], all_partitions=True)\n')
    with Engine.open(file, slots=1) as engine, pytest.raises(CodeLocationError, match="__main__"):
        engine.spec()


WATCH = """
import os
import time
import rivers as rs

HERE = os.path.dirname(__file__)
watches = rs.PartitionsDefinition.static_(["dawn", "noon", "dusk", "night"])


@rs.Asset(partitions_def=watches)
def log_book(context: rs.AssetExecutionContext):
    open(os.path.join(HERE, f"{context.partition_key}.began"), "w").close()
    if context.partition_key == "dawn":
        while not os.path.exists(os.path.join(HERE, "edited")):
            time.sleep(0.01)
        os._exit(3)
    return 1


repo = rs.CodeRepository(assets=[log_book])
"""


def test_a_worker_that_is_replaced_with_other_code_pauses_the_backfill_and_asks(tmp_path: Path) -> None:
    file = tmp_path / "watch.py"
    file.write_text(WATCH)
    with Engine.open(file, slots=1) as engine:
        request = BackfillRequest(selection=("log_book",), all_partitions=True, max_concurrency=1)
        backfill = engine.launch(engine.plan(request)).backfill_id
        engine.start(backfill)
        wait_until((tmp_path / "dawn.began").exists)
        file.write_text(WATCH.replace("return 1", "return 2"))
        with seen(engine, lambda changed: changed.state is BackfillState.PAUSED):
            (tmp_path / "edited").touch()
        paused = engine.backfill(backfill)
        assert (paused.completed, paused.failed, "changed" in str(paused.error)) == (0, 1, True)
        assert [path.stem for path in tmp_path.glob("*.began")] == ["dawn"]
        engine.reload()
        with pytest.raises(CodeChangedError):
            engine.resume(backfill)
        engine.resume(backfill, accept_new_code=True)
        assert engine.drain(PATIENCE)
        ended = engine.backfill(backfill)
        assert (ended.state, ended.completed, ended.failed) == (BackfillState.FAILED, 3, 1)
        assert engine.output("log_book", 3).text == "2"


SCRIPT = """
import os
import rivers_core as rs

ports = rs.PartitionsDefinition.static_(["bodo", "bergen", "tromso"])


@rs.Asset(partitions_def=ports)
def landed(context: rs.AssetExecutionContext) -> int:
    print("unloading", context.partition_key)
    return os.getpid()


@rs.Asset(partitions_def=ports)
def weighed(landed: int) -> int:
    return landed


repo = rs.CodeRepository(assets=[landed, weighed], default_executor=rs.Executor.parallel(max_workers=2))

if __name__ == "__main__":
    with repo:
        repo.resolve(rs.Storage.embedded("kept"))
        result = repo.backfill(all_partitions=True)
        workers = {repo.load_node("weighed", partition_key=key) for key in result.partition_keys}
        print(result.status, result.completed, len(workers) in (1, 2), os.getpid() in workers)
        print(repo.storage.get_run_logs(result.run_ids[2])[0].text)
"""


def test_a_script_that_asks_for_worker_processes_runs_in_them(tmp_path: Path) -> None:
    (tmp_path / "quay.py").write_text(SCRIPT)
    said = subprocess.run(
        [sys.executable, "quay.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE * 4
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == ["completed 3 True False", "unloading tromso"]
