"""What cells show: queued, running and ended, stale after a change, and the same by events as by asking."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel, SecretStr

import rivers_core as rs
from rivers_core.engine import Engine
from rivers_core.events import Event, PartitionsChanged
from rivers_core.exceptions import ConfigurationError, OutdatedPlanError
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState, RunState
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, MONTHS, PATIENCE, Calls, Gate, day, days, key, wait_until

MISSING, COMPLETED, FAILED = PartitionState.MISSING, PartitionState.COMPLETED, PartitionState.FAILED
QUEUED, RUNNING, STALE = PartitionState.QUEUED, PartitionState.RUNNING, PartitionState.STALE


def shown(engine: Engine, asset: str) -> dict[PartitionState, int]:
    return engine.asset_counts()[asset]


class View:
    """Keeps what it is told of an asset's cells, as a window does: a snapshot, then newer events."""

    def __init__(self, engine: Engine, asset: str) -> None:
        self.engine, self.asset = engine, asset
        self.position = -1
        self._told: list[Event] = []
        engine.subscribe(self._told.extend)
        snapshot = engine.states(asset)
        self._states, self.position = snapshot.states, snapshot.position

    @property
    def states(self) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        self._take_over(list(self._told))
        return self._states

    def _take_over(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, PartitionsChanged) and event.asset == self.asset and event.position > self.position:
                self._states[event.ordinals] = event.states

    def agrees(self) -> bool:
        return bool(np.array_equal(self.states, self.engine.states(self.asset).states))


def test_cells_are_queued_at_launch_running_at_start_and_then_show_how_they_ended(
    make_repository: MakeRepository,
) -> None:
    gate = Gate()
    engine = make_repository(gate.asset()).engine
    view = View(engine, "orders")
    record = engine.launch(engine.plan(BackfillRequest(selection=("orders",), partition_range=days(1, 5))))
    assert shown(engine, "orders") == {MISSING: 25, QUEUED: 5}
    assert view.agrees()
    engine.set_max_concurrency(record.backfill_id, 2)
    engine.start(record.backfill_id)
    gate.wait_for(2)
    wait_until(lambda: shown(engine, "orders") == {MISSING: 25, QUEUED: 3, RUNNING: 2})
    assert view.agrees()
    gate.open()
    assert engine.drain(PATIENCE)
    assert shown(engine, "orders") == {MISSING: 25, COMPLETED: 5}
    assert view.agrees()


def test_a_canceled_backfill_leaves_the_earlier_states_showing(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    engine = repository.engine
    repository.backfill(["orders"], partition_range=days(1, 3))
    view = View(engine, "orders")
    record = engine.launch(engine.plan(BackfillRequest(selection=("orders",), partition_range=days(2, 5))))
    engine.cancel(record.backfill_id)
    assert shown(engine, "orders") == {MISSING: 25, COMPLETED: 3, PartitionState.CANCELED: 2}
    assert view.agrees()
    never_begun = engine.partition("orders", 4)
    assert never_begun.has_run
    assert engine.run_record(str(never_begun.attempt_run)).state is RunState.CANCELED
    engine.delete_backfill(record.backfill_id)
    assert not engine.partition("orders", 4).has_run


def test_a_failed_partition_shows_failed_and_keeps_its_older_output(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    repository.backfill(["orders"], partition_range=days(1, 3))
    calls.failing = {day(2)}
    repository.backfill(["orders"], partition_range=days(2, 2))
    partition = repository.engine.partition("orders", 1)
    assert partition.state is FAILED
    assert partition.error is not None
    assert partition.error.message == "no orders on 2024-06-02"
    assert partition.materialization is not None
    assert partition.materialization.run_id == "r2"
    assert repository.load_node("orders", partition_key=key(day(2))) == 1


def chain(*, version: str = "1") -> list[rs.Asset]:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> int:
        return 1

    @rs.Asset(partitions_def=JUNE, code_version=version)
    def totals(orders: int) -> int:
        return orders

    @rs.Asset(partitions_def=MONTHS, deps=["totals"])
    def bill() -> int:
        return 1

    return [orders, totals, bill]


def test_a_newer_upstream_partition_makes_what_reads_it_stale(make_repository: MakeRepository) -> None:
    repository = make_repository(*chain())
    engine = repository.engine
    repository.backfill(["orders"], partition_range=days(1, 30), include_downstream=True)
    view = View(engine, "totals")
    assert shown(engine, "totals") == {COMPLETED: 30}
    repository.backfill(["orders"], partition_range=days(4, 5))
    wait_until(lambda: shown(engine, "totals") == {COMPLETED: 28, STALE: 2})
    assert [at for at, state in enumerate(view.states) if state == STALE] == [3, 4]
    assert shown(engine, "bill") == {MISSING: 11, COMPLETED: 1}
    assert [(cause.upstream, cause.count) for cause in engine.stale_causes("totals")] == [("orders", 2)]
    repository.backfill(["totals"], where=["stale"])
    assert shown(engine, "totals") == {COMPLETED: 30}
    wait_until(lambda: shown(engine, "bill") == {MISSING: 11, STALE: 1})


def test_an_equal_data_version_makes_nothing_stale(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> int:
        context.register_data_version("the same")
        return 1

    @rs.Asset(partitions_def=JUNE)
    def totals(orders: int) -> int:
        return orders

    repository = make_repository(orders, totals)
    repository.backfill(partition_range=days(1, 5))
    repository.backfill(["orders"], partition_range=days(1, 5))
    assert shown(repository.engine, "totals") == {MISSING: 25, COMPLETED: 5}


def test_another_code_version_makes_every_output_stale(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    first = make_repository(*chain(), storage=storage)
    first.backfill(["orders", "totals"], partition_range=days(1, 5))
    first.shutdown()
    second = make_repository(*chain(version="2"), storage=storage)
    assert shown(second.engine, "totals") == {MISSING: 25, STALE: 5}
    assert second.storage.compute_staleness()["totals"][0] == "Stale"
    assert second.storage.compute_staleness()["totals"][1][0].category == "code"
    assert second.storage.compute_staleness()["bill"][0] == "Missing"
    second.shutdown()
    storage.close()


def test_a_plan_whose_partitions_changed_since_is_refused_unless_forced(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    engine = repository.engine
    plan = engine.plan(BackfillRequest(selection=("orders",), partition_range=days(1, 3)))
    repository.backfill(["orders"], partition_range=days(2, 2))
    with pytest.raises(OutdatedPlanError, match="changed since this backfill was previewed"):
        engine.launch(plan)
    assert engine.count_backfills() == 1
    assert engine.run(engine.launch(plan, force=True).backfill_id).completed == 3


def test_states_survive_a_definition_that_starts_earlier_and_what_does_not_fit_is_listed(
    make_repository: MakeRepository,
) -> None:
    storage = rs.Storage.memory()
    first = make_repository(Calls().asset(), storage=storage)
    first.backfill(["orders"], partition_range=days(1, 3))
    first.shutdown()
    later = rs.PartitionsDefinition.daily(datetime(2024, 6, 2), datetime(2024, 7, 1))
    second = make_repository(Calls().asset(definition=later), storage=storage)
    assert shown(second.engine, "orders") == {MISSING: 27, COMPLETED: 2}
    assert second.engine.unfitting("orders") == [day(1)]
    second.shutdown()
    storage.close()


def test_a_rerun_names_the_keys_that_are_gone(make_repository: MakeRepository) -> None:
    storage = rs.Storage.memory()
    calls = Calls()
    calls.failing = {"bergen", "oslo"}
    first = make_repository(
        calls.asset(definition=rs.PartitionsDefinition.static_(["oslo", "bergen", "tromso"])), storage=storage
    )
    backfill = first.backfill(["orders"], all_partitions=True).backfill_id
    first.shutdown()
    again = make_repository(
        calls.asset(definition=rs.PartitionsDefinition.static_(["tromso", "bergen"])), storage=storage
    )
    result = again.rerun_backfill(backfill, dry_run=True)
    assert ([str(one) for one in result.partition_keys], result.skipped_keys) == (["bergen"], ("oslo",))
    again.shutdown()
    gone = make_repository(calls.asset(definition=rs.PartitionsDefinition.static_(["tromso"])), storage=storage)
    with pytest.raises(ConfigurationError, match=r"None of the partitions .* exists any more: oslo, bergen"):
        gone.rerun_backfill(backfill)
    gone.shutdown()
    storage.close()


def test_the_states_within_a_backfill_are_its_own(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2)}
    repository = make_repository(calls.asset())
    first = repository.backfill(["orders"], partition_range=days(1, 3))
    calls.failing = set()
    repository.backfill(["orders"], partition_range=days(1, 3))
    ((stage, states),) = repository.engine.backfill_states(first.backfill_id)
    assert stage.assets == ("orders",)
    assert states.tolist() == [COMPLETED, FAILED, COMPLETED]


def test_dynamic_partitions_can_be_added_while_the_repository_is_open(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset(definition=rs.PartitionsDefinition.dynamic("shops")))
    assert shown(repository.engine, "orders") == {}
    repository.storage.add_dynamic_partitions("shops", ["oslo", "bergen"])
    repository.backfill(["orders"], all_partitions=True)
    assert calls.flat == ["bergen", "oslo"]
    repository.storage.add_dynamic_partitions("shops", ["tromso"])
    assert shown(repository.engine, "orders") == {MISSING: 1, COMPLETED: 2}
    repository.storage.delete_dynamic_partition("shops", "oslo")
    assert repository.storage.get_dynamic_partitions("shops") == ["bergen", "tromso"]
    assert shown(repository.engine, "orders") == {MISSING: 1, COMPLETED: 1}


def test_a_partition_that_is_not_there_is_refused_with_how_many_there_are(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=rs.PartitionsDefinition.static_(["oslo", "bergen"]))
    def sales() -> int:
        return 1

    @rs.Asset
    def total() -> int:
        return 1

    engine = make_repository(sales, total).engine
    assert engine.partition("sales", 1).key == "bergen"
    assert engine.partition("total", -1).key == ""
    for asset, ordinal in (("sales", 2), ("sales", -1), ("total", 0)):
        with pytest.raises(rs.exceptions.PartitionValidationError, match=f"{asset} has no partition"):
            engine.partition(asset, ordinal)


def test_secrets_in_config_reach_the_run_and_are_stored_nowhere(make_repository: MakeRepository) -> None:
    class Access(BaseModel):
        token: SecretStr
        limit: int = 1

    seen: list[str] = []

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[Access]) -> int:
        seen.append(context.config.token.get_secret_value())
        return 1

    repository = make_repository(orders)
    config = {"orders": {"token": "hush", "limit": 3}}
    result = repository.backfill(["orders"], partition_range=days(1, 1), config=config)
    assert (result.completed, seen) == (1, ["hush"])
    assert repository.engine.plan_of(result.backfill_id).request.config == {"orders": {"limit": 3}}
    assert repository.engine.run_config(result.run_ids[0]) == {"orders": {"limit": 3}}


def test_stages_follow_each_other_and_what_reads_a_failure_is_not_computed(make_repository: MakeRepository) -> None:
    calls, bills, hours = Calls(), Calls(), Calls()
    calls.failing = {day(4)}
    repository = make_repository(
        calls.asset("orders"),
        bills.asset("bill", MONTHS, deps=["orders"]),
        hours.asset("trend", JUNE, deps=[rs.AssetDef.dep("bill")]),
    )
    result = repository.backfill(["orders"], partition_range=days(3, 5), include_downstream=True)
    assert (result.num_partitions, result.completed, result.failed) == (7, 2, 5)
    assert bills.keys == hours.keys == []
    failed = repository.engine.runs(backfill_id=result.backfill_id, failed=True)
    reasons = {run.label: failure.message for run in failed for failure in repository.engine.failures(run.run_id)}
    assert reasons["2024-06"] == "Not computed, because orders 2024-06-04, which it reads, failed in this backfill."
    calls.failing = set()
    again = repository.rerun_backfill(result.backfill_id)
    assert (again.num_partitions, again.completed) == (5, 5)
    assert bills.flat == ["2024-06"]


def test_an_allowed_missing_upstream_blocks_nothing(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(4)}

    @rs.Asset(name="bill", partitions_def=MONTHS, deps=[rs.AssetDef.input("orders", allow_missing=True)])
    def bill_of(orders: dict[str, int]) -> int:
        return len(orders)

    repository = make_repository(calls.asset("orders"), bill_of)
    result = repository.backfill(["orders"], partition_range=days(3, 5), include_downstream=True)
    assert (result.completed, result.failed) == (3, 1)
    assert repository.load_node("bill", partition_key=key("2024-06")) == 2


def test_outputs_that_are_gone_are_found_and_can_be_marked_missing(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    storage = rs.Storage.embedded(tmp_path)
    repository = make_repository(Calls().asset(), storage=storage)
    repository.backfill(["orders"], partition_range=days(1, 5))
    engine = repository.engine
    assert engine.lost_outputs("orders") == Subset()
    (lost,) = (path for path in (tmp_path / "outputs").rglob("*") if day(3) in path.name)
    lost.unlink()
    assert engine.lost_outputs("orders") == Subset.of([2])
    view = View(engine, "orders")
    engine.mark_missing("orders", Subset.of([2]))
    assert shown(engine, "orders") == {MISSING: 26, COMPLETED: 4}
    assert view.agrees()
    assert engine.partition("orders", 2).materialization is None
    repository.shutdown()
    storage.close()


def test_the_beginning_of_an_output_can_be_looked_at(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> list[dict[str, int]]:
        return [{"article": number, "pieces": number * 2} for number in range(9)]

    repository = make_repository(orders)
    repository.backfill(["orders"], partition_range=days(1, 1))
    preview = repository.engine.output("orders", 0, limit=2)
    assert (preview.columns, preview.rows, preview.total) == (("article", "pieces"), ((0, 0), (1, 2)), 9)


def read_while_it_runs(gate: Gate) -> list[rs.Asset]:
    """`orders`, and `totals` which have read them when they arrive at the gate."""

    @rs.Asset(partitions_def=JUNE)
    def orders() -> int:
        return 1

    @rs.Asset(partitions_def=JUNE, deps=[rs.AssetDef.input("orders")])
    def totals(context: rs.AssetExecutionContext, orders: int) -> int:
        gate.pass_through(context)
        return orders

    return [orders, totals]


def test_an_upstream_partition_that_changed_while_it_was_read_leaves_the_reader_stale(
    make_repository: MakeRepository,
) -> None:
    gate = Gate()
    repository = make_repository(*read_while_it_runs(gate))
    engine = repository.engine
    repository.backfill(["orders"], partition_range=days(1, 3))
    view = View(engine, "totals")
    running = repository.backfill(["totals"], partition_range=days(1, 3), block=False, max_concurrency=3)
    gate.wait_for(3)
    repository.backfill(["orders"], partition_range=days(2, 2))
    gate.open()
    assert engine.drain(PATIENCE)
    assert engine.backfill(running.backfill_id).completed == 3
    wait_until(lambda: shown(engine, "totals") == {MISSING: 27, COMPLETED: 2, STALE: 1})
    assert view.states[1] == STALE
    wait_until(view.agrees)
    repository.backfill(["totals"], where=["stale"])
    assert shown(engine, "totals") == {MISSING: 27, COMPLETED: 3}


def test_a_view_opened_later_finds_stale_what_changed_while_it_was_read(make_repository: MakeRepository) -> None:
    gate = Gate()
    storage = rs.Storage.memory()
    repository = make_repository(*read_while_it_runs(gate), storage=storage)
    repository.backfill(["orders"], partition_range=days(1, 3))
    repository.backfill(["totals"], partition_range=days(1, 3), block=False, max_concurrency=3)
    gate.wait_for(3)
    repository.backfill(["orders"], partition_range=days(2, 2))
    gate.open()
    assert repository.engine.drain(PATIENCE)
    later = make_repository(*read_while_it_runs(gate), storage=storage)
    assert later.storage.compute_staleness()["totals"][0] == "Stale"
    assert shown(later.engine, "totals") == {MISSING: 27, COMPLETED: 2, STALE: 1}


def test_what_one_run_or_one_stage_hands_on_is_not_stale(make_repository: MakeRepository) -> None:
    repository = make_repository(*chain())
    engine = repository.engine
    for _ in range(2):
        repository.backfill(partition_range=days(1, 30), include_downstream=True)
        assert shown(engine, "totals") == {COMPLETED: 30}
        assert shown(engine, "bill") == {MISSING: 11, COMPLETED: 1}
    repository.backfill(["orders", "totals"], partition_range=days(1, 30), strategy=rs.BackfillStrategy.single_run())
    assert shown(engine, "totals") == {COMPLETED: 30}
    repository.materialize(["orders", "totals"], key(day(3)))
    assert shown(engine, "totals") == {COMPLETED: 30}
