"""The finer rules of backfills: assets that run together or in stages, missing values, two at once, edits."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError, OutdatedPlanError
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, MONTHS, PATIENCE, SALES, STORES, Calls, Gate, day, days, key

DAYS_OF_MONTH = rs.PartitionMapping.time_window()


def till(names: list[str]) -> tuple[rs.Asset, rs.Asset]:
    """Daily orders and the bills made of them; both note their name when they are called."""

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> int:
        names.append(f"orders {context.partition_key}")
        return int(context.partition_key[-2:])

    @rs.Asset(partitions_def=JUNE)
    def bills(context: rs.AssetExecutionContext, orders: int) -> int:
        names.append(f"bills {context.partition_key}")
        return orders * 10

    return orders, bills


def monthly(seen: dict[str, int], *, allow_missing: bool = False) -> rs.Asset:
    @rs.Asset(
        partitions_def=MONTHS,
        deps=[rs.AssetDef.input("orders", partition_mapping=DAYS_OF_MONTH, allow_missing=allow_missing)],
    )
    def turnover(context: rs.AssetExecutionContext, orders: dict[rs.PartitionKey, int]) -> int:
        seen[context.partition_key] = sum(orders.values())
        return sum(orders.values())

    return turnover


def states(repository: rs.CodeRepository, asset: str = "orders") -> list[PartitionState]:
    return [PartitionState(one) for one in repository.engine.states(asset).states]


# Several assets


def test_assets_of_one_definition_share_a_run_in_dependency_order(make_repository: MakeRepository) -> None:
    names: list[str] = []
    orders, bills = till(names)
    repository = make_repository(bills, orders)
    result = repository.backfill(["bills", "orders"], partition_range=days(7, 7))
    assert (result.num_runs, names) == (1, [f"orders {day(7)}", f"bills {day(7)}"])
    assert repository.load_node("bills", partition_key=key(day(7))) == 70


def test_assets_of_another_definition_follow_as_a_stage_with_keys_from_the_mapping(
    make_repository: MakeRepository,
) -> None:
    seen: dict[str, int] = {}
    repository = make_repository(till([])[0], monthly(seen))
    result = repository.backfill(["orders", "turnover"], partition_range=days(1, 30))
    assert (result.num_partitions, result.num_runs, result.completed) == (31, 31, 31)
    assert str(result.partition_keys[-1]) == "2024-06"
    assert seen == {"2024-06": 465}


def test_downstream_assets_can_be_included_by_a_switch(make_repository: MakeRepository) -> None:
    seen: dict[str, int] = {}
    repository = make_repository(till([])[0], monthly(seen, allow_missing=True))
    repository.backfill(["orders"], partition_range=days(1, 3), include_downstream=True)
    assert seen == {"2024-06": 6}


def test_upstream_assets_can_be_included_by_a_switch(make_repository: MakeRepository) -> None:
    seen: dict[str, int] = {}
    repository = make_repository(till([])[0], monthly(seen))
    june = rs.PartitionKeyRange.single("2024-06", "2024-06")
    assert repository.backfill(["turnover"], partition_range=june, include_upstream=True).completed == 31
    assert seen == {"2024-06": 465}


def test_assets_that_nothing_links_are_refused_naming_both(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(), Calls().asset("stock", STORES))
    with pytest.raises(ConfigurationError, match="stock does not have the partitions of orders"):
        repository.backfill(["orders", "stock"], partition_range=days(1, 2))


def test_a_key_counts_as_failed_if_any_asset_of_its_run_failed_it(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(Calls().asset("prices"), calls.asset())
    result = repository.backfill(partition_range=days(1, 3))
    assert (result.num_partitions, result.completed, result.failed) == (3, 2, 1)
    assert states(repository, "prices")[1] is PartitionState.COMPLETED
    assert states(repository, "orders")[1] is PartitionState.FAILED


# Upstream values


@pytest.mark.parametrize("strategy", [rs.BackfillStrategy.multi_run(), rs.BackfillStrategy.single_run()])
def test_a_missing_upstream_value_fails_that_partition_and_names_it(
    make_repository: MakeRepository, strategy: rs.BackfillStrategy
) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders() -> int:
        return 1

    @rs.Asset(partitions_def=JUNE, deps=[rs.AssetDef.input("orders")])
    def bills(context: rs.AssetExecutionContext, orders: object) -> None:
        assert orders is not None

    repository = make_repository(orders, bills)
    repository.backfill(["orders"], partition_keys=[key(day(1)), key(day(3))])
    result = repository.backfill(["bills"], partition_range=days(1, 3), strategy=strategy)
    assert (result.completed, result.failed) == (2, 1)
    (run,) = repository.storage.get_runs(status="failed") or [repository.storage.get_run(result.run_ids[0])]
    assert run is not None
    told = [one.message for one in repository.engine.failures(run.run_id)] or [run.error.message if run.error else ""]
    assert len(told) == 1
    assert told[0].startswith("orders ")
    assert day(2) in told[0]


def test_with_allow_missing_only_the_keys_that_exist_are_given(make_repository: MakeRepository) -> None:
    seen: dict[str, int] = {}
    repository = make_repository(till([])[0], monthly(seen, allow_missing=True))
    repository.backfill(["orders"], partition_keys=[key(day(4)), key(day(6))])
    repository.backfill(["turnover"], partition_keys=[key("2024-06")])
    assert seen == {"2024-06": 10}


def test_without_allow_missing_the_same_month_fails(make_repository: MakeRepository) -> None:
    repository = make_repository(till([])[0], monthly({}))
    repository.backfill(["orders"], partition_keys=[key(day(4))])
    result = repository.backfill(["turnover"], partition_keys=[key("2024-06")])
    run = repository.storage.get_run(result.run_ids[0])
    assert run is not None
    assert run.error is not None
    assert (result.failed, day(1) in run.error.message) == (1, True)


def test_a_partition_whose_upstream_failed_before_it_fails_too_and_says_why(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(calls.asset(), monthly({}))
    result = repository.backfill(["orders", "turnover"], partition_range=days(1, 30))
    (failure,) = repository.engine.failures(result.run_ids[30])
    assert (result.failed, failure.key) == (2, "2024-06")
    assert day(2) in failure.message


# Two at once


def test_the_preview_warns_of_a_backfill_at_the_same_partitions(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    first = repository.backfill(["orders"], partition_range=days(1, 5), block=False)
    gate.wait_for(1)
    shown = repository.backfill(["orders"], partition_range=days(4, 9), dry_run=True)
    apart = repository.backfill(["orders"], partition_range=days(6, 9), dry_run=True)
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert any(first.backfill_id in warning for warning in shown.warnings)
    assert not any(first.backfill_id in warning for warning in apart.warnings)


def test_one_partition_never_runs_twice_at_a_time(make_repository: MakeRepository) -> None:
    lock, within, most = threading.Lock(), dict.fromkeys(map(day, range(1, 31)), 0), []

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        with lock:
            within[context.partition_key] += 1
            most.append(within[context.partition_key])
        barrier.wait(0.001)
        with lock:
            within[context.partition_key] -= 1

    barrier = threading.Event()
    repository = make_repository(orders)
    ids = [repository.backfill(partition_range=days(1, 30), block=False).backfill_id for _ in range(2)]
    assert repository.engine.drain(PATIENCE)
    assert [repository.engine.backfill(one).completed for one in ids] == [30, 30]
    assert (len(most), max(most)) == (60, 1)


# States


def test_a_failed_attempt_shows_failed_and_keeps_the_older_output(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    repository.backfill(partition_range=days(1, 2))
    calls.failing = {day(1)}
    repository.backfill(partition_range=days(1, 1))
    assert states(repository)[:2] == [PartitionState.FAILED, PartitionState.COMPLETED]
    assert repository.load_node("orders", partition_key=key(day(1))) == 1
    record = repository.engine.partition("orders", 0)
    assert record.materialization is not None


def test_states_belong_to_keys_and_move_with_an_edited_definition(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    before = make_repository(Calls().asset("stock", STORES), storage=storage)
    before.backfill(["stock"], partition_keys=[key("bergen"), key("tromso")])
    before.shutdown()
    moved = rs.PartitionsDefinition.static_(["bodo", "bergen", "oslo"])
    after = make_repository(Calls().asset("stock", moved), storage=storage)
    done, missing = PartitionState.COMPLETED, PartitionState.MISSING
    assert states(after, "stock") == [missing, done, missing]
    assert after.engine.unfitting("stock") == ["tromso"]
    after.shutdown()
    storage.close()


def test_an_open_time_grid_ends_with_the_window_of_now(make_repository: MakeRepository) -> None:
    open_days = rs.PartitionsDefinition.daily(datetime(2024, 6, 1))
    repository = make_repository(Calls().asset(definition=open_days))
    result = repository.backfill(all_partitions=True, dry_run=True)
    assert result.num_partitions == (datetime.now() - datetime(2024, 6, 1)).days + 1
    assert any("still open" in warning or "not ended" in warning for warning in result.warnings)


# Plans and code


def test_a_plan_that_no_longer_fits_what_is_stored_is_not_launched(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    plan = repository.engine.plan(BackfillRequest(selection=("orders",), partition_range=days(1, 3)))
    repository.backfill(partition_range=days(1, 1))
    with pytest.raises(OutdatedPlanError):
        repository.engine.launch(plan)
    assert repository.engine.count_backfills() == 1


def test_multi_dimensional_keys_derive_through_the_mapping_of_one_dimension(make_repository: MakeRepository) -> None:
    seen: dict[str, int] = {}

    @rs.Asset(partitions_def=SALES)
    def sales(context: rs.AssetExecutionContext) -> int:
        return 1

    @rs.Asset(
        partitions_def=JUNE,
        deps=[rs.AssetDef.input("sales", partition_mapping=rs.PartitionMapping.multi_to_single("day"))],
    )
    def totals(context: rs.AssetExecutionContext, sales: dict[rs.PartitionKey, int]) -> None:
        seen[context.partition_key] = len(sales)

    repository = make_repository(sales, totals)
    chosen = rs.PartitionKeyRange.multi({"day": (day(1), day(2))})
    result = repository.backfill(["sales", "totals"], partition_range=chosen)
    assert (result.num_partitions, result.completed, seen) == (8, 8, {day(1): 3, day(2): 3})
