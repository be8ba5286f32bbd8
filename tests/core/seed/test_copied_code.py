"""What is copied as Python is executed on the repository itself and computes what the plan showed."""

from __future__ import annotations

from typing import Any

import pytest

import rivers_core as rs
from rivers_core.partitions.subset import Subset
from rivers_core.planning.as_code import as_python, asked_definition
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import FailurePolicy, RunOrder
from tests.core.engine.conftest import MakeRepository
from tests.core.engine.shops import JUNE, SALES, Calls, day, days

BY_DAY = rs.BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"])


class Kept:
    """A repository whose calls leave their result behind, as code that is copied has no name for it."""

    def __init__(self, repository: rs.CodeRepository) -> None:
        self._repository = repository
        self.result: rs.BackfillResult | None = None

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **named: Any) -> None:
            self.result = getattr(self._repository, name)(*given, **named)

        return call


def executed(code: str, repository: rs.CodeRepository) -> rs.BackfillResult:
    kept = Kept(repository)
    exec(code, {"rs": rs, "repo": kept})  # the point of the test: what is copied runs
    assert kept.result is not None
    return kept.result


REQUESTS = {
    "a range": BackfillRequest(selection=("orders",), partition_range=days(3, 6), order=RunOrder.NEWEST_FIRST),
    "cells of a grid": BackfillRequest(
        selection=("sales",), subset=Subset.of([0, 1, 2, 7, 33]), fingerprint=SALES.fingerprint, strategy=BY_DAY
    ),
    "days apart": BackfillRequest(
        selection=("orders",),
        subset=Subset.of([2, 9, 21]),
        fingerprint=JUNE.fingerprint,
        strategy=rs.BackfillStrategy.single_run(),
    ),
    "by state, with what is made of it": BackfillRequest(
        selection=("orders",), where=("missing",), all_partitions=True, include_downstream=True
    ),
    "every setting": BackfillRequest(
        selection=("orders",),
        partition_keys=(rs.PartitionKey.single([day(4), day(8)]), rs.PartitionKey.single(day(1))),
        failure_policy=FailurePolicy.STOP_ON_FAILURE,
        max_concurrency=2,
        retry=rs.RetryPolicy(1, backoff=rs.Backoff.constant(0.0), retry_on=[OSError]).to_spec(),
        tags=(("shop", "Ola's"),),
        config={"orders": {"note": 'say "hi"', "limits": [1, None, True]}},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_copied_python_runs_exactly_what_the_plan_showed(make_repository: MakeRepository, name: str) -> None:
    calls, sales = Calls(), Calls()

    @rs.Asset(partitions_def=JUNE)
    def bills(orders: int) -> int:
        return orders

    repository = make_repository(calls.asset(), sales.asset("sales", SALES), bills)
    plan = repository.engine.plan(REQUESTS[name])
    result = executed(as_python(plan.request, asked_definition(plan)), repository)
    launched = repository.engine.plan_of(result.backfill_id)
    assert (result.status, result.completed) == ("completed", plan.num_partitions)
    assert [(stage.assets, stage.ordinals.tolist(), stage.bounds.tolist()) for stage in launched.stages] == [
        (stage.assets, stage.ordinals.tolist(), stage.bounds.tolist()) for stage in plan.stages
    ]
    same = ("selection", "where", "strategy", "failure_policy", "order", "max_concurrency", "retry", "tags", "config")
    assert {one: getattr(launched.request, one) for one in same} == {one: getattr(plan.request, one) for one in same}
    assert sum(map(len, [*calls.keys, *sales.keys])) == plan.stages[0].ordinals.size


def test_a_copied_rerun_runs_the_same_partitions_again(make_repository: MakeRepository) -> None:
    calls = Calls()
    calls.failing = {day(2), day(7)}
    repository = make_repository(calls.asset())
    first = repository.backfill(partition_range=days(1, 9))
    calls.failing = set()
    plan = repository.engine.plan(repository.engine.rerun_request(first.backfill_id))
    again = executed(as_python(plan.request, asked_definition(plan)), repository)
    assert ([str(one) for one in again.partition_keys], again.completed) == ([day(2), day(7)], 2)
