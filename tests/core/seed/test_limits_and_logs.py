"""What a run prints, how long it may take, and what of it is never written down."""

from __future__ import annotations

import sys
import threading

import pytest
from pydantic import BaseModel, SecretStr

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError
from rivers_core.planning.request import BackfillRequest
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, PATIENCE, Calls, Gate, day, days


def log_of(repository: rs.CodeRepository, run_id: str) -> list[tuple[str, str]]:
    return [(line.source, line.text) for line in repository.storage.get_run_logs(run_id)]


# Prints


@pytest.mark.parametrize("executor", [rs.Executor.in_process(), rs.Executor.threads(3)], ids=["in process", "threads"])
def test_what_a_run_prints_is_in_its_log_and_in_no_other(
    make_repository: MakeRepository, executor: rs.Executor, capfd: pytest.CaptureFixture[str]
) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        print("counting", context.partition_key)
        sys.stderr.write(f"nothing sold on {context.partition_key}\n")

    repository = make_repository(orders, default_executor=executor)
    result = repository.backfill(partition_range=days(1, 3))
    for run_id, number in zip(result.run_ids, (1, 2, 3), strict=True):
        assert log_of(repository, run_id) == [
            ("stdout", f"counting {day(number)}"), ("stderr", f"nothing sold on {day(number)}"),
        ]  # fmt: skip
    print("after")
    assert capfd.readouterr().out.endswith("after\n")


# Time


def test_a_step_over_its_time_is_asked_to_stop_and_its_partition_fails(make_repository: MakeRepository) -> None:
    asked = threading.Event()

    @rs.Asset(partitions_def=JUNE, timeout_seconds=0.05)
    def orders(context: rs.AssetExecutionContext) -> None:
        while context.partition_key == day(1) and not context.canceled:
            asked.wait(0.01)

    repository = make_repository(orders)
    result = repository.backfill(partition_range=days(1, 2))
    run = repository.storage.get_run(result.run_ids[0])
    assert (result.completed, result.failed, result.status) == (1, 1, "failed")
    assert run is not None
    assert run.error is not None
    assert "0.05" in run.error.message


def test_a_timeout_is_a_transient_failure_and_each_attempt_has_its_own_time(make_repository: MakeRepository) -> None:
    tries: list[int] = []
    again = rs.RetryPolicy(max_retries=1, retry_on=rs.RetryOn.TRANSIENT)

    @rs.Asset(partitions_def=JUNE, timeout_seconds=0.1, retry=again)
    def orders(context: rs.AssetExecutionContext) -> None:
        tries.append(len(tries))
        while len(tries) == 1 and not context.canceled:
            threading.Event().wait(0.01)

    assert make_repository(orders).backfill(partition_range=days(1, 1)).completed == 1
    assert tries == [0, 1]


def test_runs_that_wait_for_a_pool_take_none_of_their_time(make_repository: MakeRepository) -> None:
    gate = Gate()
    repository = make_repository(
        gate.asset("slow", pool="till"),
        Calls().asset("quick", pool="till", timeout_seconds=PATIENCE),
        pool_limits={"till": 1},
        default_executor=rs.Executor.threads(4),
    )
    first = repository.backfill(["slow"], partition_range=days(1, 1), block=False)
    gate.wait_for(1)
    second = repository.backfill(["quick"], partition_range=days(1, 3), block=False)
    held = repository.get_backfill(second.backfill_id)
    assert held is not None
    assert held.completed_partitions == 0
    gate.open()
    assert repository.engine.drain(PATIENCE)
    ended = [repository.get_backfill(one.backfill_id) for one in (first, second)]
    assert [one.completed_partitions for one in ended if one is not None] == [1, 3]


# Secrets


class TillAccess(BaseModel):
    pin: SecretStr
    drawer: int = 1


def locked(seen: list[tuple[str, int]], failing: list[int]) -> rs.Asset:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[TillAccess]) -> None:
        print("opening with", context.config.pin.get_secret_value())
        seen.append((context.config.pin.get_secret_value(), context.config.drawer))
        if failing:
            raise ValueError(f"the pin {context.config.pin.get_secret_value()} was refused")

    return orders


def test_a_secret_is_in_no_log_no_error_and_no_record(make_repository: MakeRepository) -> None:
    repository = make_repository(locked([], [1]))
    result = repository.backfill(partition_range=days(1, 1), config={"orders": {"pin": "4711-0815", "drawer": 3}})
    run = repository.storage.get_run(result.run_ids[0])
    assert run is not None
    assert run.error is not None
    told = [*log_of(repository, result.run_ids[0]), run.error, repository.engine.run_config(run.run_id)]
    assert "4711" not in str(told)
    assert "opening with" in str(told)


def test_a_rerun_asks_for_a_secret_again_and_keeps_the_rest(make_repository: MakeRepository) -> None:
    seen: list[tuple[str, int]] = []
    failing = [1]
    repository = make_repository(locked(seen, failing))
    first = repository.backfill(partition_range=days(1, 1), config={"orders": {"pin": "4711", "drawer": 3}})
    failing.clear()
    with pytest.raises(ConfigurationError, match=r"orders\.pin"):
        repository.rerun_backfill(first.backfill_id)
    again = repository.rerun_backfill(first.backfill_id, config={"orders": {"pin": "0815"}})
    assert (again.completed, seen) == (1, [("4711", 3), ("0815", 3)])
    assert repository.engine.plan_of(again.backfill_id).request.config == {"orders": {"drawer": 3}}


def test_a_rerun_asks_for_a_secret_again_that_has_a_default(make_repository: MakeRepository) -> None:
    seen: list[str] = []

    class Access(BaseModel):
        pin: SecretStr = SecretStr("0000")

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[Access]) -> None:
        seen.append(context.config.pin.get_secret_value())
        if len(seen) == 1:
            raise ValueError("not yet")

    repository = make_repository(orders)
    first = repository.backfill(partition_range=days(1, 1), config={"orders": {"pin": "4711"}})
    with pytest.raises(ConfigurationError, match=r"orders\.pin .* give it again"):
        repository.rerun_backfill(first.backfill_id)
    again = repository.rerun_backfill(first.backfill_id, config={"orders": {"pin": "4712"}})
    assert (again.completed, seen) == (1, ["4711", "4712"])
    assert repository.engine.plan_of(again.backfill_id).request.secrets == {"orders": ("pin",)}


def test_a_rerun_without_secrets_of_its_own_asks_for_none(make_repository: MakeRepository) -> None:
    class Access(BaseModel):
        pin: SecretStr = SecretStr("0000")

    failing = [1]

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext[Access]) -> None:
        assert context.config.pin.get_secret_value() == "0000"
        if failing:
            failing.clear()
            raise ValueError("not yet")

    repository = make_repository(orders)
    first = repository.backfill(partition_range=days(1, 1))
    assert repository.rerun_backfill(first.backfill_id).completed == 1


def test_a_resume_in_another_process_asks_for_a_secret_again(make_repository: MakeRepository) -> None:
    storage, seen = rs.Storage.memory(), list[tuple[str, int]]()
    first = make_repository(locked(seen, []), storage=storage)
    request = BackfillRequest(
        selection=("orders",), partition_range=days(1, 1), config={"orders": {"pin": "1", "drawer": 3}}
    )
    launched = first.engine.launch(first.engine.plan(request)).backfill_id
    first.shutdown()
    second = make_repository(locked(seen, []), storage=storage)
    with pytest.raises(ConfigurationError, match=r"orders\.pin"):
        second.resume_backfill(launched, accept_new_code=True)
    second.resume_backfill(launched, accept_new_code=True, config={"orders": {"pin": "2"}})
    assert seen == [("2", 3)]
    second.shutdown()
    storage.close()
