"""What a call returns, read as outputs."""

import asyncio

import pytest

import rivers_core as rs
from rivers_core.assets.results import call, produced
from rivers_core.exceptions import ExecutionError


def outputs_of(asset, selection=None, **values):
    computation = rs.CodeRepository(assets=[asset]).definitions.computation(asset.name)
    returned = call(computation.function, values)
    return list(produced(computation, selection or computation.output_names, returned))


def multi(function):
    asset = rs.Asset.from_multi(output_defs=[rs.AssetDef("high"), rs.AssetDef("low")])(function)
    return rs.CodeRepository(assets=[asset]).definitions.computation("high")


def outputs_of_multi(function, selection=("high", "low")):
    computation = multi(function)
    return [(one.asset, one.value) for one in produced(computation, selection, call(computation.function, {}))]


def test_a_plain_value_is_the_only_output():
    (one,) = outputs_of(rs.Asset(lambda: 5, name="tides"))

    assert (one.asset, one.value, one.metadata, one.data_version) == ("tides", 5, None, None)


def test_an_async_function_is_awaited():
    @rs.Asset
    async def tides():
        await asyncio.sleep(0)
        return 7

    assert outputs_of(tides)[0].value == 7


def test_an_async_function_is_awaited_where_a_loop_runs_already():
    @rs.Asset
    async def tides():
        await asyncio.sleep(0)
        return 7

    async def notebook():
        return outputs_of(tides)[0].value

    assert asyncio.run(notebook()) == 7


def test_an_output_brings_metadata_and_data_version():
    @rs.Asset
    def tides():
        return rs.Output([1, 2], metadata={"rows": 2, "seen": {"a"}}, data_version="v2")

    (one,) = outputs_of(tides)
    assert (one.value, one.metadata, one.data_version) == ([1, 2], {"rows": 2, "seen": ["a"]}, "v2")


def test_a_generator_may_yield_the_one_output():
    @rs.Asset
    def tides():
        yield rs.Output(3)

    assert outputs_of(tides)[0].value == 3


def test_a_generator_of_several_values_is_refused_for_a_single_asset():
    @rs.Asset
    def tides():
        yield 1
        yield 2

    with pytest.raises(ExecutionError, match="yielded 2 outputs"):
        outputs_of(tides)


def test_a_materialization_says_that_the_function_stored_it():
    @rs.Asset
    def tides():
        return rs.Materialization(metadata={"rows": 3})

    (one,) = outputs_of(tides)
    assert (one.stored_itself, one.metadata) == (True, {"rows": 3})


def test_an_output_named_like_another_asset_is_refused():
    with pytest.raises(ExecutionError, match="Output named 'waves'"):
        outputs_of(rs.Asset(lambda: rs.Output(1, output_name="waves"), name="tides"))


def test_a_multi_asset_returns_a_dict_by_output():
    assert outputs_of_multi(lambda: {"low": 1, "high": 4}) == [("low", 1), ("high", 4)]


def test_a_multi_asset_may_return_a_tuple_in_the_order_of_its_outputs():
    assert outputs_of_multi(lambda: (4, 1)) == [("high", 4), ("low", 1)]


def test_a_multi_asset_yields_outputs_one_by_one():
    seen = []

    def levels():
        yield rs.Output(4, output_name="high")
        seen.append("after high")
        yield rs.Output(1, output_name="low")

    computation = multi(levels)
    one_by_one = iter(produced(computation, ("high", "low"), call(computation.function, {})))
    assert (next(one_by_one).asset, seen) == ("high", [])
    assert (next(one_by_one).asset, seen) == ("low", ["after high"])


def test_an_async_generator_yields_outputs_one_by_one():
    async def levels():
        yield rs.Output(4, output_name="high")
        await asyncio.sleep(0)
        yield rs.Output(1, output_name="low")

    assert outputs_of_multi(levels) == [("high", 4), ("low", 1)]


def test_outputs_that_were_not_selected_are_left_out():
    assert outputs_of_multi(lambda: {"high": 4, "low": 1}, selection=("low",)) == [("low", 1)]
    assert outputs_of_multi(lambda: {"low": 1}, selection=("low",)) == [("low", 1)]


def test_outputs_before_a_missing_one_are_produced():
    computation = multi(lambda: {"high": 4})
    one_by_one = iter(produced(computation, ("high", "low"), {"high": 4}))

    assert next(one_by_one).asset == "high"
    with pytest.raises(ExecutionError, match="ended without its output low"):
        next(one_by_one)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ({"high": 1, "hihg": 2}, "gave an output 'hihg', but its outputs are high, low"),
        (7, "return a dict of their values"),
        (rs.Output(1), "each must be given as Output"),
        ((1, 2, 3), "not tuple"),
    ],
)
def test_what_is_no_set_of_outputs_is_refused(returned, words):
    with pytest.raises(ExecutionError, match=words):
        outputs_of_multi(lambda: returned)


def test_an_output_given_twice_is_refused():
    def levels():
        yield rs.Output(1, output_name="high")
        yield rs.Output(2, output_name="high")

    with pytest.raises(ExecutionError, match="gave its output 'high' twice"):
        outputs_of_multi(levels)
