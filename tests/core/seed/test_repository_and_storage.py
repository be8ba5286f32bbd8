"""What a script does with its repository besides backfills, what its storage tells, and where runs happen."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import rivers_core as rs
from rivers_core.exceptions import (
    AssetDefinitionError,
    ConfigurationError,
    ExecutionError,
    GraphValidationError,
    MissingValueError,
    NodeNotFoundError,
)
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, PATIENCE, Calls, Gate, day, days, key


def test_resolve_is_called_when_it_is_needed() -> None:
    with rs.CodeRepository(assets=[Calls().asset()]) as repository:
        assert repository.backfill(partition_range=days(1, 2)).completed == 2


def test_validate_shows_all_problems_together() -> None:
    @rs.Asset
    def bills(orders: int, returns: int) -> int:
        return orders - returns

    with pytest.raises(GraphValidationError) as refused:
        rs.CodeRepository(assets=[bills]).validate()
    assert len(refused.value.problems) == 2


def test_features_that_are_not_there_are_refused_with_name_and_line() -> None:
    with pytest.raises(AssetDefinitionError, match=r"test_repository_and_storage\.py:\d+.*hooks"):
        rs.Asset(hooks=[print])
    with pytest.raises(ConfigurationError, match=r"test_repository_and_storage\.py:\d+.*Kubernetes"):
        rs.Executor.kubernetes()


def test_materialize_tells_what_was_made_and_what_failed(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    done = repository.materialize(["orders"], partition_key=key(day(1)), tags=[("by", "hand")])
    run = repository.storage.get_run(done.run_id)
    assert run is not None
    assert (done.success, done.materialized_assets, done.failed_assets) == (True, ["orders"], [])
    assert ("by", "hand") in run.tags
    calls.failing = {day(2)}
    failed = repository.materialize(["orders"], partition_key=key(day(2)), raise_on_error=False)
    assert (failed.success, failed.materialized_assets, failed.failed_assets[0][0]) == (False, [], "orders")
    with pytest.raises(ExecutionError, match=f"no orders on {day(2)}"):
        repository.materialize(["orders"], partition_key=key(day(2)))


def test_materialize_with_a_key_of_several_values_is_one_batched_run(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    repository.materialize(["orders"], partition_key=rs.PartitionKey.single([day(1), day(2)]))
    assert (calls.keys, repository.engine.count_backfills()) == ([[day(1), day(2)]], 0)


def test_materialize_can_include_what_the_selection_reads(make_repository: MakeRepository) -> None:
    @rs.Asset
    def rates() -> int:
        return 8

    @rs.Asset
    def doubled(rates: int) -> int:
        return rates * 2

    repository = make_repository(rates, doubled)
    assert repository.materialize(["doubled"], include_upstream=True).materialized_assets == ["rates", "doubled"]
    assert repository.load_node("doubled") == 16


def test_load_node_reads_a_value_and_refuses_what_is_not_there(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    repository.materialize(["orders"], partition_key=key(day(1)))
    assert repository.load_node("orders", partition_key=key(day(1))) == 1
    with pytest.raises(NodeNotFoundError):
        repository.load_node("order")
    with pytest.raises(MissingValueError, match=day(2)):
        repository.load_node("orders", partition_key=key(day(2)))


def test_a_repository_is_shut_down_by_with() -> None:
    before = threading.active_count()
    with rs.CodeRepository(assets=[Calls().asset()]) as repository:
        repository.backfill(["orders"], partition_range=days(1, 2))
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_shutdown_leaves_what_runs_to_be_resumed(make_repository: MakeRepository) -> None:
    storage, gate = rs.Storage.memory(), Gate()
    first = make_repository(gate.asset(), storage=storage)
    result = first.backfill(partition_range=days(1, 4), max_concurrency=1, block=False)
    gate.wait_for(1)
    closing = threading.Thread(target=first.shutdown)
    closing.start()
    while closing.is_alive():
        gate.wake()
        closing.join(0.01)
    second = make_repository(Calls().asset(), storage=storage)
    status = second.get_backfill(result.backfill_id)
    assert status is not None
    assert status.status == "interrupted"
    second.resume_backfill(result.backfill_id, accept_new_code=True)
    status = second.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.status, status.completed_partitions) == ("completed", 4)
    second.shutdown()
    storage.close()


# Storage


def test_the_storage_tells_of_runs_events_and_partitions(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(calls.asset(code_version="3", group="shop"))
    result = repository.backfill(partition_range=days(1, 3))
    storage = repository.storage
    assert {run.run_id for run in storage.get_runs(limit=10)} == set(result.run_ids)
    assert [run.status for run in storage.get_runs(status="failed")] == ["failed"]
    assert storage.get_runs(status="Failure") == storage.get_runs(status="failed")
    with pytest.raises(ConfigurationError, match="queued, running, completed, failed, canceled"):
        storage.get_runs(status="broken")
    assert storage.get_run("r999") is None
    assert storage.get_run_progress(result.run_ids[0]) == (1, 1)
    assert sorted(event.event_type for event in storage.get_events_for_asset("orders")) == [
        "failure", "materialization", "materialization",
    ]  # fmt: skip
    assert storage.get_materialized_partitions("orders") == [key(day(1)), key(day(3))]
    record = storage.get_asset_record("orders")
    assert record is not None
    assert (record.code_version, record.group, record.last_run_id in result.run_ids) == ("3", "shop", True)


def test_the_log_of_a_run_holds_its_lines_and_its_error_the_traceback(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        context.log.info("looking at %s", context.partition_key)
        raise ValueError("the drawer is empty")

    repository = make_repository(orders)
    result = repository.backfill(partition_range=days(1, 1))
    text = "\n".join(line.text for line in repository.storage.get_run_logs(result.run_ids[0]))
    assert f"looking at {day(1)}" in text
    run = repository.storage.get_run(result.run_ids[0])
    assert run is not None
    assert run.error is not None
    assert "the drawer is empty" in run.error.message
    assert "in orders" in run.error.traceback


def test_embedded_storage_is_a_folder_that_the_next_script_finds_again(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    first = make_repository(Calls().asset(), storage=rs.Storage.embedded(tmp_path))
    result = first.backfill(partition_range=days(1, 2))
    first.storage.close()
    first.shutdown()
    second = make_repository(Calls().asset(), storage=rs.Storage.embedded(tmp_path))
    status = second.get_backfill(result.backfill_id)
    assert status is not None
    assert status.completed_partitions == 2
    assert second.load_node("orders", partition_key=key(day(2))) == 1
    assert list((tmp_path / "outputs" / "orders").iterdir())
    second.storage.close()
    second.shutdown()


# Executors


@pytest.mark.parametrize("executor", [rs.Executor.in_process(), rs.Executor.threads(2)], ids=["in process", "threads"])
def test_every_local_executor_ends_a_backfill_alike(make_repository: MakeRepository, executor: rs.Executor) -> None:
    threads: set[int] = set()

    @rs.Asset(partitions_def=JUNE)
    def orders() -> None:
        threads.add(threading.get_ident())

    result = make_repository(orders, default_executor=executor).backfill(partition_range=days(1, 9))
    assert (result.status, result.completed) == ("completed", 9)
    in_caller = threads == {threading.get_ident()}
    assert in_caller is (executor.kind == "in_process")


def test_a_script_that_chooses_no_executor_runs_in_threads_of_its_own(make_repository: MakeRepository) -> None:
    threads: set[int] = set()

    @rs.Asset(partitions_def=JUNE)
    def orders() -> None:
        threads.add(threading.get_ident())

    assert make_repository(orders).backfill(partition_range=days(1, 4)).completed == 4
    assert threads
    assert threading.get_ident() not in threads


def test_worker_processes_need_a_storage_on_disk(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(), default_executor=rs.Executor.parallel(2))
    with pytest.raises(ConfigurationError, match=r"Storage\.embedded"):
        repository.backfill(partition_range=days(1, 1))


def test_a_value_in_memory_that_another_process_would_load_is_refused_at_resolve() -> None:
    @rs.Asset(partitions_def=JUNE, io_handler=rs.InMemoryIOHandler())
    def orders() -> int:
        return 1

    @rs.Asset(partitions_def=JUNE)
    def bills(orders: int) -> int:
        return orders

    with pytest.raises(GraphValidationError, match="orders"):
        rs.CodeRepository(assets=[orders, bills], default_executor=rs.Executor.parallel(2)).resolve()


def test_a_single_run_that_returns_a_mapping_writes_a_file_for_each_key(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    @rs.Asset(partitions_def=JUNE, io_handler=rs.PickleIOHandler(path=str(tmp_path)))
    def orders(context: rs.AssetExecutionContext) -> dict[rs.PartitionKey, int]:
        return {one: number for number, one in enumerate(context.partition.keys)}

    repository = make_repository(orders)
    repository.backfill(partition_range=days(1, 3), strategy=rs.BackfillStrategy.single_run())
    assert [path.stem for path in sorted((tmp_path / "orders").glob("*.pkl"))] == [day(1), day(2), day(3)]
    assert repository.load_node("orders", partition_key=key(day(3))) == 2


def test_load_node_loads_a_table_as_the_type_that_is_asked_for(make_repository: MakeRepository, tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow as pa

    @rs.Asset(partitions_def=JUNE, io_handler=rs.ParquetIOHandler(path=str(tmp_path)))
    def orders() -> pd.DataFrame:
        return pd.DataFrame({"sold": [1, 2]})

    repository = make_repository(orders)
    repository.materialize(["orders"], partition_key=key(day(1)))
    assert repository.load_node("orders", partition_key=key(day(1)), type_hint=pd.DataFrame)["sold"].sum() == 3
    assert repository.load_node("orders", partition_key=key(day(1)), type_hint=pa.Table).column_names == ["sold"]


def test_drain_waits_for_what_was_not_blocked_on(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(partition_range=days(1, 9), block=False)
    assert repository.engine.drain(PATIENCE)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert status.completed_partitions == 9
