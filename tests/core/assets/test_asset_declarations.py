"""The @Asset decorator: what it takes, what stays callable, and what it refuses."""

import asyncio
from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.exceptions import AssetDefinitionError

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))


def refused(declare):
    with pytest.raises(AssetDefinitionError) as raised:
        declare()
    return str(raised.value)


def test_a_bare_decorator_takes_name_and_description_from_the_function():
    @rs.Asset
    def tides():
        """High and low water."""

    assert tides.name == "tides"
    assert tides.__doc__ == "High and low water."
    assert rs.CodeRepository(assets=[tides]).definitions.asset("tides").description == "High and low water."


def test_arguments_of_the_decorator_reach_the_resolved_asset():
    policy = rs.RetryPolicy(2)

    @rs.Asset(
        name="daily_tides",
        partitions_def=DAYS,
        backfill_strategy=rs.BackfillStrategy.single_run(),
        metadata={"owner": "harbor"},
        tags={"tier": "gold"},
        kinds="duckdb",
        group="sea",
        code_version="7",
        retry=policy,
        pool="gauges",
        timeout_seconds=30,
    )
    def tides():
        return 1

    definitions = rs.CodeRepository(assets=[tides]).definitions
    asset, computation = definitions.asset("daily_tides"), definitions.computation("daily_tides")
    assert (asset.group, asset.code_version, asset.kinds, asset.tags) == ("sea", "7", ("duckdb",), {"tier": "gold"})
    assert asset.metadata == {"owner": "harbor"}
    assert asset.backfill_strategy == rs.BackfillStrategy.single_run()
    assert (computation.partitions, computation.retry, computation.pool) == (DAYS, policy, "gauges")
    assert computation.timeout_seconds == 30.0


def test_a_decorated_asset_is_called_like_the_plain_function():
    @rs.Asset(partitions_def=DAYS)
    def tides(context, gauges: list[int], factor: int = 2):
        return factor * sum(gauges)

    assert tides(None, [1, 2], factor=3) == 9


def test_an_async_asset_is_called_like_the_plain_coroutine_function():
    @rs.Asset
    async def tides():
        return 4

    assert asyncio.run(tides()) == 4


def test_a_decorator_without_function_can_be_used_for_several():
    daily = rs.Asset(partitions_def=DAYS, group="sea")

    @daily
    def tides(): ...

    @daily
    def waves(): ...

    assert [(one.name, one.group, one.partitions_def) for one in (tides, waves)] == [
        ("tides", "sea", DAYS),
        ("waves", "sea", DAYS),
    ]


def test_a_partitions_definition_can_be_named():
    @rs.Asset(partitions_def="days")
    def tides(): ...

    repository = rs.CodeRepository(assets=[tides], partition_defs={"days": DAYS})

    assert repository.definitions.partitions("tides") == DAYS


def test_dependencies_for_the_order_may_be_names_or_assets():
    @rs.Asset
    def gauges() -> None: ...

    @rs.Asset(deps=[gauges])
    def tides(): ...

    @rs.Asset(deps=["gauges", rs.AssetDef.dep("tides")])
    def waves(): ...

    definitions = rs.CodeRepository(assets=[waves, tides, gauges]).definitions
    assert list(definitions.assets) == ["gauges", "tides", "waves"]
    assert [one.asset for one in definitions.asset("waves").upstream] == ["gauges", "tides"]
    assert definitions.computation("waves").arguments == ()


def test_tags_may_be_a_list():
    @rs.Asset(tags=["raw", "hourly"])
    def tides(): ...

    assert tides.tags == {"raw": "", "hourly": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "a/b"}, "holds '/'"),
        ({"name": " "}, "cannot name an asset"),
        ({"tags": "raw"}, "must be a dict or a list"),
        ({"tags": {"n": 1}}, "must be text"),
        ({"kinds": [3]}, "must be text or a list of texts"),
        ({"pool": ["one", "two"]}, "names 2 pools"),
        ({"timeout_seconds": 0}, "above 0"),
        ({"timeout_seconds": "soon"}, "above 0"),
        ({"deps": "gauges"}, "write deps=['gauges']"),
        ({"deps": [7]}, "deps of the asset 'tides' holds 7"),
        ({"deps": ["gauges", "gauges"]}, "names its upstream 'gauges' twice"),
        ({"pool_slots": 3}, "a step holds one slot"),
        ({"partition_def": None}, "did you mean 'partitions_def'?"),
        ({"colour": "blue"}, "unknown argument 'colour'"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_with_the_line(arguments, words):
    def declare():
        @rs.Asset(**{"name": "tides"} | arguments)
        def tides(): ...

    message = refused(declare)
    assert words in message
    assert message.startswith("test_asset_declarations.py:")


@pytest.mark.parametrize(
    ("arguments", "feature"),
    [
        ({"hooks": [object()]}, "Hooks"),
        ({"compute": object()}, "Kubernetes"),
        ({"actions": [object()]}, "Asset actions"),
    ],
)
def test_features_of_rivers_that_are_not_here_are_refused_by_name_and_line(arguments, feature):
    message = refused(lambda: rs.Asset(lambda: None, name="tides", **arguments))

    assert feature in message
    assert "test_asset_declarations.py:" in message


def test_empty_values_of_such_features_are_fine():
    assert rs.Asset(lambda: None, name="tides", hooks=None, compute=None, actions=[], pool_slots=None).name == "tides"


def test_a_function_with_nameless_parameters_is_refused():
    def declare():
        @rs.Asset
        def tides(*gauges): ...

    assert "'*gauges' without a name" in refused(declare)


def test_assets_written_as_classes_are_refused_by_name_and_line():
    def declare():
        class Tides(rs.Asset):
            group = "sea"

    message = refused(declare)
    assert message.startswith("test_asset_declarations.py:")
    assert "assets written as classes (Tides)" in message


def test_only_functions_become_assets():
    assert "made of a function" in refused(lambda: rs.Asset(int))
    assert "made of a function" in refused(lambda: rs.Asset(3))
    assert "an asset already" in refused(lambda: rs.Asset(rs.Asset(lambda: None, name="tides")))


def test_an_asset_without_function_decorates_one_and_nothing_else():
    assert "decorates one function" in refused(lambda: rs.Asset(name="tides")(1, 2))


def test_an_external_asset_needs_a_handler_and_is_never_a_step():
    assert "needs an io_handler" in refused(lambda: rs.Asset.external("charts"))
    charts = rs.Asset.external("charts", rs.InMemoryIOHandler(), partitions_def=DAYS)

    @rs.Asset(partitions_def=DAYS)
    def tides(charts): ...

    definitions = rs.CodeRepository(assets=[tides, charts]).definitions
    assert definitions.computation("charts").is_external
    assert [computation.name for computation, _ in definitions.steps(["charts", "tides"])] == ["tides"]


def test_an_external_asset_may_decorate_a_function_that_describes_it():
    @rs.Asset.external(io_handler=rs.InMemoryIOHandler(), group="sea")
    def charts():
        """Sea charts of the survey."""

    asset = rs.CodeRepository(assets=[charts]).definitions.asset("charts")
    assert (asset.description, asset.group) == ("Sea charts of the survey.", "sea")


def test_automation_is_accepted_and_listed_as_not_run_here():
    @rs.Asset(automation_condition=rs.AutomationCondition.eager() & ~rs.AutomationCondition.in_progress())
    def tides(): ...

    @rs.Schedule(cron_schedule="0 6 * * *", job_name="tides")
    def every_morning(context): ...

    @rs.Sensor(minimum_interval="30s")
    def watch(context): ...

    definitions = rs.CodeRepository(assets=[tides], schedules=[every_morning], sensors=[watch]).definitions
    texts = " ".join(definitions.not_run_here)
    assert "the schedule 'every_morning' (test_asset_declarations.py:" in texts
    assert "the sensor 'watch'" in texts
    assert "automation condition of the asset 'tides'" in texts


@pytest.mark.parametrize("given", [{"pool": 3}, {"kinds": 3}])
def test_a_number_where_names_belong_is_refused(given) -> None:
    with pytest.raises(AssetDefinitionError, match="must be text or a list of texts, not 3"):
        rs.Asset(name="rain", **given)(lambda: 1)
