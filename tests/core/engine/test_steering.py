"""Orders while a backfill runs: pause, resume, another concurrency, cancel, and going on later."""

from __future__ import annotations

import threading

import pytest

import rivers_core as rs
from rivers_core.events import BackfillEnded
from rivers_core.exceptions import ConfigurationError, ExecutionError, UnknownBackfillError
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState, RunState
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import PATIENCE, Calls, Gate, day, days, seen, wait_until


def asked(last: int) -> BackfillRequest:
    return BackfillRequest(selection=("orders",), partition_range=days(1, last))


def start(repository: rs.CodeRepository, last: int, **given: object) -> str:
    return repository.backfill(["orders"], partition_range=days(1, last), block=False, **given).backfill_id


def test_a_paused_backfill_starts_nothing_new_and_finishes_what_runs(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    backfill = start(repository, 9, max_concurrency=2)
    gate.wait_for(2)
    assert repository.engine.pause(backfill).state is BackfillState.PAUSED
    with seen(repository.engine, lambda record: record.completed == 2):
        gate.open()
    assert len(gate.arrived) == 2
    assert not repository.engine.resume(backfill)
    assert repository.engine.drain(PATIENCE)
    assert repository.engine.backfill(backfill).completed == 9


def test_a_backfill_that_was_paused_before_it_began_waits_to_be_resumed(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset())
    engine = repository.engine
    record = engine.launch(engine.plan(asked(3)))
    assert engine.pause(record.backfill_id).state is BackfillState.PAUSED
    engine.start(record.backfill_id)
    wait_until(lambda: engine.is_driven(record.backfill_id))
    assert calls.keys == []
    assert not engine.resume(record.backfill_id)
    assert engine.drain(PATIENCE)
    assert engine.backfill(record.backfill_id).state is BackfillState.COMPLETED


def test_more_runs_at_a_time_take_effect_while_a_backfill_runs(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    backfill = start(repository, 9, max_concurrency=1)
    gate.wait_for(1)
    assert repository.engine.set_max_concurrency(backfill, 4).max_concurrency == 4
    gate.wait_for(4)
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert gate.most_within == 4


def test_fewer_runs_at_a_time_take_effect_as_runs_end(make_repository: MakeRepository) -> None:
    first, rest = Gate(), Gate()

    @rs.Asset(partitions_def=rs.PartitionsDefinition.static_([f"k{at:02}" for at in range(12)]))
    def orders(context: rs.AssetExecutionContext) -> int:
        (first if context.partition_key < "k04" else rest).pass_through(context)
        return 1

    repository = make_repository(orders)
    result = repository.backfill(["orders"], all_partitions=True, block=False, max_concurrency=4)
    first.wait_for(4)
    repository.engine.set_max_concurrency(result.backfill_id, 1)
    first.open()
    for come in range(1, 9):
        rest.wait_for(come)
        rest.let_one_go()
    assert repository.engine.drain(PATIENCE)
    assert rest.most_within == 1


@pytest.mark.parametrize("runs", [0, 2000])
def test_a_concurrency_that_cannot_be_is_refused(make_repository: MakeRepository, runs: int) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 2))
    with pytest.raises(ConfigurationError, match="1 to 1,024 runs at a time"):
        repository.set_max_concurrency(result.backfill_id, runs)


def test_orders_to_a_backfill_that_has_ended_are_refused(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    backfill = repository.backfill(["orders"], partition_range=days(1, 2)).backfill_id
    engine = repository.engine
    for order in (engine.cancel, engine.pause, engine.resume):
        with pytest.raises(ExecutionError, match=rf"{backfill} has ended \(completed\)"):
            order(backfill)
    with pytest.raises(UnknownBackfillError, match="b77"):
        engine.cancel("b77")


def test_a_backfill_that_was_never_run_is_canceled_at_once(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    engine = repository.engine
    record = engine.cancel(engine.launch(engine.plan(asked(4))).backfill_id)
    assert (record.state, record.canceled, record.completed) == (BackfillState.CANCELED, 4, 0)


def test_a_paused_backfill_can_be_canceled(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    backfill = start(repository, 5, max_concurrency=1)
    gate.wait_for(1)
    repository.pause_backfill(backfill)
    repository.cancel_backfill(backfill)
    gate.wake()
    assert repository.engine.drain(PATIENCE)
    record = repository.engine.backfill(backfill)
    assert (record.state, record.canceled) == (BackfillState.CANCELED, 5)


def test_a_backfill_is_driven_once_at_a_time(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    backfill = start(repository, 2)
    gate.wait_for(1)
    with pytest.raises(ExecutionError, match="is being run already"):
        repository.engine.run(backfill)
    gate.open()
    assert repository.engine.drain(PATIENCE)


def test_a_stopped_program_leaves_its_backfill_to_be_resumed(make_repository: MakeRepository) -> None:
    gate, storage = Gate(), rs.Storage.memory()
    repository = make_repository(gate.asset(), storage=storage)
    backfill = start(repository, 6, max_concurrency=2)
    gate.wait_for(2)
    closing = threading.Thread(target=repository.shutdown)
    closing.start()
    wait_until(lambda: gate.wake() or not closing.is_alive())
    calls = Calls()
    later = make_repository(calls.asset(), storage=storage)
    record = later.engine.backfill(backfill)
    assert (record.state, record.completed, record.canceled) == (BackfillState.INTERRUPTED, 0, 0)
    assert "Resume" in str(record.error)
    later.resume_backfill(backfill)
    record = later.engine.backfill(backfill)
    assert (record.state, record.completed, record.ended_runs) == (BackfillState.COMPLETED, 6, 6)
    assert calls.flat == [day(number) for number in range(1, 7)]
    later.shutdown()
    storage.close()


def test_every_end_is_told_exactly_once(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    ends: list[BackfillEnded] = []
    repository.engine.subscribe(lambda events: ends.extend(e for e in events if isinstance(e, BackfillEnded)))
    for policy in ("continue", "stop_on_failure"):
        repository.backfill(["orders"], partition_range=days(1, 5), failure_policy=policy)
    assert [end.record.backfill_id for end in ends] == ["b1", "b2"]
    assert all(end.record.state is BackfillState.COMPLETED for end in ends)


def test_two_backfills_never_run_one_partition_at_the_same_time(make_repository: MakeRepository) -> None:
    gate = Gate()
    within: set[str] = set()
    clashes: list[str] = []

    @rs.Asset(partitions_def=rs.PartitionsDefinition.static_([f"k{at}" for at in range(8)]))
    def orders(context: rs.AssetExecutionContext) -> int:
        if context.partition_key in within:
            clashes.append(context.partition_key)
        within.add(context.partition_key)
        try:
            gate.pass_through(context)
        finally:
            within.discard(context.partition_key)
        return 1

    repository = make_repository(orders)
    one = repository.backfill(["orders"], all_partitions=True, block=False, max_concurrency=3)
    gate.wait_for(3)
    other = repository.backfill(["orders"], all_partitions=True, block=False, max_concurrency=3)
    gate.wait_for(6)
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert clashes == []
    for result in (one, other):
        assert repository.engine.backfill(result.backfill_id).completed == 8
    assert len(gate.arrived) == 16


def test_a_deleted_backfill_is_gone_with_its_runs_while_states_stay(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 3))
    repository.engine.delete_backfill(result.backfill_id)
    assert repository.get_backfill(result.backfill_id) is None
    assert repository.storage.get_run("r1") is None
    assert repository.storage.count_materialized_partitions("orders") == 3


def test_runs_of_a_canceled_backfill_end_canceled(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    backfill = start(repository, 3, max_concurrency=1)
    gate.wait_for(1)
    repository.cancel_backfill(backfill)
    gate.wake()
    assert repository.engine.drain(PATIENCE)
    states = [run.state for run in repository.engine.runs(backfill_id=backfill)]
    assert states == [RunState.CANCELED] * 3
