"""Backfill strategies: how partition keys are grouped into runs, and which strategy holds."""

from __future__ import annotations

import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, SALES, Calls, day, days, key

MULTI = rs.BackfillStrategy.multi_run()
SINGLE = rs.BackfillStrategy.single_run()
BY_DAY = rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"])


def fortnight(**more: list[str]) -> rs.PartitionKeyRange:
    return rs.PartitionKeyRange.multi({"day": (day(1), day(14)), **more})


def test_multi_run_is_the_default_and_makes_one_run_for_each_key(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset()).backfill(["orders"], partition_range=days(1, 28))
    assert (result.num_runs, len(set(result.run_ids))) == (28, 28)
    assert sorted(calls.keys) == [[day(number)] for number in range(1, 29)]


def test_under_multi_run_a_failed_partition_leaves_the_others_alone(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(13)}
    repository = make_repository(calls.asset())
    result = repository.backfill(["orders"], partition_range=days(1, 28), strategy=MULTI)
    assert (result.completed, result.failed, result.canceled, result.status) == (27, 1, 0, "failed")
    assert key(day(13)) not in repository.storage.get_materialized_partitions("orders")


def test_single_run_makes_one_run_that_gets_all_keys_at_once(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset()).backfill(["orders"], partition_range=days(1, 28), strategy=SINGLE)
    assert (result.num_partitions, result.num_runs, result.completed) == (28, 1, 28)
    assert calls.keys == [[day(number) for number in range(1, 29)]]


def test_a_single_run_that_returns_has_completed_every_key(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    result = repository.backfill(["orders"], partition_range=days(1, 5), strategy=SINGLE)
    assert (result.completed, result.failed) == (5, 0)
    assert len(repository.storage.get_materialized_partitions("orders")) == 5


def test_a_single_run_that_raises_has_failed_every_key(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(3)}
    result = make_repository(calls.asset()).backfill(["orders"], partition_range=days(1, 5), strategy=SINGLE)
    assert (result.completed, result.failed) == (0, 5)


# Marks


def audited(broken: set[str], **given: object) -> rs.Asset:
    """An asset that tries each key for itself and marks those that fail, with a line in its log."""

    def read_ledger(one: rs.PartitionKey) -> None:
        if str(one) in broken:
            raise OSError(f"no ledger for {one}")

    @rs.Asset(name="audit", partitions_def=JUNE, **given)
    def audit(context: rs.AssetExecutionContext) -> None:
        for one in context.partition.keys:
            try:
                read_ledger(one)
            except OSError as error:
                context.mark_partition_failed(one, str(error))
                context.log.warning("day %s was left out: %s", one, error)

    return audit


def test_marked_keys_fail_and_the_other_keys_of_the_run_succeed(make_repository: MakeRepository) -> None:
    repository = make_repository(audited({day(2), day(4)}, backfill_strategy=SINGLE))
    result = repository.backfill(["audit"], partition_range=days(1, 6))
    assert (result.num_runs, result.completed, result.failed) == (1, 4, 2)
    assert [str(one) for one in repository.storage.get_materialized_partitions("audit")] == [
        day(1), day(3), day(5), day(6),
    ]  # fmt: skip


def test_a_mark_keeps_its_error_and_the_log_its_warning(make_repository: MakeRepository) -> None:
    repository = make_repository(audited({day(2)}, backfill_strategy=SINGLE))
    result = repository.backfill(["audit"], partition_range=days(1, 3))
    (failure,) = repository.engine.failures(result.run_ids[0])
    assert (failure.key, failure.message) == (day(2), f"no ledger for {day(2)}")
    (line,) = [line for line in repository.storage.get_run_logs(result.run_ids[0]) if line.level == "warning"]
    assert line.text == f"day {day(2)} was left out: no ledger for {day(2)}"


def test_marks_count_in_the_status_exactly_as_failed_runs_do(make_repository: MakeRepository) -> None:
    marked = make_repository(audited({day(2), day(4)}, backfill_strategy=SINGLE))
    one = marked.backfill(["audit"], partition_range=days(1, 6))
    calls = Calls()
    calls.failing = {day(2), day(4)}
    raised = make_repository(calls.asset())
    other = raised.backfill(["orders"], partition_range=days(1, 6))
    counts = [
        (status.status, status.total_partitions, status.completed_partitions, status.failed_partitions)
        for repository, result in ((marked, one), (raised, other))
        if (status := repository.get_backfill(result.backfill_id)) is not None
    ]
    assert counts == [("failed", 6, 4, 2)] * 2
    assert (one.failed, other.failed) == (2, 2)


def test_marks_work_in_the_batched_dimension_of_per_dimension(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=SALES)
    def sales(context: rs.AssetExecutionContext) -> None:
        context.mark_partition_failed(context.partition.keys[0], "the till was open")

    repository = make_repository(sales)
    result = repository.backfill(["sales"], partition_range=fortnight(), strategy=BY_DAY)
    assert (result.num_runs, result.completed, result.failed) == (14, 28, 14)


@pytest.mark.parametrize("strategy", [MULTI, None])
def test_a_mark_outside_of_a_batch_changes_nothing_and_leaves_a_warning(
    make_repository: MakeRepository, strategy: rs.BackfillStrategy | None
) -> None:
    repository = make_repository(audited({day(1)}))
    result = repository.backfill(["audit"], partition_range=days(1, 2), strategy=strategy)
    assert (result.completed, result.failed, result.status) == (2, 0, "completed")
    assert any("not batched" in warning for warning in repository.engine.warnings_of(result.backfill_id))


def test_a_batch_of_one_key_is_a_batch_all_the_same(make_repository: MakeRepository) -> None:
    repository = make_repository(audited({day(1)}))
    result = repository.backfill(["audit"], partition_range=days(1, 1), strategy=SINGLE)
    assert (result.completed, result.failed) == (0, 1)


def test_a_mark_for_a_key_of_no_concern_raises_an_execution_error(make_repository: MakeRepository) -> None:
    raised: list[str] = []

    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        try:
            context.mark_partition_failed(day(9), "not ours")
        except rs.exceptions.ExecutionError as error:
            raised.append(str(error))

    make_repository(orders).backfill(["orders"], partition_range=days(1, 3), strategy=SINGLE)
    assert raised == [f"partition key {day(9)} is not in this context's partition keys"]


def test_such_a_mark_that_nobody_catches_fails_the_whole_run(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        context.mark_partition_failed(day(20), "not ours")

    repository = make_repository(orders)
    result = repository.backfill(["orders"], partition_range=days(1, 3), strategy=SINGLE)
    run = repository.storage.get_run(result.run_ids[0])
    assert run is not None
    assert run.error is not None
    assert (result.failed, run.error.kind) == (3, "ExecutionError")


def test_raising_after_marks_fails_the_whole_run(make_repository: MakeRepository) -> None:
    @rs.Asset(partitions_def=JUNE)
    def orders(context: rs.AssetExecutionContext) -> None:
        context.mark_partition_failed(context.partition.keys[0], "one")
        raise RuntimeError("and then all of them")

    result = make_repository(orders).backfill(["orders"], partition_range=days(1, 3), strategy=SINGLE)
    assert (result.completed, result.failed) == (0, 3)


# PerDimension


def test_per_dimension_makes_a_run_a_day_with_all_stores_in_it(make_repository: MakeRepository) -> None:
    calls = Calls()
    result = make_repository(calls.asset("sales", SALES)).backfill(
        ["sales"], partition_range=fortnight(store=["oslo", "tromso"]), strategy=BY_DAY
    )
    assert (result.num_runs, result.num_partitions) == (14, 28)
    assert sorted(calls.keys) == [
        [f"day={day(number)}|store={store}" for store in ("oslo", "tromso")] for number in range(1, 15)
    ]


def test_per_dimension_can_batch_the_other_dimension(make_repository: MakeRepository) -> None:
    calls = Calls()
    by_store = rs.BackfillStrategy.per_dimension(multi_run=["store"], single_run=["day"])
    result = make_repository(calls.asset("sales", SALES)).backfill(
        ["sales"], partition_range=fortnight(), strategy=by_store
    )
    assert result.num_runs == 3
    assert sorted(len(keys) for keys in calls.keys) == [14, 14, 14]


def test_per_dimension_groups_exactly_the_keys_asked_for(make_repository: MakeRepository) -> None:
    calls = Calls()
    asked = [f"day={day(1)}|store=oslo", f"day={day(1)}|store=tromso", f"day={day(2)}|store=bergen"]
    result = make_repository(calls.asset("sales", SALES)).backfill(
        ["sales"], partition_keys=[key(one) for one in asked], strategy=BY_DAY
    )
    assert (result.num_runs, result.num_partitions) == (2, 3)
    assert sorted(calls.keys) == [asked[:2], asked[2:]]


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        (rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["city"]), "city"),
        (rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["day", "store"]), "day"),
    ],
)
def test_unknown_and_overlapping_dimensions_are_refused(
    make_repository: MakeRepository, strategy: rs.BackfillStrategy, told: str
) -> None:
    repository = make_repository(Calls().asset("sales", SALES))
    with pytest.raises(ConfigurationError, match=told):
        repository.backfill(["sales"], partition_range=fortnight(), strategy=strategy)


def test_per_dimension_is_refused_for_an_asset_of_one_dimension(make_repository: MakeRepository) -> None:
    with pytest.raises(ConfigurationError, match="dimension"):
        make_repository(Calls().asset()).backfill(["orders"], partition_range=days(1, 2), strategy=BY_DAY)


# Which strategy holds


def test_the_strategy_of_the_asset_holds_where_none_is_passed(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(backfill_strategy=SINGLE))
    assert repository.backfill(["orders"], partition_range=days(1, 20), dry_run=True).num_runs == 1


def test_a_strategy_that_is_passed_beats_that_of_the_asset(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset(backfill_strategy=SINGLE))
    assert repository.backfill(["orders"], partition_range=days(1, 20), strategy=MULTI, dry_run=True).num_runs == 20


def test_multi_run_holds_where_nobody_says_anything(make_repository: MakeRepository) -> None:
    repository = make_repository(Calls().asset())
    assert repository.backfill(["orders"], partition_range=days(1, 20), dry_run=True).num_runs == 20


def test_assets_that_agree_on_a_strategy_use_it_together(make_repository: MakeRepository) -> None:
    repository = make_repository(
        Calls().asset(backfill_strategy=SINGLE), Calls().asset("bills", backfill_strategy=SINGLE)
    )
    assert repository.backfill(partition_range=days(1, 20), dry_run=True).num_runs == 1


@pytest.mark.parametrize("other", [None, MULTI])
def test_assets_that_disagree_on_a_strategy_run_each_partition_by_itself(
    make_repository: MakeRepository, other: rs.BackfillStrategy | None
) -> None:
    repository = make_repository(
        Calls().asset(backfill_strategy=SINGLE), Calls().asset("bills", backfill_strategy=other)
    )
    assert repository.backfill(partition_range=days(1, 20), dry_run=True).num_runs == 20
