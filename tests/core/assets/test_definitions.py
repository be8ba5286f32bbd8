"""Definitions: what a repository holds once it fits together, and its spec."""

from datetime import datetime

import pytest

import rivers_core as rs
from rivers_core.assets.computation import SelfArgument, UpstreamArgument
from rivers_core.exceptions import AssetDefinitionError, ExecutionError, GraphValidationError, NodeNotFoundError
from rivers_core.partitions.mapping import IdentityMapping, TimeWindowMapping

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))
HOURS = rs.PartitionsDefinition.hourly(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))
MONTHS = rs.PartitionsDefinition.monthly(start=datetime(2024, 1, 1), end=datetime(2025, 1, 1))


@rs.Asset(partitions_def=HOURS)
def readings() -> list[float]: ...


@rs.Asset(
    partitions_def=DAYS,
    deps=[rs.AssetDef.input("readings", allow_missing=True, metadata={"unit": "m"})],
    code_version="2",
    kinds=["python"],
)
def tides(context, readings: dict):
    """High and low water."""


@rs.Asset
def report(tides, self: rs.SelfDependency[dict]): ...


def argument(definitions, asset, parameter="readings"):
    return next(one for one in definitions.computation(asset).arguments if one.parameter == parameter)


def definitions_of(*assets, **settings):
    return rs.CodeRepository(assets=list(assets), **settings).definitions


def test_assets_and_computations_come_upstream_first():
    definitions = definitions_of(report, tides, readings)

    assert list(definitions.assets) == ["readings", "tides", "report"]
    assert list(definitions.computations) == ["readings", "tides", "report"]
    assert definitions.graph.downstream_of(["readings"]) == ("tides", "report")


def test_an_argument_knows_everything_that_loading_it_needs():
    found = argument(definitions_of(tides, readings), "tides")

    assert isinstance(found, UpstreamArgument)
    assert (found.hint, found.stored_hint, found.metadata) == (dict, list[float], {"unit": "m"})
    assert found.upstream.allow_missing
    assert found.upstream.mapping == TimeWindowMapping(0)
    assert not found.upstream.is_own
    assert found.many
    assert found.partitioned


def test_an_own_last_value_is_an_argument_of_its_own():
    found = definitions_of(report, tides, readings).computation("report")

    assert found.has_self_dependency
    assert found.arguments[1] == SelfArgument("self", dict)


def test_the_handler_of_a_dependency_wins_over_that_of_the_upstream():
    lake, cache = rs.InMemoryIOHandler(), rs.InMemoryIOHandler()
    stored = rs.Asset(readings.function, partitions_def=HOURS, io_handler="lake")

    @rs.Asset(partitions_def=HOURS, deps=[rs.AssetDef.input("readings", io_handler=cache)])
    def copies(readings): ...

    @rs.Asset(partitions_def=HOURS)
    def others(readings): ...

    definitions = definitions_of(stored, copies, others, resources={"lake": lake})
    assert definitions.asset("readings").io_handler is lake
    assert argument(definitions, "copies").io_handler is cache
    assert argument(definitions, "others").io_handler is lake


MULTI = rs.PartitionsDefinition.multi({"date": DAYS, "port": rs.PartitionsDefinition.static_(["Hull", "Kiel"])})
PORTS = rs.PartitionsDefinition.static_(["Hull", "Kiel"])
M = rs.PartitionMapping


@pytest.mark.parametrize(
    ("downstream", "upstream", "mapping", "many"),
    [
        (DAYS, DAYS, None, False),
        (DAYS, HOURS, None, True),
        (HOURS, DAYS, None, False),
        (MONTHS, DAYS, M.time_window(), True),
        (DAYS, MONTHS, M.time_window(), False),
        (DAYS, DAYS, M.time_window(-1), False),
        (DAYS, None, None, False),
        (None, DAYS, None, True),
        (None, DAYS, M.specific_partitions(["2024-03-01"]), True),
        (None, DAYS, M.for_keys([rs.PartitionKey.single("2024-03-01")]), True),
        (PORTS, PORTS, M.subset(), False),
        (PORTS, PORTS, M.static_({"Hull": "Kiel"}), False),
        (PORTS, PORTS, M.static_({"Hull": ["Hull", "Kiel"]}), True),
        (MULTI, MULTI, None, False),
        (MULTI, DAYS, None, False),
        (MULTI, DAYS, M.multi_to_single("date"), False),
        (DAYS, MULTI, None, True),
        (MULTI, MULTI, M.multi({"date": M.identity(), "port": M.all_partitions()}), True),
        (MULTI, MULTI, M.multi({"date": M.time_window(-1), "port": M.identity()}), False),
    ],
)
def test_whether_a_value_is_one_key_or_many_depends_on_the_mapping_alone(downstream, upstream, mapping, many):
    above = rs.Asset(lambda: 1, name="readings", partitions_def=upstream)

    @rs.Asset(partitions_def=downstream, deps=[rs.AssetDef.input("readings", partition_mapping=mapping)])
    def tides(readings): ...

    assert argument(definitions_of(above, tides), "tides").many is many


def test_equal_definitions_are_joined_by_the_same_key():
    above = rs.Asset(lambda: 1, name="readings", partitions_def=DAYS)

    @rs.Asset(partitions_def=DAYS)
    def tides(readings): ...

    (upstream,) = definitions_of(above, tides).computation("tides").upstream
    assert upstream.mapping == IdentityMapping()


def test_assets_without_partitions_need_no_mapping():
    above = rs.Asset(lambda: 1, name="readings")

    @rs.Asset
    def tides(readings): ...

    assert definitions_of(above, tides).computation("tides").upstream[0].mapping is None


def test_the_spec_says_everything_in_plain_values():
    repository = rs.CodeRepository(
        assets=[report, tides, readings], pool_limits={"gauges": 2}, schedules=[rs.Schedule(name="nightly")]
    )
    spec = repository.spec()
    found = spec.asset("tides")

    assert [asset.name for asset in spec.assets] == ["readings", "tides", "report"]
    assert (found.computation, found.kind, found.kinds, found.code_version) == ("tides", "asset", ("python",), "2")
    assert found.description == "High and low water."
    assert found.partitions == DAYS.to_spec()
    assert found.file.endswith("test_definitions.py")
    assert found.line > 0
    (dependency,) = found.dependencies
    assert (dependency.upstream, dependency.parameter, dependency.allow_missing) == ("readings", "readings", True)
    assert M.from_spec(dependency.mapping) == M.time_window()
    assert spec.asset("report").self_dependency
    assert spec.pool_limits == {"gauges": 2}
    assert spec.not_run_here[0].startswith("the schedule 'nightly'")
    assert type(spec).model_validate_json(spec.model_dump_json()) == spec


def test_a_job_names_assets():
    nightly = rs.Job("nightly", [report, "tides"])
    repository = rs.CodeRepository(assets=[report, tides, readings], jobs=[nightly])

    assert repository.get_job("nightly").assets == ("report", "tides")
    assert repository.definitions.jobs == {"nightly": nightly}
    with pytest.raises(NodeNotFoundError, match="no job 'weekly'"):
        repository.get_job("weekly")


def test_a_job_of_a_repository_computes_its_assets_at_once():
    computed = []

    @rs.Asset(partitions_def=DAYS)
    def surge(context) -> int:
        computed.append(context.partition_key)
        return 3

    @rs.Asset(partitions_def=DAYS)
    def warning(surge: int) -> bool:
        return surge > 2

    nightly = rs.Job("nightly", [surge, warning])
    with rs.CodeRepository(assets=[surge, warning], jobs=[nightly]) as repository:
        key = rs.PartitionKey.single("2024-03-02")
        result = repository.get_job("nightly").execute(partition_key=key, tags=[("tide", "spring")])
        assert (result.success, sorted(result.materialized_assets)) == (True, ["surge", "warning"])
        assert repository.load_node("warning", partition_key=key) is True
        assert [run.tags for run in repository.storage.get_runs()] == [(("tide", "spring"),)]
    assert computed == ["2024-03-02"]


def test_a_job_of_no_repository_says_where_to_get_it():
    with pytest.raises(ExecutionError, match=r"get it by repo.get_job\('nightly'\), then call execute\(\)"):
        rs.Job("nightly", ["tides"]).execute()


def test_a_job_that_names_no_asset_is_a_problem():
    with pytest.raises(GraphValidationError, match="The job 'nightly' holds 'tide'"):
        rs.CodeRepository(assets=[tides, readings], jobs=[rs.Job("nightly", ["tide"])]).validate()
    with pytest.raises(AssetDefinitionError, match="which is no asset"):
        rs.Job("nightly", [7])


def test_a_repository_holds_assets_only():
    with pytest.raises(AssetDefinitionError, match="decorate it with @Asset"):
        rs.CodeRepository(assets=[lambda: 1])
    with pytest.raises(AssetDefinitionError, match="unknown argument 'resource'; did you mean 'resources'"):
        rs.CodeRepository(assets=[], resource={})


def test_resolve_tells_all_problems_and_keeps_the_definitions():
    repository = rs.CodeRepository(assets=[tides, readings])
    repository.resolve()

    assert list(repository.definitions.assets) == ["readings", "tides"]
    with pytest.raises(GraphValidationError, match="'readings', but no asset"):
        rs.CodeRepository(assets=[rs.Asset(lambda readings: 1, name="alone")]).resolve()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"partition_defs": {"days": 7}}, r"partition_defs\['days'\] is no partitions definition"),
        ({"retries": {"often": 3}}, r"retries\['often'\] is no RetryPolicy"),
    ],
)
def test_what_a_repository_shares_must_be_of_its_kind(settings, words):
    with pytest.raises(GraphValidationError, match=words):
        rs.CodeRepository(assets=[readings], **settings).validate()


def test_tasks_and_executors_must_be_of_their_kind():
    with pytest.raises(AssetDefinitionError, match="decorate it with @Task"):
        rs.CodeRepository(assets=[], tasks=[len])
    with pytest.raises(AssetDefinitionError, match=r"use one of Executor\.in_process"):
        rs.CodeRepository(assets=[], default_executor="parallel")


def test_resolving_again_gives_the_same_definitions():
    repository = rs.CodeRepository(assets=[readings])

    assert repository.definitions is repository.definitions


def test_an_executor_says_whether_it_leaves_the_process():
    assert [
        one.crosses_processes
        for one in (
            rs.Executor.in_process(),
            rs.Executor.threads(2),
            rs.Executor.parallel(),
            rs.Executor.dask("tcp://x:1"),
        )
    ] == [False, False, True, True]
    with pytest.raises(rs.exceptions.ConfigurationError, match="1 or more"):
        rs.Executor.threads(0)
    with pytest.raises(rs.exceptions.ConfigurationError, match="address of a scheduler"):
        rs.Executor.dask("")
