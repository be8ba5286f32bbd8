from __future__ import annotations

import json
from datetime import datetime

import pytest

from rivers_core.exceptions import ConfigurationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy

P, S = PartitionsDefinition, BackfillStrategy
DAYS = P.daily(datetime(2024, 1, 1), datetime(2024, 2, 1))
SALES = P.multi({"day": DAYS, "shop": P.static_(["oslo", "bergen"]), "till": P.static_(["1", "2"])})
ALL = [S.multi_run(), S.single_run(), S.per_dimension(multi_run=["day"], single_run=["shop", "till"])]


@pytest.mark.parametrize("strategy", ALL, ids=repr)
def test_a_strategy_survives_json_and_shows_how_to_write_it(strategy):
    assert S.from_spec(json.loads(json.dumps(strategy.to_spec()))) == strategy
    assert eval(repr(strategy), {"BackfillStrategy": S}) == strategy


def test_strategies_are_equal_when_they_group_alike():
    assert S.multi_run() == S.multi_run()
    assert len({S.multi_run(), S.multi_run(), S.single_run()}) == 2
    assert S.per_dimension(["day"], ["shop"]) != S.per_dimension(["shop"], ["day"])


@pytest.mark.parametrize("strategy", ALL, ids=repr)
def test_a_strategy_that_names_every_dimension_once_fits(strategy):
    strategy.validate_for(SALES)
    assert strategy.batched_dimensions(SALES) == {"multi_run": (), "single_run": (0, 1, 2)}.get(strategy.kind, (1, 2))


def test_the_simple_strategies_fit_any_definition():
    S.multi_run().validate_for(DAYS)
    S.single_run().validate_for(DAYS)
    assert S.single_run().batched_dimensions(DAYS) == (0,)


def test_per_dimension_may_leave_one_side_empty():
    S.per_dimension(multi_run=["day", "shop", "till"]).validate_for(SALES)
    S.per_dimension(single_run=["till", "shop", "day"]).validate_for(SALES)


@pytest.mark.parametrize(
    ("strategy", "faults"),
    [
        (S.per_dimension(["date"], ["day", "shop", "till"]), ["date is unknown (there are day, shop, till)"]),
        (S.per_dimension(["day", "shop"], ["shop", "till"]), ["shop is named twice"]),
        (S.per_dimension(["day", "day"], ["shop", "till"]), ["day is named twice"]),
        (S.per_dimension(["day"], ["shop"]), ["till is named nowhere"]),
        (S.per_dimension(), ["day, shop, till are named nowhere"]),
        (
            S.per_dimension(["a", "day"], ["day"]),
            ["a is unknown", "day is named twice", "shop, till are named nowhere"],
        ),
    ],
)
def test_per_dimension_is_refused_with_every_dimension_that_does_not_fit(strategy, faults):
    with pytest.raises(ConfigurationError) as refused:
        strategy.validate_for(SALES)
    for fault in faults:
        assert fault in str(refused.value)


def test_per_dimension_is_refused_for_partitions_without_dimensions():
    with pytest.raises(ConfigurationError, match="these have none; use multi_run or single_run"):
        S.per_dimension(["day"], []).validate_for(DAYS)


def test_a_text_in_place_of_a_list_of_dimensions_is_refused():
    with pytest.raises(ConfigurationError, match=r"write \['day'\] instead of 'day'"):
        S.per_dimension("day", ["shop"])


def test_a_spec_of_no_known_strategy_is_refused():
    with pytest.raises(ConfigurationError, match="no backfill strategy 'all_at_once'"):
        S.from_spec({"kind": "all_at_once"})
