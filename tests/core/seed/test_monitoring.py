"""Monitoring a backfill: its status, the words for it, canceling, pausing and running it again."""

from __future__ import annotations

from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError
from rivers_core.states import PartitionState
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, PATIENCE, Calls, Gate, day, days, wait_until


def status_of(repository: rs.CodeRepository, result: rs.BackfillResult) -> rs.BackfillStatus:
    status = repository.get_backfill(result.backfill_id)
    assert status is not None
    return status


def test_the_words_for_where_a_backfill_is() -> None:
    assert {str(one) for one in rs.BackfillState} == {
        *("requested", "in_progress", "paused", "interrupted", "canceling"),
        *("completed", "failed", "canceled", "dry_run"),
    }


def test_the_status_of_a_running_backfill_tells_its_progress(make_repository: MakeRepository) -> None:
    first, rest = Gate(), Gate()

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        (first if context.partition_key <= day(2) else rest).pass_through(context)

    repository = make_repository(orders)
    result = repository.backfill(partition_range=days(1, 5), max_concurrency=2, block=False)
    first.open()
    rest.wait_for(2)
    wait_until(lambda: status_of(repository, result).completed_partitions == 2)
    status = status_of(repository, result)
    assert (status.status, status.total_partitions, status.failed_partitions) == ("in_progress", 5, 0)
    rest.open()
    assert repository.engine.drain(PATIENCE)


def test_at_the_end_completed_failed_and_canceled_add_up_to_the_total(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(6)}
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 30), failure_policy="stop_on_failure")
    status = status_of(repository, result)
    ended = status.completed_partitions + status.failed_partitions + status.canceled_partitions
    assert (ended, status.total_partitions) == (30, 30)
    assert (result.completed, result.failed, result.canceled) == (
        status.completed_partitions, status.failed_partitions, status.canceled_partitions,
    )  # fmt: skip


def test_a_status_holds_run_ids_error_tags_and_who_launched_it(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(1)}
    repository = make_repository(calls.asset())
    result = repository.backfill(partition_range=days(1, 1), failure_policy="stop_on_failure", tags=[("a", "b")])
    status = status_of(repository, result)
    assert (list(status.run_ids), status.tags, status.launched_by) == (list(result.run_ids), [("a", "b")], "script")
    assert status.error == f"Stopped at the first failure: ValueError: no orders on {day(1)}"


def test_an_id_that_nobody_gave_out_has_no_status(make_repository: MakeRepository) -> None:
    assert make_repository(Calls().asset()).get_backfill("b404") is None


# Cancel


def test_cancel_keeps_queued_runs_from_starting(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(partition_range=days(1, 20), max_concurrency=2, block=False)
    gate.wait_for(2)
    assert repository.cancel_backfill(result.backfill_id)
    gate.wake()
    assert repository.engine.drain(PATIENCE)
    status = status_of(repository, result)
    assert (status.status, status.canceled_partitions, len(gate.arrived)) == ("canceled", 20, 2)
    assert not repository.cancel_backfill(result.backfill_id)


def test_a_thread_is_asked_to_stop_and_the_backfill_is_canceling_until_it_does(make_repository: MakeRepository) -> None:
    gate = Gate()

    @rs.Asset(partitions_def=JUNE)
    def deaf(context: rs.AssetExecutionContext) -> None:
        gate.pass_through(_Unasked())
        assert context.canceled

    repository = make_repository(deaf)
    result = repository.backfill(partition_range=days(1, 5), max_concurrency=1, block=False)
    gate.wait_for(1)
    repository.cancel_backfill(result.backfill_id)
    assert status_of(repository, result).status == "canceling"
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert status_of(repository, result).status == "canceled"


class _Unasked:
    """A context that never hears that its run was canceled."""

    canceled = False
    partition_key = ""


def test_a_canceled_attempt_leaves_the_earlier_state_showing(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    gate.open()
    repository.backfill(partition_range=days(1, 1))
    held = Gate()
    gate.pass_through = held.pass_through  # type: ignore[method-assign]
    result = repository.backfill(partition_range=days(1, 5), max_concurrency=2, block=False)
    held.wait_for(2)
    repository.cancel_backfill(result.backfill_id)
    held.wake()
    assert repository.engine.drain(PATIENCE)
    assert [str(one) for one in repository.storage.get_materialized_partitions("orders")] == [day(1)]
    completed, canceled = PartitionState.COMPLETED, PartitionState.CANCELED
    assert repository.engine.states("orders").states[:5].tolist() == [completed, *[canceled] * 4]


# Pause


def test_pause_starts_nothing_new_while_running_ones_finish(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset())
    result = repository.backfill(partition_range=days(1, 6), max_concurrency=2, block=False)
    gate.wait_for(2)
    repository.pause_backfill(result.backfill_id)
    gate.open()
    wait_until(lambda: status_of(repository, result).completed_partitions == 2)
    assert (status_of(repository, result).status, len(gate.arrived)) == ("paused", 2)
    repository.resume_backfill(result.backfill_id)
    assert repository.engine.drain(PATIENCE)
    assert status_of(repository, result).completed_partitions == 6


def test_the_concurrency_can_be_changed_while_a_backfill_runs(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(gate.asset(), default_executor=rs.Executor.threads(8))
    result = repository.backfill(partition_range=days(1, 6), max_concurrency=1, block=False)
    gate.wait_for(1)
    repository.set_max_concurrency(result.backfill_id, 3)
    gate.wait_for(3)
    gate.open()
    assert repository.engine.drain(PATIENCE)
    assert gate.most_within == 3


# Rerun


def canceled_and_failed(repository: rs.CodeRepository, calls: Calls, **given: object) -> rs.BackfillResult:
    """A backfill of four days: one done, one failed, two canceled."""
    calls.failing = {day(2)}
    result = repository.backfill(
        ["orders"], partition_range=days(1, 4), failure_policy="stop_on_failure", max_concurrency=1, **given
    )
    assert (result.completed, result.failed, result.canceled) == (1, 1, 2)
    calls.failing = set()
    return result


def test_rerun_launches_failed_and_canceled_partitions_again(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset(), default_executor=rs.Executor.in_process())
    again = repository.rerun_backfill(canceled_and_failed(repository, calls).backfill_id, block=True)
    assert [str(one) for one in again.partition_keys] == [day(2), day(3), day(4)]
    assert (again.status, again.completed) == ("completed", 3)


def test_rerun_keeps_strategy_policy_config_and_tags_and_names_the_first(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(1)}
    repository = make_repository(calls.asset())
    first = repository.backfill(
        ["orders"],
        partition_range=days(1, 4),
        strategy=rs.BackfillStrategy.single_run(),
        failure_policy="stop_on_failure",
        config={"orders": {"chunk": 3}},
        tags=[("shop", "harbor")],
    )
    again = repository.rerun_backfill(first.backfill_id)
    record = repository.engine.backfill(again.backfill_id)
    request = repository.engine.plan_of(again.backfill_id).request
    assert (again.num_runs, record.failure_policy, request.config) == (1, "stop_on_failure", {"orders": {"chunk": 3}})
    assert status_of(repository, again).tags == [("shop", "harbor"), ("rivers/rerun_of", first.backfill_id)]


def test_rerun_can_be_previewed_and_can_take_all(make_repository: MakeRepository) -> None:
    calls = Calls()
    repository = make_repository(calls.asset(), default_executor=rs.Executor.in_process())
    first = canceled_and_failed(repository, calls).backfill_id
    assert repository.rerun_backfill(first, dry_run=True).num_partitions == 3
    assert repository.rerun_backfill(first, dry_run=True, partitions="all").num_partitions == 4
    assert repository.engine.count_backfills() == 1


def test_rerun_of_a_backfill_in_which_nothing_failed_is_refused(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    first = repository.backfill(partition_range=days(1, 2))
    with pytest.raises(ConfigurationError, match="Nothing to rerun"):
        repository.rerun_backfill(first.backfill_id)


def rerun_after_edit(make_repository: MakeRepository, first_day: int) -> rs.BackfillResult:
    """Days 1 to 3 fail; then the definition is edited to begin on another day, and they are run again."""
    storage = rs.Storage.memory()
    calls = Calls()
    calls.failing = {day(number) for number in (1, 2, 3)}
    before = make_repository(calls.asset(), storage=storage)
    first = before.backfill(["orders"], partition_range=days(1, 3))
    before.shutdown()
    shorter = rs.PartitionsDefinition.daily(datetime(2024, 6, first_day), datetime(2024, 7, 1))
    after = make_repository(Calls().asset(definition=shorter), storage=storage)
    try:
        return after.rerun_backfill(first.backfill_id)
    finally:
        after.shutdown()
        storage.close()


def test_rerun_skips_and_names_keys_that_the_definition_no_longer_holds(make_repository: MakeRepository) -> None:
    again = rerun_after_edit(make_repository, 3)
    assert ([str(one) for one in again.partition_keys], again.skipped_keys) == ([day(3)], (day(1), day(2)))
    assert again.completed == 1


def test_rerun_is_refused_where_no_key_is_left(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match=day(2)):
        rerun_after_edit(make_repository, 9)
