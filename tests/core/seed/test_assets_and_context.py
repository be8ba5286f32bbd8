"""Assets of every form, what links them, and what their context tells them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import GraphValidationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, MONTHS, SALES, STORES, Calls, day, days, key


def test_an_asset_may_be_bare_async_and_take_its_upstream_by_name(make_repository: MakeRepository) -> None:
    @rs.Asset
    def rate() -> float:
        return 1.5

    @rs.Asset(partitions_def=JUNE)
    async def prices(context: rs.AssetExecutionContext, rate: float) -> float:
        return int(context.partition_key[-2:]) * rate

    repository = make_repository(rate, prices)
    repository.materialize(["rate"])
    repository.backfill(["prices"], partition_range=days(2, 4))
    assert repository.load_node("prices", partition_key=key(day(4))) == 6.0


def statistics(asked: list[tuple[str, ...]], *, yields: bool) -> rs.Asset:
    outputs = [rs.AssetDef("smallest"), rs.AssetDef("largest")]
    if yields:

        @rs.Asset.from_multi(output_defs=outputs, partitions_def=JUNE)
        def one_by_one(context: rs.AssetExecutionContext) -> Iterator[rs.Output]:
            asked.append(tuple(context.output_selection))
            for name in context.output_selection:
                yield rs.Output(len(name), output_name=name)

        return one_by_one

    @rs.Asset.from_multi(output_defs=outputs, partitions_def=JUNE)
    def together(context: rs.AssetExecutionContext) -> dict[str, int]:
        asked.append(tuple(context.output_selection))
        return {name: len(name) for name in context.output_selection}

    return together


@pytest.mark.parametrize("yields", [False, True])
def test_a_multi_asset_returns_a_dict_or_yields_and_can_be_asked_for_a_part(
    make_repository: MakeRepository, yields: bool
) -> None:
    asked: list[tuple[str, ...]] = []
    repository = make_repository(statistics(asked, yields=yields))
    assert repository.backfill(partition_range=days(1, 1)).completed == 1
    repository.backfill(["largest"], partition_range=days(2, 2))
    assert asked == [("smallest", "largest"), ("largest",)]
    assert repository.load_node("smallest", partition_key=key(day(1))) == 8
    assert [str(one) for one in repository.storage.get_materialized_partitions("smallest")] == [day(1)]


def test_a_graph_asset_runs_its_tasks_as_steps_of_its_own(make_repository: MakeRepository) -> None:
    @rs.Task
    def gathered(context: rs.TaskExecutionContext) -> list[int]:
        context.log.info("gathering for %s", context.partition_key)
        return [3, 1, 2]

    @rs.Task
    def ordered(numbers: list[int]) -> list[int]:
        return sorted(numbers)

    @rs.Asset.from_graph(partitions_def=JUNE)
    def ranking() -> list[int]:
        return ordered(gathered())

    repository = make_repository(ranking, tasks=[gathered, ordered])
    result = repository.backfill(partition_range=days(1, 1))
    assert repository.load_node("ranking", partition_key=key(day(1))) == [1, 2, 3]
    steps = [step.name for step in repository.engine.steps(result.run_ids[0])]
    assert {"ranking/gathered", "ranking/ordered"} <= set(steps)


def test_an_external_asset_is_read_and_never_run(make_repository: MakeRepository) -> None:
    class Ledger(rs.BaseIOHandler):
        def handle_output(self, context: rs.OutputContext, obj: object) -> None:
            raise AssertionError("nobody stores an external asset")

        def load_input(self, context: rs.InputContext) -> str:
            return "from the ledger"

    @rs.Asset(partitions_def=JUNE)
    def copied(ledger: str) -> str:
        return ledger.upper()

    repository = make_repository(rs.Asset.external("ledger", Ledger()), copied)
    repository.backfill(["copied"], partition_range=days(1, 1), include_upstream=True)
    assert repository.load_node("copied", partition_key=key(day(1))) == "FROM THE LEDGER"
    with pytest.raises(rs.exceptions.ConfigurationError, match="external"):
        repository.backfill(["ledger"])


def test_an_asset_gets_its_own_last_value(make_repository: MakeRepository) -> None:
    @rs.Asset
    def visits(self: rs.SelfDependency[int]) -> int:
        return (self.get_inner() or 0) + 1

    repository = make_repository(visits)
    for _ in range(3):
        repository.materialize(["visits"])
    assert repository.load_node("visits") == 3


Mapping = rs.PartitionMapping


@pytest.mark.parametrize(
    ("mapping", "read"),
    [
        (Mapping.identity(), ["bergen"]),
        (Mapping.subset(), ["bergen"]),
        (Mapping.all_partitions(), ["oslo", "bergen", "tromso"]),
        (Mapping.static_({"bergen": ["oslo", "tromso"]}), ["oslo", "tromso"]),
        (Mapping.specific_partitions(["tromso"]), ["tromso"]),
        (
            Mapping.for_keys([key("oslo"), rs.PartitionKeyRange.single("bergen", "tromso")]),
            ["oslo", "bergen", "tromso"],
        ),
    ],
    ids=["identity", "subset", "all", "static", "specific", "for keys"],
)
def test_a_mapping_says_which_upstream_keys_a_partition_reads(
    make_repository: MakeRepository, mapping: rs.PartitionMapping, read: list[str]
) -> None:
    seen: list[object] = []

    @rs.Asset(partitions_def=STORES)
    def stock(context: rs.AssetExecutionContext) -> str:
        return context.partition_key

    @rs.Asset(partitions_def=STORES, deps=[rs.AssetDef.input("stock", partition_mapping=mapping)])
    def orders(stock: object) -> None:
        seen.append(list(stock.values()) if hasattr(stock, "values") else [stock])

    repository = make_repository(stock, orders)
    repository.backfill(["stock"], all_partitions=True)
    repository.backfill(["orders"], partition_keys=[key("bergen")])
    assert seen == [read]


def test_a_time_window_may_be_moved_by_an_offset(make_repository: MakeRepository) -> None:
    seen: list[int] = []

    @rs.Asset(partitions_def=JUNE)
    def stock(context: rs.AssetExecutionContext) -> int:
        return int(context.partition_key[-2:])

    @rs.Asset(
        partitions_def=JUNE,
        deps=[rs.AssetDef.input("stock", partition_mapping=Mapping.time_window(offset=-1), allow_missing=True)],
    )
    def change(stock: int) -> None:
        seen.append(stock)

    repository = make_repository(stock, change)
    repository.backfill(["stock"], partition_range=days(1, 9))
    repository.backfill(["change"], partition_range=days(9, 9))
    assert seen == [8]


HOURS = rs.PartitionsDefinition.hourly(datetime(2024, 6, 1), datetime(2024, 7, 1))
SHIFTS = rs.PartitionsDefinition.multi({"shift": HOURS, "store": STORES})


@pytest.mark.parametrize(
    ("upstream", "downstream", "mapping", "key_read", "read"),
    [
        (JUNE, HOURS, Mapping.time_window(), f"{day(3)}T17:00", [day(3)]),
        (HOURS, JUNE, Mapping.time_window(), day(3), [f"{day(3)}T{hour:02}:00" for hour in range(24)]),
        (MONTHS, JUNE, Mapping.time_window(offset=-1), day(3), ["2024-05"]),
        (SALES, JUNE, Mapping.multi_to_single("day"), day(3), [f"day={day(3)}|store={one}" for one in STORES.keys]),
        (JUNE, SALES, Mapping.multi_to_single("day"), f"day={day(3)}|store=oslo", [day(3)]),
        (
            JUNE,
            SHIFTS,
            Mapping.multi_to_single("shift", Mapping.time_window()),
            f"shift={day(3)}T17:00|store=oslo",
            [day(3)],
        ),
        (
            SALES,
            SHIFTS,
            Mapping.multi({"day": ("shift", Mapping.time_window()), "store": Mapping.all_partitions()}),
            f"shift={day(3)}T17:00|store=oslo",
            [f"day={day(3)}|store={one}" for one in STORES.keys],
        ),
    ],
    ids=["hour to day", "day to hours", "day to last month", "one dimension of several", "several to one",
         "one mapped by overlap", "each dimension its own"],
)  # fmt: skip
def test_a_mapping_joins_definitions_of_other_cadences_and_dimensions(
    make_repository: MakeRepository,
    upstream: rs.PartitionsDefinition,
    downstream: rs.PartitionsDefinition,
    mapping: rs.PartitionMapping,
    key_read: str,
    read: list[str],
) -> None:
    seen: list[object] = []

    @rs.Asset(partitions_def=upstream)
    def till(context: rs.AssetExecutionContext) -> str:
        return str(context.partition.key)

    @rs.Asset(partitions_def=downstream, deps=[rs.AssetDef.input("till", partition_mapping=mapping)])
    def report(till: object) -> None:
        seen.extend(till.values() if isinstance(till, dict) else [till])

    repository = make_repository(till, report)
    repository.backfill(["till"], partition_keys=[key(one) for one in read])
    assert repository.backfill(["report"], partition_keys=[key(key_read)]).completed == 1
    assert seen == read


def test_a_dependency_for_the_order_runs_first_and_hands_no_value_on(make_repository: MakeRepository) -> None:
    order: list[str] = []

    @rs.Asset(partitions_def=JUNE, deps=[rs.AssetDef.dep("opening")])
    def counting() -> None:
        order.append("counting")

    @rs.Asset(partitions_def=JUNE)
    def opening() -> None:
        order.append("opening")

    repository = make_repository(counting, opening)
    assert repository.backfill(["counting"], partition_range=days(1, 1)).completed == 1
    order.clear()
    repository.backfill(partition_range=days(2, 2))
    assert order == ["opening", "counting"]


def test_an_input_may_have_a_handler_and_metadata_of_its_own(make_repository: MakeRepository) -> None:
    class Abroad(rs.BaseIOHandler):
        def handle_output(self, context: rs.OutputContext, obj: object) -> None:
            raise AssertionError("it is only read with")

        def load_input(self, context: rs.InputContext) -> tuple[object, ...]:
            assert context.partition is not None
            metadata = dict(context.asset_metadata)
            return context.asset_name, context.downstream_asset, str(context.partition.key), metadata

    seen: list[object] = []
    taken = rs.AssetDef.input("stock", io_handler=Abroad(), metadata={"unit": "crates"})

    @rs.Asset(partitions_def=JUNE, deps=[taken])
    def orders(stock: object) -> None:
        seen.append(stock)

    repository = make_repository(Calls().asset("stock"), orders)
    repository.backfill(["orders"], partition_range=days(4, 4))
    assert seen == [("stock", "orders", day(4), {"unit": "crates"})]


def test_mappings_that_cannot_fit_are_refused_together_when_resolved() -> None:
    def reading(name: str, mapping: rs.PartitionMapping) -> rs.Asset:
        @rs.Asset(name=name, partitions_def=JUNE, deps=[rs.AssetDef.input("stock", partition_mapping=mapping)])
        def reader(stock: object) -> None: ...

        return reader

    assets = [
        Calls().asset("stock", STORES),
        reading("moved", Mapping.time_window()),
        reading("specified", Mapping.specific_partitions(["paris"])),
    ]
    with pytest.raises(GraphValidationError) as refused:
        rs.CodeRepository(assets=assets).resolve()
    assert len(refused.value.problems) == 2
    assert "moved" in str(refused.value)
    assert "paris" in str(refused.value)


@pytest.mark.parametrize(
    ("retry_on", "error", "tries"),
    [
        (rs.RetryOn.ALL, ValueError, 3),
        (rs.RetryOn.TRANSIENT, ValueError, 1),
        (rs.RetryOn.TRANSIENT, ConnectionError, 3),
        ([KeyError], KeyError, 3),
        ([KeyError], ValueError, 1),
    ],
)
def test_a_retry_policy_tries_again_what_it_names(
    make_repository: MakeRepository, retry_on: object, error: type[Exception], tries: int
) -> None:
    called: list[int] = []
    policy = rs.RetryPolicy(max_retries=2, backoff=rs.Backoff.constant(0.0), retry_on=retry_on)

    @rs.Asset(partitions_def=JUNE, retry=policy)
    def orders() -> None:
        called.append(1)
        raise error("no luck")

    make_repository(orders).backfill(partition_range=days(1, 1))
    assert len(called) == tries


def test_the_context_tells_a_run_about_itself(make_repository: MakeRepository) -> None:
    told: dict[str, object] = {}

    @rs.Asset(partitions_def=JUNE, tags={"team": "till"}, group="shop", code_version="7", metadata={"unit": "kroner"})
    def orders(context: rs.AssetExecutionContext) -> int:
        window = context.partition_time_window
        assert window is not None
        told.update(
            name=context.asset_name, key=context.partition_key, has=context.has_partition_key, tags=dict(context.tags),
            group=context.group, version=context.code_version, metadata=dict(context.asset_metadata),
            hours=(window.end - window.start).total_seconds() / 3600, same=context.partition.time_window() == window,
            size=len(context.partition.definition), output=list(context.output_selection),
        )  # fmt: skip
        return 1

    make_repository(orders).backfill(partition_range=days(5, 5))
    assert told == {
        "name": "orders", "key": day(5), "has": True, "tags": {"team": "till"}, "group": "shop", "version": "7",
        "metadata": {"unit": "kroner"}, "hours": 24.0, "same": True, "size": 30, "output": ["orders"],
    }  # fmt: skip


def test_an_output_carries_metadata_and_a_data_version(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> int:
        context.add_output_metadata({"rows": 12})
        context.register_data_version("v-12")
        return 12

    repository = make_repository(orders)
    repository.backfill(partition_range=days(1, 1))
    (event,) = repository.storage.get_events_for_asset("orders")
    assert (event.metadata["rows"], event.data_version, event.event_type) == (12, "v-12", "materialization")


def test_a_data_version_that_stays_keeps_downstream_fresh(make_repository: MakeRepository) -> None:
    version = {"now": "a"}

    @rs.Asset(partitions_def=JUNE)
    def prices(context: rs.AssetExecutionContext) -> int:
        context.register_data_version(version["now"])
        return 1

    @rs.Asset(partitions_def=JUNE)
    def bills(prices: int) -> int:
        return prices

    repository = make_repository(prices, bills)
    repository.backfill(partition_range=days(1, 1))
    repository.backfill(["prices"], partition_range=days(1, 1))
    assert repository.storage.compute_staleness()["bills"][0] == "UpToDate"
    version["now"] = "b"
    repository.backfill(["prices"], partition_range=days(1, 1))
    assert repository.storage.compute_staleness()["bills"][0] == "Stale"


def test_a_resource_is_handed_to_the_parameter_of_its_name(make_repository: MakeRepository) -> None:
    seen: list[object] = []

    @rs.Asset(partitions_def=JUNE)
    def orders(till: dict[str, int]) -> None:
        seen.append(till["drawer"])

    make_repository(orders, resources={"till": {"drawer": 4}}).backfill(partition_range=days(1, 1))
    assert seen == [4]


def test_a_pool_limits_how_many_steps_hold_it_at_once(make_repository: MakeRepository) -> None:
    from tests.core.engine.shops import PATIENCE, Gate

    gate = Gate()
    repository = make_repository(
        gate.asset(pool="till"), pool_limits={"till": 2}, default_executor=rs.Executor.threads(6)
    )
    repository.backfill(partition_range=days(1, 8), max_concurrency=6, block=False)
    for come in range(2, 8):
        gate.wait_for(come)
        gate.let_one_go()
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert gate.most_within == 2
