"""What a script sees of backfills: strategies, ranges, results, policies, config, precedence, monitoring."""

from __future__ import annotations

import threading

import pytest
from pydantic import BaseModel

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError, ExecutionError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, PATIENCE, SALES, Calls, Gate, day, days, key


def test_multi_run_makes_a_run_for_every_partition(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset()).backfill(["orders"], partition_range=days(1, 30))
    assert (result.num_partitions, result.num_runs, len(result.run_ids)) == (30, 30, 30)
    assert sorted(calls.keys) == [[day(number)] for number in range(1, 31)]


def test_a_failed_partition_leaves_the_others_unaffected(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(4)}
    result = make_repository(calls.asset()).backfill(["orders"], partition_range=days(3, 5))
    assert (result.status, result.completed, result.failed, result.canceled) == ("failed", 2, 1, 0)


def test_single_run_calls_the_asset_once_with_every_key(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset()).backfill(
        ["orders"], partition_range=days(1, 30), strategy=rs.BackfillStrategy.single_run()
    )
    assert (result.num_partitions, result.num_runs, result.completed) == (30, 1, 30)
    assert calls.keys == [[day(number) for number in range(1, 31)]]


def test_per_dimension_runs_each_day_with_all_its_stores(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset("sales", SALES)).backfill(
        ["sales"],
        partition_range=rs.PartitionKeyRange.multi({"day": (day(1), day(7)), "store": ["oslo", "bergen", "tromso"]}),
        strategy=rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
    )
    assert (result.num_runs, result.num_partitions, result.completed) == (7, 21, 21)
    assert [f"day={day(3)}|store={store}" for store in ("oslo", "bergen", "tromso")] in calls.keys


# Marks in batched runs


def marking(failing: list[str], *, then_raise: bool = False, **given: object) -> rs.Asset:
    @rs.Asset(name="orders", partitions_def=JUNE, **given)
    def orders(context: rs.AssetExecutionContext) -> dict[str, int]:
        for written in failing:
            context.mark_partition_failed(key(written), f"no file for {written}")
        if then_raise:
            raise RuntimeError("the whole day book is gone")
        return {str(one): 1 for one in context.partition.keys if str(one) not in failing}

    return orders


def test_a_marked_partition_is_failed_in_every_count_and_the_rest_completed(make_repository: MakeRepository) -> None:
    single = rs.BackfillStrategy.single_run()
    repository = make_repository(marking([day(4), day(6)], backfill_strategy=single))
    result = repository.backfill(["orders"], partition_range=days(3, 9))
    assert (result.completed, result.failed, result.status) == (5, 2, "failed")
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.completed_partitions, status.failed_partitions) == (5, 2)
    assert [str(one) for one in repository.storage.get_materialized_partitions("orders")] == [
        day(number) for number in (3, 5, 7, 8, 9)
    ]


def test_a_batched_run_that_raises_fails_every_key(make_repository: MakeRepository) -> None:
    single = rs.BackfillStrategy.single_run()
    repository = make_repository(marking([day(4)], then_raise=True, backfill_strategy=single))
    result = repository.backfill(["orders"], partition_range=days(3, 9))
    assert (result.completed, result.failed) == (0, 7)


def test_marks_count_in_the_batched_dimensions_of_per_dimension(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=SALES)
    def sales(context: rs.AssetExecutionContext) -> dict[str, int]:
        lost = next(one for one in context.partition.keys if one.keys["store"] == ["bergen"])
        context.mark_partition_failed(lost, "the till was broken")
        return {str(one): 1 for one in context.partition.keys if one != lost}

    result = make_repository(sales).backfill(
        ["sales"],
        partition_range=rs.PartitionKeyRange.multi({"day": (day(1), day(2))}),
        strategy=rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
    )
    assert (result.num_runs, result.completed, result.failed) == (2, 4, 2)


def test_a_mark_in_a_run_that_is_not_batched_changes_nothing_but_a_warning(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> int:
        context.mark_partition_failed(context.partition.keys[0], "in vain")
        return 1

    repository = make_repository(orders)
    result = repository.backfill(["orders"], partition_range=days(1, 3))
    assert (result.completed, result.failed) == (3, 0)
    assert "in a run that is not batched" in repository.engine.warnings_of(result.backfill_id)[0]


def test_marking_a_key_of_another_run_is_an_execution_error(make_repository: MakeRepository) -> None:
    single = rs.BackfillStrategy.single_run()
    repository = make_repository(marking([day(20)], backfill_strategy=single))
    result = repository.backfill(["orders"], partition_range=days(1, 3))
    run = repository.storage.get_run(result.run_ids[0])
    assert result.failed == 3
    assert run is not None
    assert run.error is not None
    assert run.error.kind == "ExecutionError"
    assert "not in this context's partition keys" in run.error.message


# Parameters


def test_without_a_selection_every_partitioned_asset_is_backfilled(make_repository: MakeRepository) -> None:
    calls, returns = Calls(), Calls()

    @rs.Asset
    def rates() -> int:
        raise AssertionError("it has no partitions")

    repository = make_repository(calls.asset(), returns.asset("returns"), rates)
    result = repository.backfill(partition_range=days(1, 2))
    assert result.completed == 2
    assert calls.flat == returns.flat == [day(1), day(2)]


def test_explicit_keys_are_run_and_no_others(make_repository: MakeRepository) -> None:
    calls = Calls()
    make_repository(calls.asset()).backfill(["orders"], partition_keys=[key(day(9)), key(day(2))])
    assert calls.flat == [day(2), day(9)]


def test_at_most_max_concurrency_runs_are_out_at_a_time(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 12), max_concurrency=3, block=False)
    gate.wait_for(3)
    gate.open()
    repository.engine.drain(PATIENCE)
    assert gate.most_within == 3
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert status.completed_partitions == 12


def test_tags_are_on_the_backfill_and_on_its_runs(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 2), tags=[("team", "stock")])
    status = repository.get_backfill(result.backfill_id)
    run = repository.storage.get_run(result.run_ids[1])
    assert status is not None
    assert run is not None
    assert status.tags == [("team", "stock")]
    assert run.tags == (("team", "stock"),)


class OrdersConfig(BaseModel):
    batch_size: int = 100


def test_config_overrides_reach_the_asset_they_name(make_repository: MakeRepository) -> None:
    seen: dict[str, int] = {}

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[OrdersConfig]) -> int:
        seen["orders"] = context.config.batch_size
        return 1

    @rs.Asset(partitions_def=JUNE)
    def returns(context: rs.AssetExecutionContext[OrdersConfig]) -> int:
        seen["returns"] = context.config.batch_size
        return 1

    make_repository(orders, returns).backfill(partition_range=days(1, 1), config={"orders": {"batch_size": 5000}})
    assert seen == {"orders": 5000, "returns": 100}


def test_config_that_the_model_refuses_is_told_before_anything_is_written(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[OrdersConfig]) -> int:
        raise AssertionError("it must not run")

    repository = make_repository(orders)
    for dry_run in (True, False):
        with pytest.raises(ConfigurationError, match=r"orders\.batch_size"):
            repository.backfill(partition_range=days(1, 1), config={"orders": {"batch_size": "many"}}, dry_run=dry_run)
    assert repository.engine.count_backfills() == 0


def test_block_false_returns_while_runs_are_still_under_way(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 3), block=False)
    gate.wait_for(1)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert not status.status.is_final
    gate.open()
    assert repository.engine.drain(PATIENCE)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.status, status.completed_partitions) == ("completed", 3)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 30), dry_run=True)
    assert (result.is_dry_run, result.status, result.num_runs, result.num_partitions) == (True, "dry_run", 30, 30)
    assert result.partition_keys[29] == key(day(30))
    assert list(result.run_ids) == []
    assert calls.keys == []
    assert repository.engine.count_backfills() == 0


def test_a_wrong_failure_policy_is_refused_in_a_sentence(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="failure_policy"):
        make_repository(Calls().asset()).backfill(partition_range=days(1, 2), failure_policy="ignore")


@pytest.mark.parametrize("runs", [0, 5000])
def test_a_concurrency_out_of_bounds_is_refused(make_repository: MakeRepository, runs: int) -> None:
    with pytest.raises(ConfigurationError, match="max_concurrency"):
        make_repository(Calls().asset()).backfill(partition_range=days(1, 2), max_concurrency=runs)


# Failure policies


def test_stop_on_failure_cancels_what_had_not_ended(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(3)}
    result = make_repository(calls.asset(), default_executor=rs.Executor.in_process()).backfill(
        ["orders"], partition_range=days(1, 30), failure_policy="stop_on_failure", max_concurrency=1
    )
    assert (result.status, result.failed) == ("failed", 1)
    assert result.completed + result.canceled == 29
    assert result.canceled > 0


def test_stop_on_failure_says_what_failed(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(1)}
    repository = make_repository(calls.asset())
    result = repository.backfill(
        ["orders"], partition_range=days(1, 3), failure_policy="stop_on_failure", max_concurrency=1
    )
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert status.error == "Stopped at the first failure: ValueError: no orders on 2024-06-01"


def test_stop_on_failure_stops_on_a_marked_partition_too(make_repository: MakeRepository) -> None:
    calls = Calls()
    single = rs.BackfillStrategy.single_run()
    repository = make_repository(marking([day(2)], backfill_strategy=single), calls.asset("bill", JUNE))
    result = repository.backfill(["orders"], partition_range=days(1, 3), failure_policy="stop_on_failure")
    assert (result.status, result.completed, result.failed) == ("failed", 2, 1)


# Strategy precedence


def test_the_strategy_of_the_asset_is_used_without_an_explicit_one(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(backfill_strategy=rs.BackfillStrategy.single_run()))
    assert repository.backfill(["orders"], partition_range=days(1, 9)).num_runs == 1


def test_an_explicit_strategy_wins_over_that_of_the_asset(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(backfill_strategy=rs.BackfillStrategy.single_run()))
    multi = rs.BackfillStrategy.multi_run()
    assert repository.backfill(["orders"], partition_range=days(1, 9), strategy=multi).num_runs == 9


# Monitoring


def test_progress_can_be_read_while_a_backfill_runs(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 4), block=False, max_concurrency=1)
    gate.wait_for(1)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.total_partitions, status.completed_partitions, status.status) == (4, 0, "in_progress")
    assert status.launched_by == "script"
    gate.open()
    assert repository.engine.drain(PATIENCE)


def test_an_unknown_backfill_has_no_status(make_repository: MakeRepository) -> None:
    assert make_repository(Calls().asset()).get_backfill("b99") is None


def test_cancel_lets_nothing_start_and_asks_what_runs_to_stop(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 30), block=False, max_concurrency=2)
    gate.wait_for(2)
    assert repository.cancel_backfill(result.backfill_id)
    gate.wake()
    assert repository.engine.drain(PATIENCE)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.status, status.canceled_partitions) == ("canceled", 30)
    assert len(gate.arrived) == 2
    assert not repository.cancel_backfill(result.backfill_id)


def test_rerun_takes_the_failed_and_canceled_partitions_only(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2), day(5)}
    repository = make_repository(calls.asset())
    first = repository.backfill(["orders"], partition_range=days(1, 9), tags=[("team", "stock")])
    calls.failing = set()
    again = repository.rerun_backfill(first.backfill_id, block=True)
    assert [str(one) for one in again.partition_keys] == [day(2), day(5)]
    assert (again.status, again.completed) == ("completed", 2)
    status = repository.get_backfill(again.backfill_id)
    assert status is not None
    assert status.tags == [("team", "stock"), ("rivers/rerun_of", first.backfill_id)]


def test_rerun_can_take_all_partitions_or_only_preview(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(calls.asset())
    first = repository.backfill(["orders"], partition_range=days(1, 9))
    assert repository.rerun_backfill(first.backfill_id, dry_run=True).num_partitions == 1
    assert repository.rerun_backfill(first.backfill_id, dry_run=True, partitions="all").num_partitions == 9
    assert len(calls.keys) == 9


def test_rerun_of_a_backfill_without_failures_is_a_clear_error(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    first = repository.backfill(["orders"], partition_range=days(1, 2))
    with pytest.raises(ConfigurationError, match=f"Nothing to rerun: no partition of the backfill {first.backfill_id}"):
        repository.rerun_backfill(first.backfill_id)


# Single materializations and values


def test_materialize_computes_one_partition_and_load_node_reads_it(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.materialize(["orders"], partition_key=key(day(3)))
    assert (result.success, result.materialized_assets, result.failed_assets) == (True, ["orders"], [])
    assert repository.load_node("orders", partition_key=key(day(3))) == 1
    assert repository.engine.count_backfills() == 0


def test_materialize_raises_what_failed_unless_told_otherwise(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(3)}
    repository = make_repository(calls.asset())
    with pytest.raises(ExecutionError, match=r"orders failed: ValueError: no orders on 2024-06-03"):
        repository.materialize(["orders"], partition_key=key(day(3)))
    result = repository.materialize(["orders"], partition_key=key(day(3)), raise_on_error=False)
    assert (result.success, result.failed_assets) == (False, [("orders", "ValueError: no orders on 2024-06-03")])


def test_materialize_with_a_key_of_several_values_is_one_batched_run(make_repository: MakeRepository) -> None:
    calls = Calls()
    make_repository(calls.asset()).materialize(["orders"], partition_key=rs.PartitionKey.single([day(1), day(2)]))
    assert calls.keys == [[day(1), day(2)]]


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


def test_two_scripts_can_use_one_storage_after_each_other(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    first = make_repository(Calls().asset(), storage=storage)
    result = first.backfill(["orders"], partition_range=days(1, 3))
    first.shutdown()
    second = make_repository(Calls().asset(), storage=storage)
    status = second.get_backfill(result.backfill_id)
    assert status is not None
    assert status.completed_partitions == 3
    assert second.load_node("orders", partition_key=key(day(1))) == 1
    second.shutdown()
    storage.close()


def test_a_repository_is_shut_down_by_with(make_repository: MakeRepository) -> None:
    before = threading.active_count()
    with rs.CodeRepository(assets=[Calls().asset()]) as repository:
        repository.backfill(["orders"], partition_range=days(1, 2))
        assert threading.active_count() > before
    assert threading.active_count() == before
