"""What holds of every plan: each asked partition lands in exactly one run, counts add up, order is the definition's."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.asked import of_subset, to_subset
from rivers_core.planning.grouping import positions
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import RunOrder
from tests.core.partitions.mapping_strategies import mapped
from tests.core.planning.situations import JUNE, asset, situation

SHELVES = PartitionsDefinition.multi(
    {
        "aisle": PartitionsDefinition.static_(["a", "b", "c"]),
        "day": JUNE,
        "size": PartitionsDefinition.static_(["small", "large"]),
    }
)
PRESENT = situation(asset("stock", SHELVES))

subsets = st.sets(st.integers(0, SHELVES.size() - 1), min_size=1, max_size=40).map(Subset.of)
orders = st.sampled_from(RunOrder)


@st.composite
def strategies(draw: st.DrawFn) -> BackfillStrategy:
    spread = draw(st.sets(st.sampled_from(("aisle", "day", "size"))))
    per_dimension = BackfillStrategy.per_dimension(
        multi_run=sorted(spread), single_run=sorted({"aisle", "day", "size"} - spread)
    )
    return draw(st.sampled_from((BackfillStrategy.multi_run(), BackfillStrategy.single_run(), per_dimension)))


def request(subset: Subset, strategy: BackfillStrategy, order: RunOrder) -> BackfillRequest:
    return BackfillRequest(
        selection=("stock",), subset=subset, fingerprint=SHELVES.fingerprint, strategy=strategy, order=order
    )


@given(subsets, strategies(), orders)
def test_every_asked_partition_lands_in_exactly_one_run(
    subset: Subset, strategy: BackfillStrategy, order: RunOrder
) -> None:
    plan = make_plan(request(subset, strategy, order), PRESENT)
    (stage,) = plan.stages
    found = [ordinal for run in range(stage.num_runs) for ordinal in stage.run_ordinals(run).tolist()]
    assert sorted(found) == list(subset)
    assert plan.num_partitions == len(subset)
    assert sum(plan.counts_by_state.values()) == len(subset)
    assert all(len(stage.run_ordinals(run)) for run in range(stage.num_runs))


@given(subsets, strategies(), orders)
def test_the_keys_of_a_run_keep_the_order_of_the_definition(
    subset: Subset, strategy: BackfillStrategy, order: RunOrder
) -> None:
    (stage,) = make_plan(request(subset, strategy, order), PRESENT).stages
    for run in range(stage.num_runs):
        ordinals = stage.run_ordinals(run)
        assert np.all(np.diff(ordinals) > 0)


@given(subsets, strategies())
def test_runs_follow_the_order_of_the_definition_unless_the_newest_come_first(
    subset: Subset, strategy: BackfillStrategy
) -> None:
    (stage,) = make_plan(request(subset, strategy, RunOrder.OLDEST_FIRST), PRESENT).stages
    spread = [at for at in range(3) if at not in strategy.batched_dimensions(SHELVES)]
    groups = [
        tuple(int(positions(stage.run_ordinals(run)[:1], SHELVES, at)[0]) for at in spread)
        for run in range(stage.num_runs)
    ]
    assert groups == sorted(set(groups))


@given(subsets, strategies())
def test_the_newest_first_is_about_time_and_changes_no_run(subset: Subset, strategy: BackfillStrategy) -> None:
    (oldest,) = make_plan(request(subset, strategy, RunOrder.OLDEST_FIRST), PRESENT).stages
    (newest,) = make_plan(request(subset, strategy, RunOrder.NEWEST_FIRST), PRESENT).stages
    runs = [{tuple(stage.run_ordinals(run).tolist()) for run in range(stage.num_runs)} for stage in (oldest, newest)]
    assert runs[0] == runs[1]
    if 1 not in strategy.batched_dimensions(SHELVES):
        days = [int(positions(newest.run_ordinals(run)[:1], SHELVES, 1)[0]) for run in range(newest.num_runs)]
        assert days == sorted(days, reverse=True)


@given(subsets)
def test_a_subset_and_its_ordinals_are_the_same(subset: Subset) -> None:
    assert of_subset(subset).tolist() == list(subset)
    assert to_subset(of_subset(subset)[::-1]) == subset


@given(mapped(), st.data(), strategies().filter(lambda one: not one.is_per_dimension), orders)
def test_what_follows_downstream_are_exactly_the_readers_each_in_one_run(
    case: tuple[PartitionMapping, PartitionsDefinition | None, PartitionsDefinition | None],
    data: st.DataObject,
    strategy: BackfillStrategy,
    order: RunOrder,
) -> None:
    mapping, downstream, upstream = case
    assume(downstream is not None and upstream is not None and upstream.size())
    assert downstream is not None and upstream is not None
    present = situation(asset("raw", upstream), asset("made", downstream, reads={"raw": mapping.to_spec()}))
    chosen = Subset.of(data.draw(st.sets(st.integers(0, upstream.size() - 1), min_size=1, max_size=20)))
    plan = make_plan(
        BackfillRequest(
            selection=("raw",), include_downstream=True, subset=chosen, fingerprint=upstream.fingerprint,
            strategy=strategy, order=order,
        ),
        present,
    )  # fmt: skip
    covered: dict[str, list[int]] = {"raw": [], "made": []}
    for stage in plan.stages:
        found = [ordinal for run in range(stage.num_runs) for ordinal in stage.run_ordinals(run).tolist()]
        assert len(set(found)) == len(found) == len(stage.ordinals)
        for name in stage.assets:
            covered[name] += found
    together = (downstream.fingerprint, downstream.size()) == (upstream.fingerprint, upstream.size())
    readers = chosen if together else mapping.bound(downstream, upstream).downstream_of(chosen)
    assert (sorted(covered["raw"]), sorted(covered["made"])) == (list(chosen), list(readers))
    assert plan.num_partitions == sum(len(stage.ordinals) for stage in plan.stages)
    assert plan.num_runs == sum(stage.num_runs for stage in plan.stages)
