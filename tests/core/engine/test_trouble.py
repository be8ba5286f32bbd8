"""What happens when something outside goes wrong: a full disk, an executor that cannot start, a bug."""

from __future__ import annotations

from pathlib import Path

import pytest

import rivers_core as rs
from rivers_core.engine import Engine
from rivers_core.exceptions import CodeLocationError
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import PATIENCE, Calls, Gate, days, seen, wait_until


def limit_pages(engine: Engine, pages: int) -> None:
    """As on a disk with so much room and no more."""
    engine.stores.writer.call(
        lambda transaction: transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()
    )


def test_a_full_disk_interrupts_a_backfill_which_can_be_resumed_when_there_is_room(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    gate = Gate()
    room: list[bool] = []

    @rs.Asset(partitions_def=rs.PartitionsDefinition.static_([f"k{at}" for at in range(40)]))
    def orders(context: rs.AssetExecutionContext) -> int:
        gate.pass_through(context)
        if not room:
            raise ValueError(context.partition_key * 100_000)  # what is said of it fills the disk
        return 1

    storage = rs.Storage.embedded(tmp_path)
    repository = make_repository(orders, storage=storage)
    engine = repository.engine
    backfill = repository.backfill(["orders"], all_partitions=True, block=False, max_concurrency=1).backfill_id
    gate.wait_for(1)
    limit_pages(engine, 1)  # no less than what is used already
    gate.open()
    assert engine.drain(PATIENCE)
    limit_pages(engine, 1_000_000)
    room.append(True)
    assert not engine.backfill(backfill).state.is_final
    wait_until(lambda: engine.backfill(backfill).state is BackfillState.INTERRUPTED)
    assert engine.resume(backfill)
    record = engine.run(backfill)
    assert record.state.is_final
    assert (record.completed + record.failed, record.ended_runs) == (40, 40)
    assert record.completed > 0
    repository.shutdown()
    storage.close()


class _Unwilling(rs.BaseIOHandler):
    def handle_output(self, context: rs.OutputContext, obj: object) -> None:
        raise OSError("the share is not mounted")

    def load_input(self, context: rs.InputContext) -> object:
        raise AssertionError


def test_an_output_that_cannot_be_stored_fails_its_partition_with_the_reason(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(io_handler=_Unwilling()))
    result = repository.backfill(["orders"], partition_range=days(1, 2))
    assert (result.status, result.failed) == ("failed", 2)
    error = repository.engine.partition("orders", 0).error
    assert error is not None
    assert error.message == "the share is not mounted"


def test_a_listener_that_fails_does_not_end_a_backfill(
    make_repository: MakeRepository, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(events: object) -> None:
        raise RuntimeError("a view's bug")

    repository = make_repository(Calls().asset())
    repository.engine.subscribe(broken)
    assert repository.backfill(["orders"], partition_range=days(1, 2)).completed == 2
    assert "A listener failed" in caplog.text


def test_code_that_no_longer_loads_pauses_a_backfill_until_it_is_mended(tmp_path: Path) -> None:
    code = tmp_path / "shop.py"
    good = (
        "from datetime import datetime\nimport rivers_core as rs\n"
        "@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(datetime(2024, 6, 1), datetime(2024, 7, 1)))\n"
        "def orders() -> int:\n    return 1\n"
        "repo = rs.CodeRepository(assets=[orders])\n"
    )
    code.write_text(good)
    with Engine.open(tmp_path, slots=1) as engine:
        record = engine.launch(
            engine.plan(BackfillRequest(selection=("orders",), partition_range=days(1, 3), max_concurrency=1))
        )
        code.write_text("def broken(:\n")
        with pytest.raises(CodeLocationError) as refused:
            engine.reload()
        assert "shop.py" in refused.value.details
        with seen(engine, lambda changed: changed.state is BackfillState.PAUSED):
            engine.start(record.backfill_id)
        assert "shop.py" in str(engine.backfill(record.backfill_id).error)
        code.write_text(good)
        engine.reload()
        assert not engine.resume(record.backfill_id)
        assert engine.drain(PATIENCE)
        assert engine.backfill(record.backfill_id).completed == 3


def test_nothing_is_run_after_the_engine_was_closed(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    repository = make_repository(Calls().asset(), storage=storage)
    engine = repository.engine
    record = engine.launch(engine.plan(BackfillRequest(selection=("orders",), partition_range=days(1, 3))))
    repository.shutdown()
    engine.close()
    again = make_repository(Calls().asset(), storage=storage)
    left = again.engine.backfill(record.backfill_id)
    assert (left.state, left.completed) == (BackfillState.INTERRUPTED, 0)
    assert again.engine.states("orders").states.sum() == 0
    again.resume_backfill(record.backfill_id)
    assert again.engine.backfill(record.backfill_id).completed == 3
    again.shutdown()
    storage.close()
