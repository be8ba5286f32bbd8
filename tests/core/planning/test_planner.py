from __future__ import annotations

from collections.abc import Sequence

import pytest

from rivers_core.exceptions import AssetNotFoundError, ConfigurationError, PartitionValidationError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState, RunOrder
from tests.core.planning.situations import JUNE, JUNE_HOURS, MONTHS, SALES, asset, situation

WEEK = PartitionKeyRange.single("2024-06-03", "2024-06-09")


def runs_of(stage: Stage) -> list[list[str]]:
    assert stage.definition is not None
    return [[stage.definition.label_at(int(at)) for at in stage.run_ordinals(run)] for run in range(stage.num_runs)]


def stage_assets(plan: BackfillPlan) -> list[tuple[str, ...]]:
    return [stage.assets for stage in plan.stages]


def keys(*written: str) -> tuple[PartitionKey, ...]:
    return tuple(PartitionKey.parse(key) for key in written)


# Strategies


def test_without_a_strategy_every_partition_gets_a_run_of_its_own() -> None:
    plan = make_plan(BackfillRequest(selection=("orders",), partition_range=WEEK), situation(asset("orders")))
    assert (plan.num_partitions, plan.num_runs) == (7, 7)
    assert runs_of(plan.stages[0]) == [[f"2024-06-0{day}"] for day in range(3, 10)]
    assert not plan.stages[0].batched


def test_single_run_puts_all_partitions_into_one_run() -> None:
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, strategy=BackfillStrategy.single_run())
    plan = make_plan(request, situation(asset("orders")))
    assert (plan.num_partitions, plan.num_runs) == (7, 1)
    assert plan.stages[0].batched


def test_a_single_run_of_one_key_is_batched_all_the_same() -> None:
    request = BackfillRequest(
        selection=("orders",), partition_keys=keys("2024-06-03"), strategy=BackfillStrategy.single_run()
    )
    assert make_plan(request, situation(asset("orders"))).stages[0].batched


def test_per_dimension_makes_a_run_for_every_day_with_all_stores_in_it() -> None:
    request = BackfillRequest(
        selection=("sales",),
        partition_range=PartitionKeyRange.multi({"day": ("2024-06-01", "2024-06-03"), "store": ["oslo", "tromso"]}),
        strategy=BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
    )
    plan = make_plan(request, situation(asset("sales", SALES)))
    assert plan.num_runs == 3
    assert runs_of(plan.stages[0])[0] == ["day=2024-06-01|store=oslo", "day=2024-06-01|store=tromso"]
    assert plan.stages[0].batched
    assert plan.strategy_text == "one run per day, with every store in it"


def test_per_dimension_groups_exactly_the_keys_asked_for_and_never_their_closure() -> None:
    asked = ("day=2024-06-01|store=oslo", "day=2024-06-02|store=bergen", "day=2024-06-02|store=oslo")
    request = BackfillRequest(
        selection=("sales",),
        partition_keys=keys(*asked),
        strategy=BackfillStrategy.per_dimension(multi_run=["store"], single_run=["day"]),
    )
    plan = make_plan(request, situation(asset("sales", SALES)))
    assert runs_of(plan.stages[0]) == [[asked[0], asked[2]], [asked[1]]]


@pytest.mark.parametrize(
    ("spread", "batched", "fault"),
    [
        (["day", "month"], ["store"], "month is unknown"),
        (["day"], ["day", "store"], "day is named twice"),
        (["day"], [], "store is named nowhere"),
    ],
)
def test_per_dimension_refuses_dimensions_that_do_not_fit(
    spread: Sequence[str], batched: Sequence[str], fault: str
) -> None:
    request = BackfillRequest(
        selection=("sales",),
        all_partitions=True,
        strategy=BackfillStrategy.per_dimension(multi_run=spread, single_run=batched),
    )
    with pytest.raises(ConfigurationError, match=fault):
        make_plan(request, situation(asset("sales", SALES)))


def test_per_dimension_is_refused_for_an_asset_without_dimensions() -> None:
    request = BackfillRequest(
        selection=("orders",), partition_range=WEEK, strategy=BackfillStrategy.per_dimension(["day"], [])
    )
    with pytest.raises(ConfigurationError, match="needs partitions with dimensions"):
        make_plan(request, situation(asset("orders")))


def test_the_strategy_asked_for_comes_before_the_one_of_the_asset() -> None:
    own = asset("orders", strategy=BackfillStrategy.single_run())
    asked = BackfillRequest(selection=("orders",), partition_range=WEEK, strategy=BackfillStrategy.multi_run())
    assert make_plan(asked, situation(own)).num_runs == 7
    assert make_plan(asked.model_copy(update={"strategy": None}), situation(own)).num_runs == 1


def test_assets_that_disagree_about_the_strategy_get_a_run_per_partition() -> None:
    request = BackfillRequest(selection=("orders", "returns"), partition_range=WEEK)
    one = asset("orders", strategy=BackfillStrategy.single_run())
    assert make_plan(request, situation(one, asset("returns"))).num_runs == 7
    alike = asset("returns", strategy=BackfillStrategy.single_run())
    assert make_plan(request, situation(one, alike)).num_runs == 1


def test_newest_first_starts_with_the_last_day_and_keeps_the_stores_in_order() -> None:
    request = BackfillRequest(
        selection=("sales",),
        partition_range=PartitionKeyRange.multi({"day": ("2024-06-01", "2024-06-02"), "store": ["oslo", "bergen"]}),
        order=RunOrder.NEWEST_FIRST,
    )
    plan = make_plan(request, situation(asset("sales", SALES)))
    assert runs_of(plan.stages[0]) == [
        ["day=2024-06-02|store=oslo"],
        ["day=2024-06-02|store=bergen"],
        ["day=2024-06-01|store=oslo"],
        ["day=2024-06-01|store=bergen"],
    ]


def test_newest_first_per_store_keeps_each_run_in_the_order_of_the_definition() -> None:
    request = BackfillRequest(
        selection=("sales",),
        partition_range=PartitionKeyRange.multi({"day": ("2024-06-01", "2024-06-02")}),
        strategy=BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
        order=RunOrder.NEWEST_FIRST,
    )
    first = runs_of(make_plan(request, situation(asset("sales", SALES))).stages[0])[0]
    assert first == [f"day=2024-06-02|store={store}" for store in ("oslo", "bergen", "tromso")]


# What is asked for


def test_keys_and_a_range_together_are_refused() -> None:
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, partition_keys=keys("2024-06-03"))
    with pytest.raises(ConfigurationError, match="both partition_keys and partition_range"):
        make_plan(request, situation(asset("orders")))


def test_neither_keys_nor_a_range_is_refused_where_partitions_are_needed() -> None:
    with pytest.raises(ConfigurationError, match="orders has partitions, so say which"):
        make_plan(BackfillRequest(selection=("orders",)), situation(asset("orders")))


def test_a_key_that_is_no_member_is_refused_naming_key_and_asset() -> None:
    request = BackfillRequest(selection=("orders",), partition_keys=keys("2024-08-01"))
    with pytest.raises(PartitionValidationError, match=r"orders: '2024-08-01' is not a partition key"):
        make_plan(request, situation(asset("orders")))


def test_an_unknown_dimension_is_refused_listing_the_real_ones() -> None:
    request = BackfillRequest(selection=("sales",), partition_range=PartitionKeyRange.multi({"shop": ["oslo"]}))
    with pytest.raises(PartitionValidationError, match=r"no dimension 'shop'; these partitions have day, store"):
        make_plan(request, situation(asset("sales", SALES)))


def test_a_range_that_runs_backwards_is_refused() -> None:
    request = BackfillRequest(
        selection=("orders",), partition_range=PartitionKeyRange.single("2024-06-09", "2024-06-03")
    )
    with pytest.raises(PartitionValidationError, match="runs backwards"):
        make_plan(request, situation(asset("orders")))


def test_no_keys_at_all_are_refused() -> None:
    with pytest.raises(PartitionValidationError, match="partition_keys is empty"):
        make_plan(BackfillRequest(selection=("orders",), partition_keys=()), situation(asset("orders")))


def test_a_key_given_twice_is_run_once() -> None:
    request = BackfillRequest(selection=("orders",), partition_keys=keys("2024-06-03", "2024-06-02,2024-06-03"))
    assert runs_of(make_plan(request, situation(asset("orders"))).stages[0]) == [["2024-06-02"], ["2024-06-03"]]


def test_keys_for_an_asset_without_partitions_are_refused() -> None:
    request = BackfillRequest(selection=("rates",), partition_keys=keys("2024-06-03"))
    with pytest.raises(ConfigurationError, match="rates has no partitions; leave partition_keys out"):
        make_plan(request, situation(asset("rates", None)))


def test_an_asset_without_partitions_is_one_run() -> None:
    plan = make_plan(BackfillRequest(selection=("rates",)), situation(asset("rates", None)))
    assert (plan.num_runs, plan.num_partitions) == (1, 1)
    assert plan.stages[0].definition is None


def test_a_subset_of_the_grid_is_taken_as_it_is() -> None:
    request = BackfillRequest(
        selection=("orders",), subset=Subset.of([2, 3, 9]), fingerprint=JUNE.fingerprint, launched_by="app"
    )
    assert make_plan(request, situation(asset("orders"))).stages[0].ordinals.tolist() == [2, 3, 9]


def test_a_subset_of_another_definition_is_refused() -> None:
    request = BackfillRequest(selection=("orders",), subset=Subset.of([2]), fingerprint="something else")
    with pytest.raises(PartitionValidationError, match="The partitions of orders changed"):
        make_plan(request, situation(asset("orders")))


def test_a_subset_beyond_the_definition_is_refused() -> None:
    request = BackfillRequest(selection=("orders",), subset=Subset.of([30]), fingerprint=JUNE.fingerprint)
    with pytest.raises(PartitionValidationError, match="30 partitions, and there is none at position 31"):
        make_plan(request, situation(asset("orders")))


def test_choosing_by_state_takes_only_partitions_in_one_of_those_states() -> None:
    states = {"orders": {"2024-06-03": PartitionState.COMPLETED, "2024-06-04": PartitionState.FAILED}}
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, where=("failed",))
    assert runs_of(make_plan(request, situation(asset("orders"), states=states)).stages[0]) == [["2024-06-04"]]
    both = request.model_copy(update={"where": ("missing", "failed")})
    assert make_plan(both, situation(asset("orders"), states=states)).num_partitions == 6


def test_choosing_by_state_needs_no_range() -> None:
    states = {"orders": {"*": PartitionState.COMPLETED, "2024-06-04": PartitionState.STALE}}
    plan = make_plan(
        BackfillRequest(selection=("orders",), where=("stale",)), situation(asset("orders"), states=states)
    )
    assert runs_of(plan.stages[0]) == [["2024-06-04"]]


def test_a_partition_counts_when_any_of_its_assets_is_in_the_state() -> None:
    states = {"orders": {"*": PartitionState.COMPLETED}, "returns": {"2024-06-05": PartitionState.CANCELED}}
    request = BackfillRequest(selection=("orders", "returns"), partition_range=WEEK, where=("canceled",))
    plan = make_plan(request, situation(asset("orders"), asset("returns"), states=states))
    assert runs_of(plan.stages[0]) == [["2024-06-05"]]


def test_nothing_in_the_state_is_said_in_a_sentence() -> None:
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, where=("failed", "stale"))
    with pytest.raises(ConfigurationError, match=r"of the 7 partitions of orders asked for none is failed or stale"):
        make_plan(request, situation(asset("orders")))


# Which assets


def test_no_selection_means_every_partitioned_asset() -> None:
    present = situation(
        asset("orders"), asset("returns"), asset("rates", None), asset("feed", kind="external", computation="feed")
    )
    assert make_plan(BackfillRequest(partition_range=WEEK), present).assets == ("orders", "returns")


def test_an_unknown_asset_is_refused_naming_those_alike() -> None:
    with pytest.raises(AssetNotFoundError, match="no asset named 'order'; did you mean orders"):
        make_plan(BackfillRequest(selection=("order",), partition_range=WEEK), situation(asset("orders")))


def test_an_external_asset_cannot_be_backfilled() -> None:
    with pytest.raises(ConfigurationError, match="feed is an external asset"):
        make_plan(BackfillRequest(selection=("feed",), partition_range=WEEK), situation(asset("feed", kind="external")))


def test_one_of_several_assets_of_a_function_that_makes_all_at_once_is_refused_alone() -> None:
    both = [asset(name, computation="ledger", subsettable=False) for name in ("debit", "credit")]
    with pytest.raises(ConfigurationError, match="debit is computed together with credit"):
        make_plan(BackfillRequest(selection=("debit",), partition_range=WEEK), situation(*both))


def test_config_for_an_asset_that_does_not_exist_is_refused() -> None:
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, config={"ordres": {"limit": 1}})
    with pytest.raises(ConfigurationError, match="config names ordres"):
        make_plan(request, situation(asset("orders")))


# Stages


def test_assets_of_one_definition_run_together_in_dependency_order() -> None:
    present = situation(asset("orders"), asset("totals", reads=("orders",)))
    plan = make_plan(BackfillRequest(selection=("totals", "orders"), partition_range=WEEK), present)
    assert stage_assets(plan) == [("orders", "totals")]
    assert plan.num_partitions == 7


def test_assets_of_another_definition_follow_as_a_stage_with_derived_keys() -> None:
    present = situation(asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    plan = make_plan(BackfillRequest(selection=("orders", "bill"), partition_range=WEEK), present)
    assert stage_assets(plan) == [("orders",), ("bill",)]
    assert runs_of(plan.stages[1]) == [["2024-06"]]


def test_the_named_asset_whose_keys_are_given_leads_wherever_it_stands() -> None:
    present = situation(asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    plan = make_plan(BackfillRequest(selection=("bill", "orders"), partition_range=WEEK), present)
    assert plan.range_text == "2024-06-03 … 2024-06-09"
    assert stage_assets(plan) == [("orders",), ("bill",)]


def test_include_downstream_adds_what_is_made_from_the_selection() -> None:
    present = situation(asset("orders"), asset("totals", reads=("orders",)), asset("bill", MONTHS, reads=("totals",)))
    request = BackfillRequest(selection=("orders",), partition_range=WEEK, include_downstream=True)
    assert stage_assets(make_plan(request, present)) == [("orders", "totals"), ("bill",)]


def test_include_upstream_computes_what_the_selection_reads_first() -> None:
    present = situation(asset("clicks", JUNE_HOURS), asset("visits", reads=("clicks",)))
    request = BackfillRequest(selection=("visits",), partition_keys=keys("2024-06-03"), include_upstream=True)
    plan = make_plan(request, present)
    assert stage_assets(plan) == [("clicks",), ("visits",)]
    assert runs_of(plan.stages[0])[0] == ["2024-06-03T00:00"]
    assert plan.stages[0].num_partitions == 24


def test_only_the_missing_upstream_partitions_are_added_on_request() -> None:
    present = situation(
        asset("clicks", JUNE_HOURS),
        asset("visits", reads=("clicks",)),
        states={"clicks": {"*": PartitionState.COMPLETED, "2024-06-03T07:00": PartitionState.MISSING}},
    )
    request = BackfillRequest(selection=("visits",), partition_keys=keys("2024-06-03"), add_missing_upstream=True)
    assert runs_of(make_plan(request, present).stages[0]) == [["2024-06-03T07:00"]]


def test_missing_upstream_of_the_same_definition_is_a_stage_of_its_own() -> None:
    present = situation(
        asset("orders"), asset("totals", reads=("orders",)), states={"orders": {"2024-06-03": PartitionState.COMPLETED}}
    )
    request = BackfillRequest(
        selection=("totals",), partition_keys=keys("2024-06-03", "2024-06-04"), add_missing_upstream=True
    )
    plan = make_plan(request, present)
    assert stage_assets(plan) == [("orders",), ("totals",)]
    assert [runs_of(stage) for stage in plan.stages] == [[["2024-06-04"]], [["2024-06-03"], ["2024-06-04"]]]


def test_assets_that_nothing_links_are_refused_naming_both() -> None:
    present = situation(asset("orders"), asset("bill", MONTHS))
    with pytest.raises(ConfigurationError, match=r"bill does not have the partitions of orders, and no dependency"):
        make_plan(BackfillRequest(selection=("orders", "bill"), partition_range=WEEK), present)


def test_an_asset_that_reads_the_day_before_follows_in_a_stage_of_its_own() -> None:
    present = situation(asset("orders"), asset("trend", reads={"orders": {"kind": "time_window", "offset": -1}}))
    plan = make_plan(BackfillRequest(selection=("orders", "trend"), partition_range=WEEK), present)
    assert stage_assets(plan) == [("orders",), ("trend",)]
    assert plan.stages[0].ordinals.tolist() == plan.stages[1].ordinals.tolist()


def test_a_path_through_another_definition_splits_the_assets_of_one() -> None:
    present = situation(
        asset("orders"),
        asset("bill", MONTHS, reads=("orders",)),
        asset("share", reads={"orders": None, "bill": {"kind": "time_window", "offset": 0}}),
    )
    plan = make_plan(BackfillRequest(partition_range=WEEK), present)
    assert stage_assets(plan) == [("orders",), ("bill",), ("share",)]
    assert [stage.num_partitions for stage in plan.stages] == [7, 1, 7]


def test_an_asset_without_partitions_follows_what_it_reads() -> None:
    present = situation(asset("orders"), asset("summary", None, reads=("orders",)))
    plan = make_plan(BackfillRequest(selection=("orders", "summary"), partition_range=WEEK), present)
    assert stage_assets(plan) == [("orders",), ("summary",)]
    assert plan.stages[1].num_runs == 1


def test_a_strategy_by_dimensions_leaves_derived_stages_their_own() -> None:
    present = situation(
        asset("sales", SALES),
        asset("bill", MONTHS, reads={"sales": {"kind": "multi_to_single", "dimension": "day", "mapping": None}}),
    )
    request = BackfillRequest(
        selection=("sales",),
        include_downstream=True,
        partition_range=PartitionKeyRange.multi({"day": ("2024-06-01", "2024-06-02")}),
        strategy=BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
    )
    plan = make_plan(request, present)
    assert [stage.num_runs for stage in plan.stages] == [2, 1]
    assert plan.strategy_text == "one run per day, with every store in it, then one run per partition"


def test_choosing_by_state_below_takes_what_is_missing_and_what_turns_stale() -> None:
    present = situation(
        asset("clicks", JUNE_HOURS),
        asset("visits", reads=("clicks",)),
        states={
            "clicks": {"*": PartitionState.COMPLETED, "2024-06-03T07:00": PartitionState.MISSING},
            "visits": {"*": PartitionState.COMPLETED, "2024-06-05": PartitionState.MISSING},
        },
    )
    request = BackfillRequest(selection=("clicks",), include_downstream=True, where=("missing",))
    plan = make_plan(request, present)
    assert [runs_of(stage) for stage in plan.stages] == [[["2024-06-03T07:00"]], [["2024-06-03"], ["2024-06-05"]]]


def test_the_ordinals_of_a_rerun_come_before_derived_ones() -> None:
    present = situation(asset("orders"), asset("bill", MONTHS, reads=("orders",)))
    request = BackfillRequest(
        selection=("orders", "bill"),
        subset=Subset.of([0]),
        fingerprint=JUNE.fingerprint,
        exact={"bill": Subset.of([1, 5])},
        skipped_keys=("2023-12",),
    )
    plan = make_plan(request, present)
    assert runs_of(plan.stages[1]) == [["2024-02"], ["2024-06"]]
    assert plan.skipped_keys == ("2023-12",)
