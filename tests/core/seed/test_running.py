"""Running a backfill: its parameters, what comes back, dry runs, failure policies and config."""

from __future__ import annotations

import inspect

import pytest
from pydantic import BaseModel, Field

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, PATIENCE, SALES, STORES, Calls, Gate, day, days, key


def test_a_backfill_is_launched_with_all_its_parameters_and_tells_how_it_ended(
    make_repository: MakeRepository,
) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(
        selection=["orders"],
        partition_range=days(10, 24),
        strategy=rs.BackfillStrategy.multi_run(),
        failure_policy="continue",
        max_concurrency=3,
        tags=[("shop", "harbor")],
        block=True,
    )
    assert (str(result.status), result.completed, result.num_partitions) == ("completed", 15, 15)
    assert repository.engine.backfill(result.backfill_id).max_concurrency == 3


def test_the_parameters_and_their_defaults_are_those_that_were_promised() -> None:
    promised = {
        "selection": None, "partition_keys": None, "partition_range": None, "strategy": None,
        "failure_policy": "continue", "max_concurrency": 4, "tags": None, "config": None, "block": True,
        "dry_run": False,
    }  # fmt: skip
    parameters = list(inspect.signature(rs.CodeRepository.backfill).parameters.values())[1:]
    assert {one.name: one.default for one in parameters[: len(promised)]} == promised


def test_without_a_selection_every_partitioned_asset_is_backfilled(make_repository: MakeRepository) -> None:
    @rs.Asset
    def rates() -> int:
        raise AssertionError("it has no partitions, so nobody asked for it")

    orders, returns = Calls(), Calls()
    repository = make_repository(orders.asset(), returns.asset("returns"), rates)
    repository.backfill(partition_range=days(1, 2))
    assert orders.flat == returns.flat == [day(1), day(2)]


def test_explicit_keys_are_run_and_no_others(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_keys=[key(day(20)), key(day(3))])
    assert calls.flat == [str(one) for one in result.partition_keys] == [day(3), day(20)]


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_runs_are_out_than_max_concurrency(make_repository: MakeRepository, most: int) -> None:
    gate = Gate()
    repository = make_repository(gate.asset(), default_executor=rs.Executor.threads(8))
    repository.backfill(["orders"], partition_range=days(1, 9), max_concurrency=most, block=False)
    for come in range(most, 9):
        gate.wait_for(come)
        gate.let_one_go()
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert gate.most_within == most


def test_tags_are_attached_to_the_backfill_and_to_its_runs(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 2), tags=[("shop", "harbor")])
    status = repository.get_backfill(result.backfill_id)
    run = repository.storage.get_run(result.run_ids[0])
    assert status is not None
    assert run is not None
    assert status.tags == [("shop", "harbor")]
    assert ("shop", "harbor") in run.tags


def test_block_false_returns_before_the_runs_have_ended(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 3), block=False)
    gate.wait_for(1)
    assert not result.status.is_final
    gate.open()
    assert repository.engine.drain(PATIENCE)
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.status, status.completed_partitions) == ("completed", 3)


def test_a_wrong_failure_policy_is_refused_in_a_sentence(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="failure_policy"):
        make_repository(Calls().asset()).backfill(partition_range=days(1, 2), failure_policy="ignore")


@pytest.mark.parametrize("runs", [0, 5000])
def test_a_concurrency_out_of_bounds_is_refused(make_repository: MakeRepository, runs: int) -> None:
    with pytest.raises(ConfigurationError, match="max_concurrency"):
        make_repository(Calls().asset()).backfill(partition_range=days(1, 2), max_concurrency=runs)


# Dry runs


def test_a_dry_run_shows_runs_partitions_and_keys_without_doing_anything(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 28), dry_run=True)
    assert (result.num_runs, result.num_partitions) == (28, 28)
    assert list(result.partition_keys) == [key(day(number)) for number in range(1, 29)]
    assert (result.is_dry_run, result.status, len(result.run_ids)) == (True, "dry_run", 0)
    assert (calls.keys, repository.engine.count_backfills(), repository.storage.get_runs()) == ([], 0, [])


def test_a_dry_run_and_the_run_make_the_same_runs(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(backfill_strategy=rs.BackfillStrategy.single_run()))
    asked = {"selection": ["orders"], "partition_range": days(2, 9)}
    shown, done = repository.backfill(**asked, dry_run=True), repository.backfill(**asked)
    assert (shown.num_runs, list(shown.partition_keys)) == (done.num_runs, list(done.partition_keys))


def test_run_ids_and_keys_of_a_million_partitions_are_made_only_when_read(make_repository: MakeRepository) -> None:
    many = rs.PartitionsDefinition.multi(
        {name: rs.PartitionsDefinition.static_([f"{name}{at}" for at in range(1000)]) for name in ("a", "b")}
    )
    result = make_repository(Calls().asset(definition=many)).backfill(["orders"], all_partitions=True, dry_run=True)
    assert (len(result.partition_keys), result.num_runs) == (1_000_000, 1_000_000)
    assert str(result.partition_keys[-1]) == "a=a999|b=b999"


# Failure policies


def test_under_continue_the_rest_runs_on_and_the_failed_can_be_retried(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(1), day(5)}
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 9))
    assert (result.status, result.completed, result.failed, result.canceled) == ("failed", 7, 2, 0)
    calls.failing = set()
    assert repository.rerun_backfill(result.backfill_id).completed == 2


def test_stop_on_failure_stops_and_cancels_the_remaining_partitions(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(4)}
    repository = make_repository(calls.asset(), default_executor=rs.Executor.in_process())
    result = repository.backfill(
        ["orders"], partition_range=days(1, 30), failure_policy="stop_on_failure", max_concurrency=1
    )
    assert (result.status, result.completed, result.failed, result.canceled) == ("failed", 3, 1, 26)
    assert calls.flat == [day(number) for number in (1, 2, 3, 4)]


def test_stop_on_failure_stops_runs_that_are_under_way_as_cancel_does(make_repository: MakeRepository) -> None:
    gate = Gate()

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        if context.partition_key == day(1):
            gate.wait_for(1)
            raise ValueError("no orders")
        while not context.canceled:
            gate.pass_through(context)
            gate.wake()

    repository = make_repository(orders)
    result = repository.backfill(
        ["orders"], partition_range=days(1, 30), failure_policy="stop_on_failure", max_concurrency=2, block=False
    )
    gate.wait_for(1)
    while not repository.engine.drain(0.02):
        gate.wake()
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    assert (status.status, status.completed_partitions, status.failed_partitions) == ("failed", 0, 1)
    assert status.canceled_partitions == 29


def test_stop_on_failure_stops_on_a_marked_partition_too(make_repository: MakeRepository) -> None:
    made: list[str] = []

    @rs.Asset(partitions_def=SALES)
    def sales(context: rs.AssetExecutionContext) -> None:
        made.append(context.partition.keys[0].keys["day"][0])
        context.mark_partition_failed(context.partition.keys[1], "no till")

    result = make_repository(sales, default_executor=rs.Executor.in_process()).backfill(
        partition_range=rs.PartitionKeyRange.multi({"day": (day(1), day(4))}),
        strategy=rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
        failure_policy="stop_on_failure",
    )
    assert (result.status, result.completed, result.failed, result.canceled) == ("failed", 2, 1, 9)
    assert made == [day(1)]


# Config


class OrdersConfig(BaseModel):
    chunk: int = Field(default=10, ge=1)
    source: str = "ledger"


def configured(seen: list[object]) -> rs.Asset:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[OrdersConfig]) -> None:
        seen.append((context.config.chunk, context.config.source))

    return orders


def test_config_overrides_reach_only_the_asset_they_name(make_repository: MakeRepository) -> None:
    seen: list[object] = []

    @rs.Asset(partitions_def=JUNE)
    def returns(context: rs.AssetExecutionContext) -> None:
        seen.append(dict(context.config or {}))

    repository = make_repository(configured(seen), returns)
    repository.backfill(partition_range=days(1, 1), config={"orders": {"chunk": 400}})
    assert sorted(seen, key=str) == [(400, "ledger"), {}]


def test_an_asset_without_a_model_gets_the_override_as_a_plain_mapping(make_repository: MakeRepository) -> None:
    seen: list[object] = []

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        seen.append(context.config["chunk"])

    make_repository(orders).backfill(partition_range=days(1, 1), config={"orders": {"chunk": 400}})
    assert seen == [400]


def test_config_is_checked_by_the_model_before_anything_is_written(make_repository: MakeRepository) -> None:
    seen: list[object] = []
    repository = make_repository(configured(seen))
    for dry_run in (True, False):
        with pytest.raises(ConfigurationError, match=r"(?s)chunk.*source"):
            repository.backfill(
                partition_range=days(1, 1), config={"orders": {"chunk": 0, "source": []}}, dry_run=dry_run
            )
    assert (seen, repository.engine.count_backfills()) == ([], 0)


def test_config_for_an_asset_that_is_not_there_is_refused(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="config names order, but there is no asset of that name"):
        make_repository(configured([])).backfill(partition_range=days(1, 1), config={"order": {"chunk": 1}})


# What rivers has not, and Rivers Desktop adds


def test_where_keeps_partitions_by_their_state(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {"oslo"}
    repository = make_repository(calls.asset("stock", STORES))
    repository.backfill(["stock"], partition_keys=[key("oslo"), key("bergen")])

    def chosen(*states: str) -> list[str]:
        return [str(one) for one in repository.backfill(["stock"], where=states, dry_run=True).partition_keys]

    assert chosen("missing") == ["tromso"]
    assert chosen("failed") == ["oslo"]
    assert chosen("missing", "failed") == ["oslo", "tromso"]
    with pytest.raises(ConfigurationError, match="none is canceled"):
        chosen("canceled")


@pytest.mark.parametrize(("order", "first"), [("oldest_first", 1), ("newest_first", 5)])
def test_runs_start_in_the_order_asked_for(make_repository: MakeRepository, order: str, first: int) -> None:
    calls = Calls()
    repository = make_repository(calls.asset(), default_executor=rs.Executor.in_process())
    repository.backfill(["orders"], partition_range=days(1, 5), order=order, max_concurrency=1)
    assert calls.keys[0] == [day(first)]
    assert calls.keys[-1] == [day(6 - first)]


def test_retry_tries_failed_steps_again(make_repository: MakeRepository) -> None:
    tries: list[str] = []

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        tries.append(context.partition_key)
        if tries.count(context.partition_key) < 3:
            raise ConnectionError("the till did not answer")

    repository = make_repository(orders)
    result = repository.backfill(partition_range=days(1, 2), retry=rs.RetryPolicy(max_retries=2))
    assert (result.completed, sorted(tries)) == (2, [day(1)] * 3 + [day(2)] * 3)
