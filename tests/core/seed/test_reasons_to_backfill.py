"""Why anybody backfills: mended code, a new asset, upstream data that changed, partitions that failed."""

from __future__ import annotations

import rivers_core as rs
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, Calls, day, days, key


def stock(version: int) -> rs.Asset:
    @rs.Asset(name="stock", partitions_def=JUNE, code_version=str(version))
    def counted() -> int:
        return version

    return counted


def test_a_backfill_reprocesses_a_range_of_partitions_of_several_assets(make_repository: MakeRepository) -> None:
    orders, returns = Calls(), Calls()
    repository = make_repository(orders.asset("orders"), returns.asset("returns"), stock(1))
    result = repository.backfill(["orders", "returns"], partition_range=days(4, 6))
    assert (result.completed, result.num_runs) == (3, 3)
    assert orders.flat == returns.flat == [day(4), day(5), day(6)]
    assert repository.storage.get_materialized_partitions("stock") == []


def test_partitions_are_computed_again_after_a_bug_was_fixed(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    before = make_repository(stock(1), storage=storage)
    before.backfill(["stock"], partition_range=days(1, 3))
    before.shutdown()
    after = make_repository(stock(2), storage=storage)
    assert after.load_node("stock", partition_key=key(day(2))) == 1
    assert after.storage.compute_staleness()["stock"][0] == "Stale"
    result = after.backfill(["stock"], where=["stale"])
    assert result.completed == 3
    assert after.load_node("stock", partition_key=key(day(2))) == 2
    assert after.storage.compute_staleness()["stock"][0] == "UpToDate"
    after.shutdown()
    storage.close()


def test_a_new_asset_is_filled_from_partitions_that_exist_already(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    before = make_repository(stock(1), storage=storage)
    before.backfill(["stock"], partition_range=days(1, 3))
    before.shutdown()

    @rs.Asset(partitions_def=JUNE)
    def doubled(stock: int) -> int:
        return stock * 2

    after = make_repository(stock(1), doubled, storage=storage)
    assert after.backfill(["doubled"], partition_range=days(1, 3)).completed == 3
    assert after.load_node("doubled", partition_key=key(day(3))) == 2
    after.shutdown()
    storage.close()


def test_downstream_assets_are_recomputed_after_their_upstream_changed(make_repository: MakeRepository) -> None:
    price = {"now": 5}

    @rs.Asset(partitions_def=JUNE)
    def prices() -> int:
        return price["now"]

    @rs.Asset(partitions_def=JUNE)
    def bills(prices: int) -> int:
        return prices + 1

    repository = make_repository(prices, bills)
    repository.backfill(partition_range=days(1, 2))
    price["now"] = 9
    repository.backfill(["prices"], partition_range=days(1, 1))
    assert repository.backfill(["bills"], where=["stale"]).partition_keys == [key(day(1))]
    assert repository.load_node("bills", partition_key=key(day(1))) == 10
    assert repository.load_node("bills", partition_key=key(day(2))) == 6


def test_partitions_that_failed_before_are_run_again(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(calls.asset())
    repository.backfill(["orders"], partition_range=days(1, 3))
    calls.failing = set()
    again = repository.backfill(["orders"], where=["failed"])
    assert (list(again.partition_keys), again.completed) == ([key(day(2))], 1)
