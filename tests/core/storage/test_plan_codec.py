"""Plans as one value of the database."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, PlanWarning, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.storage.plan_codec import decode_plan, encode_plan

from .building import DAYS, FLAVORS

REQUESTS = st.one_of(
    st.builds(BackfillRequest, all_partitions=st.just(True)),
    st.builds(
        BackfillRequest,
        selection=st.just(("orders",)),
        partition_keys=st.just(
            (PartitionKey.single("a"), PartitionKey.multi({"x": ["1", "2"], "y": "3"}), PartitionKey.single(["b", "c"]))
        ),
        tags=st.just((("team", "shop"),)),
        config=st.just({"orders": {"limits": [1, 2.5, None], "deep": {"on": True}}}),
    ),
    st.builds(
        BackfillRequest,
        partition_range=st.sampled_from(
            [PartitionKeyRange.single("a", "b"), PartitionKeyRange.multi({"x": ("1", "3"), "y": ["4", "5"]})]
        ),
        strategy=st.sampled_from(
            [None, BackfillStrategy.single_run(), BackfillStrategy.per_dimension(multi_run=["x"], single_run=["y"])]
        ),
        retry=st.sampled_from([None, {"max_retries": 3}]),
        where=st.just(("failed", "missing")),
        order=st.just("newest_first"),
        failure_policy=st.just("stop_on_failure"),
    ),
    st.builds(
        BackfillRequest,
        subset=st.sets(st.integers(0, 500)).map(Subset.of),
        fingerprint=st.just("f"),
        rerun_of=st.sampled_from([None, "b3"]),
    ),
)


@st.composite
def stages(draw):
    """Any ordinals in any order, cut into runs anyhow."""
    count = draw(st.integers(0, 40))
    top = draw(st.sampled_from([1, 200, 70_000, 2**40]))
    ordinals = draw(arrays(np.int64, count, elements=st.integers(0, top)))
    cuts = draw(st.sets(st.integers(1, count - 1))) if count > 1 else set()
    bounds = np.array([0, *sorted(cuts), count], dtype=np.int64)
    states = draw(arrays(np.uint8, count, elements=st.integers(0, 6)))
    return Stage(("orders",), draw(st.sampled_from([DAYS, FLAVORS, None])), ordinals, bounds, True, "SingleRun", states)


@given(REQUESTS, st.lists(stages(), min_size=1, max_size=3))
def test_a_plan_is_decoded_as_it_was_encoded(request, made):
    plan = BackfillPlan(
        request=request,
        stages=tuple(made),
        warnings=(PlanWarning("overwrites", "3 partitions are overwritten", ("orders",), 3),),
        code_fingerprint="code",
        position=17,
        range_text="2024-01",
        strategy_text="MultiRun",
        skipped_keys=("gone", "too"),
        estimate_seconds=1.5,
        estimate_basis=40,
        counts_by_state={0: 5, 3: 2},
    )
    decoded = decode_plan(encode_plan(plan), [stage.definition for stage in plan.stages])
    for name in ("request", "warnings", "code_fingerprint", "position", "range_text", "strategy_text", "skipped_keys"):
        assert getattr(decoded, name) == getattr(plan, name)
    for name in ("estimate_seconds", "estimate_basis", "counts_by_state"):
        assert getattr(decoded, name) == getattr(plan, name)
    for found, stage in zip(decoded.stages, plan.stages, strict=True):
        assert (found.assets, found.definition, found.batched) == (stage.assets, stage.definition, stage.batched)
        for name in ("ordinals", "bounds", "states"):
            assert getattr(found, name).dtype == getattr(stage, name).dtype
            assert getattr(found, name).tolist() == getattr(stage, name).tolist()


def test_a_million_partitions_in_order_take_little_room():
    count = 1_000_000
    ordinals, bounds = np.arange(count), np.arange(count + 1)
    stage = Stage(("orders",), DAYS, ordinals, bounds, False, "MultiRun", np.zeros(count, dtype=np.uint8))
    plan = BackfillPlan(BackfillRequest(all_partitions=True), (stage,), (), "", 0, "", "")
    assert len(encode_plan(plan)) < 50_000
