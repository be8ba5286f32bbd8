from __future__ import annotations

from datetime import datetime

from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.plan import BackfillPlan
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.planning.standing import RunHistory, UnderWay
from rivers_core.states import PartitionState
from tests.core.planning.situations import JUNE_HOURS, MONTHS, asset, situation

WEEK = PartitionKeyRange.single("2024-06-03", "2024-06-09")


def warned(plan: BackfillPlan) -> dict[str, tuple[tuple[str, ...], int]]:
    return {warning.kind: (warning.assets, warning.count) for warning in plan.warnings}


def test_missing_upstream_partitions_are_counted_and_named() -> None:
    present = situation(
        asset("clicks", JUNE_HOURS),
        asset("visits", reads=("clicks",)),
        states={"clicks": {"2024-06-03T00:00": PartitionState.COMPLETED}},
    )
    plan = make_plan(BackfillRequest(selection=("visits",), partition_range=WEEK), present)
    assert warned(plan) == {"upstream_missing": (("clicks",), 7 * 24 - 1)}


def test_upstream_partitions_of_the_same_plan_are_not_missing() -> None:
    present = situation(asset("orders"), asset("totals", reads=("orders",)))
    assert warned(make_plan(BackfillRequest(partition_range=WEEK), present)) == {}


def test_an_upstream_partition_that_failed_after_an_output_is_not_missing() -> None:
    present = situation(
        asset("orders"),
        asset("totals", reads=("orders",)),
        states={"orders": {"*": PartitionState.FAILED}},
        materialized={"orders": "all"},
    )
    assert warned(make_plan(BackfillRequest(selection=("totals",), partition_range=WEEK), present)) == {}


def test_nothing_is_said_of_missing_upstream_where_that_is_allowed() -> None:
    present = situation(asset("orders"), asset("totals", reads=("orders",), allow_missing=True))
    assert warned(make_plan(BackfillRequest(selection=("totals",), partition_range=WEEK), present)) == {}


def test_outputs_that_will_be_overwritten_are_counted() -> None:
    states = {"orders": {"2024-06-03": PartitionState.COMPLETED, "2024-06-04": PartitionState.STALE}}
    plan = make_plan(BackfillRequest(partition_range=WEEK), situation(asset("orders"), states=states))
    assert warned(plan) == {"overwrites": (("orders",), 2)}
    assert plan.counts_by_state == {PartitionState.MISSING: 5, PartitionState.COMPLETED: 1, PartitionState.STALE: 1}


def test_completed_partitions_downstream_are_said_to_turn_stale() -> None:
    present = situation(
        asset("orders"), asset("bill", MONTHS, reads=("orders",)), states={"bill": {"*": PartitionState.COMPLETED}}
    )
    plan = make_plan(BackfillRequest(selection=("orders",), partition_range=WEEK), present)
    assert warned(plan) == {"downstream_stale": (("bill",), 1)}


def test_another_backfill_at_the_same_partitions_is_named() -> None:
    first = make_plan(BackfillRequest(partition_range=WEEK), situation(asset("orders")))
    present = situation(asset("orders"), under_way=(UnderWay("b7", first.stages),))
    request = BackfillRequest(partition_keys=(PartitionKey.single(["2024-06-01", "2024-06-09"]),))
    plan = make_plan(request, present)
    assert warned(plan) == {"concurrent_backfill": (("orders",), 1)}
    assert "b7" in plan.warnings[0].message


def test_a_window_that_has_not_ended_is_marked() -> None:
    present = situation(asset("orders"), now=datetime(2024, 6, 9, 12))
    assert warned(make_plan(BackfillRequest(partition_range=WEEK), present)) == {"still_open": (("orders",), 1)}


def test_the_estimate_fills_the_places_that_the_computer_has() -> None:
    history = {("orders",): RunHistory(runs=20, seconds_per_run=2.0, seconds_per_partition=2.0)}
    present = situation(asset("orders"), history=history, slots=2)
    plan = make_plan(BackfillRequest(all_partitions=True, max_concurrency=8), present)
    assert (plan.estimate_seconds, plan.estimate_basis) == (30.0, 20)


def test_the_estimate_of_a_single_run_grows_with_its_partitions() -> None:
    history = {("orders",): RunHistory(runs=3, seconds_per_run=90.0, seconds_per_partition=0.5)}
    request = BackfillRequest(all_partitions=True, strategy=BackfillStrategy.single_run())
    assert make_plan(request, situation(asset("orders"), history=history)).estimate_seconds == 15.0


def test_without_history_there_is_no_estimate() -> None:
    plan = make_plan(BackfillRequest(partition_range=WEEK), situation(asset("orders")))
    assert (plan.estimate_seconds, plan.estimate_basis) == (None, 0)
