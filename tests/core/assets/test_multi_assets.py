"""Multi-assets: one function with several outputs."""

from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import AssetDefinitionError, GraphValidationError

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))


@rs.Asset
def gauges():
    return [3, 1]


@rs.Asset.from_multi(
    output_defs=[
        rs.AssetDef("high", tags={"tier": "gold"}, group="peaks", metadata={"unit": "m"}, code_version="2"),
        rs.AssetDef("low", deps=[rs.AssetDef.dep("calm")]),
    ],
    group="levels",
    kinds=["python"],
    code_version="1",
    tags={"team": "sea"},
)
def levels(context, gauges):
    """The highest and the lowest water."""
    return {"high": max(gauges), "low": min(gauges)}


@rs.Asset
def calm() -> None: ...


def definitions():
    return rs.CodeRepository(assets=[levels, gauges, calm]).definitions


def test_outputs_are_assets_of_one_computation():
    found = definitions()

    assert found.computation("high") is found.computation("low")
    assert found.computation("high").name == "levels"
    assert found.computation("high").output_names == ("high", "low")


def test_what_an_output_says_wins_over_what_the_function_says():
    high, low = definitions().asset("high"), definitions().asset("low")

    assert (high.group, high.tags, high.metadata, high.code_version) == (
        "peaks",
        {"team": "sea", "tier": "gold"},
        {"unit": "m"},
        "2",
    )
    assert (low.group, low.tags, low.kinds, low.code_version) == ("levels", {"team": "sea"}, ("python",), "1")


def test_dependencies_of_one_output_are_only_its_own():
    found = definitions()

    assert [one.asset for one in found.asset("high").upstream] == ["gauges"]
    assert [one.asset for one in found.asset("low").upstream] == ["gauges", "calm"]
    assert list(found.computations) == ["gauges", "calm", "levels"]


def test_steps_run_a_multi_asset_once_with_the_outputs_that_are_wanted():
    steps = definitions().steps(["low", "gauges", "high"])

    assert [(computation.name, selection) for computation, selection in steps] == [
        ("gauges", ("gauges",)),
        ("levels", ("high", "low")),
    ]
    assert [selection for _, selection in definitions().steps(["low"])] == [("low",)]


def test_a_config_override_may_go_by_an_output_or_by_the_function():
    computation = definitions().computation("high")

    assert computation.config_for({"high": {"a": 1}, "levels": {"b": 2}, "gauges": {"c": 3}}) == {"a": 1, "b": 2}


def test_an_input_of_an_output_belongs_to_the_function():
    @rs.Asset.from_multi(output_defs=[rs.AssetDef("high", deps=[rs.AssetDef.input("gauges")]), rs.AssetDef("low")])
    def levels(gauges):
        return gauges, gauges

    found = rs.CodeRepository(assets=[levels, gauges]).definitions
    assert [argument.parameter for argument in found.computation("low").arguments] == ["gauges"]


def test_outputs_share_one_partitions_definition():
    weeks = rs.PartitionsDefinition.weekly(start=datetime(2024, 3, 4))

    @rs.Asset.from_multi(
        output_defs=[rs.AssetDef("high", partitions_def=DAYS), rs.AssetDef("low", partitions_def=weeks)]
    )
    def levels(): ...

    with pytest.raises(GraphValidationError, match="give them one partitions_def"):
        rs.CodeRepository(assets=[levels]).validate()


def test_two_functions_of_one_name_are_told_apart_by_name():
    def made():
        @rs.Asset.from_multi(output_defs=[rs.AssetDef("a")])
        def both(): ...

        return both

    @rs.Asset.from_multi(output_defs=[rs.AssetDef("b")])
    def both(): ...

    with pytest.raises(GraphValidationError, match="Two functions with several outputs are named 'both'"):
        rs.CodeRepository(assets=[made(), both]).validate()


def test_a_multi_asset_without_outputs_is_refused():
    with pytest.raises(AssetDefinitionError, match="needs output_defs"):
        rs.Asset.from_multi(output_defs=[])(lambda: None)
    with pytest.raises(AssetDefinitionError, match="needs output_defs"):
        rs.Asset.from_multi(output_defs=["high"])(lambda: None)


def test_the_function_of_a_multi_asset_stays_callable():
    assert levels(None, [5, 2]) == {"high": 5, "low": 2}


def test_the_repository_knows_a_multi_asset_under_each_output():
    repository = rs.CodeRepository(assets=[levels, gauges, calm])

    assert set(repository.assets) == {"high", "low", "gauges", "calm"}
    assert repository.assets["low"] is levels
