"""What holds of every backfill, whatever fails in it: partitions end once, counts add up, a rerun takes the rest."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

import rivers_core as rs
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState, FailurePolicy, PartitionState, RunOrder

SHELVES = rs.PartitionsDefinition.multi(
    {"aisle": rs.PartitionsDefinition.static_(["a", "b", "c"]), "shelf": rs.PartitionsDefinition.static_(list("123"))}
)
EVERY = range(len(SHELVES))
STRATEGIES = (
    rs.BackfillStrategy.multi_run(),
    rs.BackfillStrategy.single_run(),
    rs.BackfillStrategy.per_dimension(multi_run=["aisle"], single_run=["shelf"]),
    rs.BackfillStrategy.per_dimension(multi_run=["shelf"], single_run=["aisle"]),
    rs.BackfillStrategy.per_dimension(multi_run=["aisle", "shelf"]),
)
ordinals = st.sets(st.sampled_from(EVERY))


class Shelves:
    """Two assets of which the second reads the first; shelves can fail by a mark or an error, in either of them."""

    def __init__(self, marked: set[int], raising: set[int], unsold: set[int]) -> None:
        self.counted: Counter[int] = Counter()
        self.marked, self.raising, self.unsold = marked, raising, unsold

        @rs.Asset(partitions_def=SHELVES)
        def stock(context: rs.AssetExecutionContext) -> dict[rs.PartitionKey, int] | int:
            keys = {key: SHELVES.ordinal_of(key) for key in context.partition.keys}
            self.counted.update(keys.values())
            for key, ordinal in keys.items():
                if ordinal in self.raising:
                    raise ValueError(f"{key} fell down")
                if ordinal in self.marked:
                    context.mark_partition_failed(key, "nobody looked")
            return keys if context.batched else 1

        @rs.Asset(partitions_def=SHELVES, deps=[rs.AssetDef.dep("stock")])
        def orders(context: rs.AssetExecutionContext) -> None:
            for key in context.partition.keys:
                if SHELVES.ordinal_of(key) in self.unsold:
                    context.mark_partition_failed(key, "nobody bought")

        self.assets = [stock, orders]


@settings(max_examples=20)
@given(
    asked=st.sets(st.sampled_from(EVERY), min_size=1),
    marked=ordinals,
    raising=st.sets(st.sampled_from(EVERY), max_size=2),
    unsold=ordinals,
    strategy=st.sampled_from(STRATEGIES),
    policy=st.sampled_from(FailurePolicy),
    order=st.sampled_from(RunOrder),
)
def test_every_partition_ends_once_counts_add_up_and_a_rerun_takes_exactly_what_is_left(
    asked: set[int],
    marked: set[int],
    raising: set[int],
    unsold: set[int],
    strategy: rs.BackfillStrategy,
    policy: FailurePolicy,
    order: RunOrder,
) -> None:
    shelves = Shelves(marked, raising, unsold)
    request = BackfillRequest(
        selection=("stock", "orders"),
        subset=Subset.of(asked),
        fingerprint=SHELVES.fingerprint,
        strategy=strategy,
        failure_policy=policy,
        order=order,
    )
    executor = rs.Executor.in_process()
    with rs.CodeRepository(assets=shelves.assets, default_executor=executor) as repository:
        engine = repository.engine
        ended = engine.run(engine.launch(engine.plan(request)).backfill_id)
        shown = {name: engine.states(name).states for name in ("stock", "orders")}
        worst = [
            _worst(PartitionState(shown["stock"][at]), PartitionState(shown["orders"][at])) for at in sorted(asked)
        ]
        counts = Counter(worst)
        assert ended.completed + ended.failed + ended.canceled == ended.total_partitions == len(asked)
        assert (ended.completed, ended.failed, ended.canceled) == tuple(
            counts[state] for state in (PartitionState.COMPLETED, PartitionState.FAILED, PartitionState.CANCELED)
        )
        assert ended.state is (BackfillState.FAILED if ended.failed else BackfillState.COMPLETED)
        assert max(shelves.counted.values()) == 1
        assert set(shelves.counted) <= asked
        if policy is FailurePolicy.CONTINUE:
            assert (ended.canceled, set(shelves.counted)) == (0, asked)
        untouched = set(EVERY) - asked
        assert all(states[at] == PartitionState.MISSING for states in shown.values() for at in untouched)
        left = [at for at, state in zip(sorted(asked), worst, strict=True) if state is not PartitionState.COMPLETED]
        if left:
            shelves.marked, shelves.raising, shelves.unsold = set(), set(), set()
            again = repository.rerun_backfill(ended.backfill_id)
            assert sorted(SHELVES.ordinal_of(key) for key in again.partition_keys) == left
            assert (again.status, again.completed) == ("completed", len(left))


def _worst(*states: PartitionState) -> PartitionState:
    """A partition failed if any asset failed it, else it was canceled if any was."""
    for state in (PartitionState.FAILED, PartitionState.CANCELED):
        if state in states:
            return state
    return PartitionState.COMPLETED
