"""Whatever happens to an asset and its definition, the store shows what a plain dictionary by key would."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import BackfillState, PartitionState, RunState
from rivers_core.steps.task import PartitionFailure, RunOutcome, StoredOutput
from rivers_core.storage.stores import Stores

from .building import NOW, launch, record, some, stage

LETTERS, DIGITS = "abcdef", "1234"
SINGLE = st.lists(st.sampled_from(LETTERS), min_size=1, unique=True).map(PartitionsDefinition.static_)
DOUBLE = st.tuples(
    st.booleans(),
    st.lists(st.sampled_from(LETTERS), min_size=1, max_size=4, unique=True).map(PartitionsDefinition.static_),
    st.lists(st.sampled_from(DIGITS), min_size=1, unique=True).map(PartitionsDefinition.static_),
).map(
    lambda drawn: PartitionsDefinition.multi(
        {"letter": drawn[1], "digit": drawn[2]} if drawn[0] else {"digit": drawn[2], "letter": drawn[1]}
    )
)
ENDED = {
    RunState.COMPLETED: PartitionState.COMPLETED,
    RunState.FAILED: PartitionState.FAILED,
    RunState.CANCELED: PartitionState.CANCELED,
}


@dataclass(frozen=True)
class Known:
    """What the model knows of a key."""

    shown: int = 0
    attempt_run: int = 0
    materialized_run: int = 0
    data_version: str | None = None
    changed_run: int = 0

    def attempted(self, run: int, state: PartitionState) -> Known:
        kept = state is PartitionState.CANCELED and self.shown != PartitionState.MISSING
        return replace(self, shown=self.shown if kept else int(state), attempt_run=run)

    def materialized(self, run: int, data_version: str | None) -> Known:
        same = data_version is not None and data_version == self.data_version
        changed = self.changed_run if same else run
        return replace(self, materialized_run=run, data_version=data_version, changed_run=changed)


class States(RuleBasedStateMachine):
    """Runs end in every way while the definition is edited between them."""

    definitions = SINGLE

    def __init__(self) -> None:
        super().__init__()
        self.stores = Stores.memory()
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        self.stores.close()

    @initialize(data=st.data())
    def begin(self, data) -> None:
        self.definition = data.draw(self.definitions)

    @rule(data=st.data())
    def edit_the_definition(self, data) -> None:
        self.definition = data.draw(self.definitions)

    @rule(data=st.data(), state=st.sampled_from(list(ENDED)), version=st.sampled_from([None, "x", "y"]))
    def end_a_run(self, data, state, version) -> None:
        member = st.integers(0, self.definition.size() - 1)
        covered, ordinals = sorted(data.draw(st.sets(member, min_size=1))), st.sets(member)
        stored = set(covered) if state is RunState.COMPLETED else data.draw(ordinals) & set(covered)
        marked = data.draw(ordinals) & set(covered)
        launched = launch(self.stores, stage(self.definition, covered, per_run=len(covered)))
        run = launched.first_run
        outputs = (StoredOutput("orders", some(*stored), data_version=version),) if stored else ()
        failures = tuple(PartitionFailure("orders", ordinal, "marked") for ordinal in sorted(marked))
        record(self.stores, launched, RunOutcome(run, state, NOW, NOW, (), outputs, failures))
        for ordinal in covered:
            key = self.definition.label_at(ordinal)
            known = self.known.get(key, Known())
            if ordinal in marked:
                self.known[key] = known.attempted(run, PartitionState.FAILED)
            elif ordinal in stored:
                done = known.attempted(run, PartitionState.COMPLETED)
                self.known[key] = done.materialized(run, version)
            else:
                self.known[key] = known.attempted(run, ENDED[state])

    @rule(data=st.data())
    def cancel_a_backfill_that_never_ran(self, data) -> None:
        ordinals = st.sets(st.integers(0, self.definition.size() - 1), min_size=1)
        launched = launch(self.stores, stage(self.definition, sorted(data.draw(ordinals))))
        self.stores.backfills.finish(launched.backfill_id, BackfillState.CANCELED)
        for run in range(launched.first_run, launched.first_run + launched.num_runs):
            key = launched.label(run)
            self.known[key] = self.known.get(key, Known()).attempted(run, PartitionState.CANCELED)

    @invariant()
    def the_store_shows_what_the_model_knows(self) -> None:
        if not hasattr(self, "definition"):
            return
        columns = ("shown", "attempt_run", "materialized_run", "materialized_seq", "changed_seq")
        states = self.stores.states.snapshot("orders", self.definition, columns)
        sequence_of_run = self._sequences()
        for ordinal in range(self.definition.size()):
            known = self.known.get(self.definition.label_at(ordinal), Known())
            found = tuple(int(states.columns[name][ordinal]) for name in columns)
            sequences = (sequence_of_run[known.materialized_run], sequence_of_run[known.changed_run])
            assert found == (known.shown, known.attempt_run, known.materialized_run, *sequences)

    @invariant()
    def what_does_not_fit_is_listed(self) -> None:
        if not hasattr(self, "definition"):
            return
        keys = {self.definition.label_at(ordinal) for ordinal in range(self.definition.size())}
        listed = {o.key: (o.state, o.run_id) for o in self.stores.states.orphans("orders", self.definition)}
        kept = {key: (k.shown, f"r{k.attempt_run}") for key, k in self.known.items() if key not in keys}
        assert listed == kept

    def _sequences(self) -> dict[int, int]:
        """Every outcome has one sequence number, in the order in which they came."""
        page = self.stores.runs.runs(limit=10_000).records
        ended = sorted(int(run.run_id[1:]) for run in page)
        return {0: 0} | {run: at + 1 for at, run in enumerate(ended)}


class StatesOfTwoDimensions(States):
    definitions = DOUBLE


TestStates = States.TestCase
TestStatesOfTwoDimensions = StatesOfTwoDimensions.TestCase
TestStates.settings = TestStatesOfTwoDimensions.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None
)
__all__ = ["TestStates", "TestStatesOfTwoDimensions"]
