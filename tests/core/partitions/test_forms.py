"""The forms of keys, definitions, strategies and mappings can be told apart by `isinstance` and `match`."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rivers_core as rs
from rivers_core.exceptions import PartitionValidationError
from tests.core.partitions.definition_strategies import NAMES, VALUES

Key, Definition, Strategy, Mapping = (
    rs.PartitionKey, rs.PartitionsDefinition, rs.BackfillStrategy, rs.PartitionMapping,
)  # fmt: skip
DAYS = Definition.daily(datetime(2024, 3, 1), datetime(2024, 3, 9))
PORTS = Definition.static_(["bergen", "bodo"])
MADE = {
    Key.Single: Key.single("bergen"),
    Key.Multi: Key.multi({"port": "bergen"}),
    Definition.Static: PORTS,
    Definition.TimeWindow: DAYS,
    Definition.Multi: Definition.multi({"port": PORTS, "day": DAYS}),
    Definition.Dynamic: Definition.dynamic("ships"),
    Strategy.MultiRun: Strategy.multi_run(),
    Strategy.SingleRun: Strategy.single_run(),
    Strategy.PerDimension: Strategy.per_dimension(multi_run=["day"], single_run=["port"]),
    Mapping.Identity: Mapping.identity(),
    Mapping.AllPartitions: Mapping.all_partitions(),
    Mapping.Static: Mapping.static_({"bodo": "bergen"}),
    Mapping.TimeWindow: Mapping.time_window(-1),
    Mapping.Multi: Mapping.multi({"port": Mapping.identity()}),
    Mapping.MultiToSingle: Mapping.multi_to_single("port"),
    Mapping.SpecificPartitions: Mapping.specific_partitions(["bodo"]),
    Mapping.ForKeys: Mapping.for_keys([Key.single("bodo")]),
    Mapping.Subset: Mapping.subset(),
}


@pytest.mark.parametrize("form", MADE, ids=lambda form: form.__qualname__)
def test_a_value_is_an_instance_of_its_own_form_and_of_no_other(form: type) -> None:
    assert [other for other in MADE if isinstance(MADE[form], other)] == [form]
    assert not isinstance("bergen", form)


def test_a_key_is_matched_with_what_it_holds() -> None:
    def ports(key: rs.PartitionKey) -> list[str]:
        match key:
            case Key.Single(key=values):
                return values
            case Key.Multi(keys={"port": values}):
                return values
        return []

    assert ports(Key.single(["bodo", "bergen"])) == ["bodo", "bergen"]
    assert ports(Key.multi({"port": "bodo", "day": "2024-03-01"})) == ["bodo"]


def test_a_form_says_by_what_its_values_are_made() -> None:
    with pytest.raises(TypeError, match=r"make one by PartitionKey\.single"):
        Key.Single("bergen")


def test_the_dimensions_of_a_strategy_have_the_names_of_rivers_too() -> None:
    strategy = MADE[Strategy.PerDimension]
    assert (strategy.multi_run_dims, strategy.single_run_dims) == (["day"], ["port"])


several = st.lists(VALUES, min_size=1, max_size=3, unique=True)


@given(st.one_of(several.map(Key.single), st.dictionaries(NAMES, several, min_size=1, max_size=3).map(Key.multi)))
def test_a_key_comes_back_from_its_json(key: rs.PartitionKey) -> None:
    assert Key.from_json(key.to_json()) == key


@pytest.mark.parametrize("text", ["", "bergen", "[]", "{}", '{"single": "bergen"}', '{"multi": {"port": 1}}'])
def test_json_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(PartitionValidationError, match="not a partition key"):
        Key.from_json(text)
