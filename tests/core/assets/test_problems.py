"""Everything that does not fit in a repository is told at once, each in a sentence with asset and line."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from pydantic import BaseModel

import rivers_core as rs
from rivers_core.exceptions import AssetNotFoundError, ConfigurationError, GraphValidationError

DAYS = rs.PartitionsDefinition.daily(start=datetime(2024, 3, 1), end=datetime(2024, 3, 8))
PORTS = rs.PartitionsDefinition.static_(["Hull", "Kiel"])


def problems_of(*assets, **settings):
    with pytest.raises(GraphValidationError) as raised:
        rs.CodeRepository(assets=list(assets), **settings).validate()
    return raised.value.problems


def only_problem(*assets, **settings):
    (problem,) = problems_of(*assets, **settings)
    return problem


@rs.Asset
def tides():
    return 1


def test_an_unknown_parameter_is_named_with_what_may_have_been_meant():
    @rs.Asset
    def waves(tide): ...

    problem = only_problem(tides, waves)
    assert problem.startswith("The asset 'waves' (test_problems.py:")
    assert "takes 'tide', but no asset or resource is named so (did you mean 'tides'?)" in problem


def test_an_unknown_upstream_in_deps_is_named():
    @rs.Asset(deps=[rs.AssetDef.dep("tydes")])
    def waves(): ...

    assert "depends on 'tydes', which no asset is named (did you mean 'tides'?)" in only_problem(tides, waves)


def test_an_unknown_upstream_with_its_parameter_is_told_once():
    @rs.Asset(deps=[rs.AssetDef.input("tydes")])
    def waves(tydes): ...

    assert "depends on 'tydes'" in only_problem(tides, waves)


def test_a_parameter_with_a_default_needs_nothing():
    @rs.Asset
    def waves(height=2): ...

    assert rs.CodeRepository(assets=[waves]).definitions.computation("waves").arguments == ()


def test_a_cycle_is_told_by_its_assets():
    @rs.Asset
    def ebb(flood): ...

    @rs.Asset
    def flood(ebb): ...

    assert "in a circle: " in only_problem(ebb, flood)
    assert any(cycle in only_problem(ebb, flood) for cycle in ("ebb -> flood -> ebb", "flood -> ebb -> flood"))


def test_two_assets_of_one_name_are_told_with_both_lines():
    @rs.Asset(name="tides")
    def second(): ...

    problem = only_problem(tides, second)
    assert "is a second asset named 'tides'; the first one is at test_problems.py:" in problem


def test_an_asset_that_takes_itself_is_sent_to_self_dependency():
    @rs.Asset(deps=[rs.AssetDef.input("waves")])
    def waves(waves): ...

    assert "SelfDependency" in only_problem(waves)


def test_an_input_without_parameter_is_told():
    @rs.Asset(deps=[rs.AssetDef.input("tides")])
    def waves(): ...

    assert "declares the input 'tides', but its function has no parameter of that name" in only_problem(tides, waves)


def test_the_value_of_an_asset_that_stores_none_cannot_be_asked_for():
    @rs.Asset
    def cleanup() -> None: ...

    @rs.Asset
    def waves(cleanup): ...

    assert "annotated `-> None`" in only_problem(cleanup, waves)


def test_an_unknown_partitions_definition_is_named():
    @rs.Asset(partitions_def="day")
    def waves(): ...

    problem = only_problem(waves, partition_defs={"days": DAYS})
    assert "names the partitions definition 'day', which partition_defs does not hold (did you mean 'days'?)" in problem


def test_a_partitions_definition_that_is_none_is_told():
    assert "has a partitions_def that is none: 7" in only_problem(rs.Asset(lambda: 1, name="waves", partitions_def=7))


def test_a_mapping_that_cannot_fit_is_told():
    @rs.Asset(partitions_def=DAYS)
    def gauges(): ...

    @rs.Asset(
        partitions_def=PORTS,
        deps=[rs.AssetDef.input("gauges", partition_mapping=rs.PartitionMapping.time_window(offset=-1))],
    )
    def waves(gauges): ...

    assert "cannot be mapped to its upstream 'gauges': " in only_problem(gauges, waves)


def test_definitions_without_an_obvious_mapping_ask_for_one():
    @rs.Asset(partitions_def=DAYS)
    def gauges(): ...

    @rs.Asset(partitions_def=PORTS)
    def waves(gauges): ...

    assert "name a partition_mapping" in only_problem(gauges, waves)


def test_a_config_that_is_no_pydantic_model_is_told():
    @dataclass
    class Settings:
        height: int = 1

    @rs.Asset
    def waves(context: rs.AssetExecutionContext[Settings]): ...

    assert "must be a pydantic model" in only_problem(waves)


def test_two_config_models_that_differ_are_told():
    class One(BaseModel): ...

    class Other(BaseModel): ...

    @rs.Asset(config=Other)
    def waves(context: rs.AssetExecutionContext[One]): ...

    assert "names two config models" in only_problem(waves)


def test_a_name_that_is_both_asset_and_resource_is_told():
    @rs.Asset
    def waves(tides): ...

    assert "both an asset and a resource" in only_problem(tides, waves, resources={"tides": 1})


def test_an_io_handler_that_is_none_or_unknown_is_told():
    assert "io_handler without handle_output and load_input" in only_problem(rs.Asset(tides.function, io_handler=3))
    named = rs.Asset(tides.function, io_handler="lake")
    assert "names the io_handler 'lake', but there is no such resource" in only_problem(named)


def test_an_unknown_retry_policy_is_told():
    named = rs.Asset(tides.function, retry="patiently")
    assert "names the retry policy 'patiently'" in only_problem(named, retries={"patient": rs.RetryPolicy(2)})
    assert "default_retry_policy names 'often'" in only_problem(tides, default_retry_policy="often")


def test_a_backfill_strategy_that_cannot_be_used_is_told():
    strategy = rs.BackfillStrategy.per_dimension(multi_run=["date"])
    assert "but no partitions" in only_problem(rs.Asset(tides.function, backfill_strategy=strategy))
    daily = rs.Asset(tides.function, backfill_strategy=strategy, partitions_def=DAYS)
    assert "has a backfill_strategy that it cannot use" in only_problem(daily)


def test_a_pool_limit_below_one_is_told():
    assert "limit of the pool 'gauges'" in only_problem(tides, pool_limits={"gauges": 0})


def test_a_context_that_does_not_come_first_is_told():
    @rs.Asset
    def waves(tides, context): ...

    assert "the context comes first" in only_problem(tides, waves)


def test_an_annotated_context_may_stand_anywhere():
    @rs.Asset
    def waves(tides, ctx: rs.AssetExecutionContext): ...

    arguments = rs.CodeRepository(assets=[tides, waves]).definitions.computation("waves").arguments
    assert [(type(one).__name__, one.parameter) for one in arguments] == [
        ("UpstreamArgument", "tides"),
        ("ContextArgument", "ctx"),
    ]


def test_a_decorator_that_was_put_above_no_function_is_told():
    assert "has no function" in only_problem(rs.Asset(name="waves"))


def test_all_problems_of_a_repository_are_told_together():
    @rs.Asset(partitions_def="days", retry="never")
    def waves(tide): ...

    @rs.Asset
    def ebb(flood, wind): ...

    @rs.Asset
    def flood(ebb): ...

    problems = problems_of(tides, waves, ebb, flood)

    assert len(problems) == 5
    assert all(problem.endswith(".") for problem in problems)


def test_resolve_and_definitions_tell_the_same_as_validate():
    @rs.Asset
    def waves(tide): ...

    with pytest.raises(GraphValidationError, match="did you mean 'tides'"):
        rs.CodeRepository(assets=[tides, waves]).definitions  # noqa: B018  # reading it is the act


def test_values_in_memory_that_another_process_must_load_are_refused():
    kept = rs.Asset(tides.function, io_handler=rs.InMemoryIOHandler())

    @rs.Asset
    def waves(tides): ...

    assert rs.CodeRepository(assets=[kept, waves]).definitions.problems_across_processes
    problem = only_problem(kept, waves, default_executor=rs.Executor.parallel(2))
    assert "The asset 'tides' is kept in memory by its io_handler, and 'waves' loads it" in problem


def test_values_in_memory_that_nobody_loads_are_fine_in_other_processes():
    kept = rs.Asset(tides.function, io_handler=rs.InMemoryIOHandler())

    assert rs.CodeRepository(assets=[kept], default_executor=rs.Executor.parallel()).definitions.assets


def test_a_self_dependency_in_memory_is_refused_in_other_processes():
    @rs.Asset(io_handler=rs.InMemoryIOHandler())
    def total(self: rs.SelfDependency[int]): ...

    assert "its next run loads it" in only_problem(total, default_executor=rs.Executor.parallel())


def test_an_unknown_asset_is_offered_those_that_were_meant():
    with pytest.raises(AssetNotFoundError, match="There is no asset 'tide' \\(did you mean 'tides'\\?\\)"):
        rs.CodeRepository(assets=[tides]).definitions.steps(["tide"])


def test_kubernetes_is_refused_with_the_line():
    with pytest.raises(ConfigurationError, match=r"test_problems\.py:.*Kubernetes"):
        rs.Executor.kubernetes(worker_image="x")
