"""One run: its steps in order, what they take and give, and what happens when something fails."""

from __future__ import annotations

import time

import pytest
from pydantic import BaseModel, SecretStr

import rivers_core as rs
from rivers_core.states import RunState
from tests.core.steps.running import DAYS, MONTHS, Bench, failed, states, stored

FINE, FAILED, CANCELED = RunState.COMPLETED, RunState.FAILED, RunState.CANCELED


@rs.Asset(partitions_def=DAYS)
def rain(context):
    return int(context.partition_key[-2:])


def test_steps_run_upstream_first_and_hand_values_on():
    @rs.Asset(partitions_def=DAYS)
    def flood(rain):
        return rain * 10

    bench = Bench(flood, rain)
    outcome = bench.run("flood", "rain", ordinals=[6])
    assert outcome.state is FINE
    assert states(outcome) == [("rain", "completed"), ("flood", "completed")]
    assert stored(outcome) == {"rain": [6], "flood": [6]}
    assert bench.value("flood", 6) == 70
    assert bench.watch.progress == [(["rain"], ["rain"])]


def test_async_functions_and_generators_work():
    @rs.Asset(partitions_def=DAYS)
    async def rain(context):
        return context.partition_key

    @rs.Asset(partitions_def=DAYS)
    def flood(rain):
        yield rs.Output(rain + "!", metadata={"level": 3})

    outcome = Bench(rain, flood).run("rain", "flood", ordinals=[1])
    assert outcome.state is FINE
    assert outcome.outputs[1].metadata == {"level": 3}


def test_a_missing_upstream_value_fails_the_partition_and_is_named():
    @rs.Asset(partitions_def=DAYS)
    def flood(rain):
        return rain

    outcome = Bench(rain, flood).run("flood", ordinals=[2])
    assert outcome.state is FAILED
    assert outcome.error.kind == "MissingValueError"
    assert outcome.error.message == (
        "rain has no stored output for 2024-01-03, which flood needs; materialize it first."
    )
    assert outcome.error.traceback == ""


def test_a_key_that_the_upstream_does_not_have_is_named():
    shorter = rs.PartitionsDefinition.daily(start=DAYS.start, end=DAYS.start.replace(day=3))

    @rs.Asset(partitions_def=shorter)
    def gauge():
        return 1

    @rs.Asset(partitions_def=DAYS, deps=[rs.AssetDef.input("gauge", rs.PartitionMapping.identity())])
    def flood(gauge):
        return gauge

    bench = Bench(gauge, flood)
    bench.run("gauge", ordinals=[0, 1], batched=True)
    outcome = bench.run("flood", ordinals=[5])
    assert outcome.error.message == "flood needs gauge for 2024-01-06, but gauge has no such partition."
    batch = bench.run("flood", ordinals=[1, 5], batched=True)
    assert stored(batch) == {"flood": [1]}
    assert failed(batch) == {("flood", 5): "flood needs gauge for 2024-01-06, but gauge has no such partition."}


def test_in_a_batch_only_partitions_without_their_upstream_fail():
    @rs.Asset(partitions_def=DAYS)
    def flood(context, rain):
        assert [str(key) for key in rain] == [str(key) for key in context.partition.keys]
        return {key: value * 10 for key, value in rain.items()}

    bench = Bench(rain, flood)
    for ordinal in (0, 2):
        bench.run("rain", ordinals=[ordinal])
    outcome = bench.run("flood", ordinals=[0, 1, 2], batched=True)
    assert outcome.state is FINE
    assert stored(outcome) == {"flood": [0, 2]}
    assert failed(outcome) == {
        ("flood", 1): "rain for 2024-01-02 has no stored output, which flood needs; materialize it first."
    }


def test_a_batch_of_which_nothing_can_be_computed_fails():
    @rs.Asset(partitions_def=DAYS)
    def flood(rain):
        raise AssertionError("this is never called")

    outcome = Bench(rain, flood).run("flood", ordinals=[0, 1], batched=True)
    assert (outcome.state, outcome.error.kind) == (FAILED, "UpstreamFailed")
    assert set(failed(outcome)) == {("flood", 0), ("flood", 1)}


def test_allow_missing_gives_what_there_is():
    seen = []

    @rs.Asset(partitions_def=MONTHS, deps=[rs.AssetDef.input("rain", allow_missing=True)])
    def report(rain):
        seen.append({str(key): value for key, value in rain.items()})

    bench = Bench(rain, report)
    bench.run("rain", ordinals=[0])
    bench.run("rain", ordinals=[30])
    assert bench.run("report", ordinals=[0]).state is FINE
    assert bench.run("report", ordinals=[1]).state is FINE
    assert seen == [{"2024-01-01": 1, "2024-01-31": 31}, {}]


def test_a_month_takes_its_days():
    @rs.Asset(partitions_def=MONTHS)
    def report(rain):
        return sum(rain.values())

    bench = Bench(rain, report)
    for ordinal in range(31):
        bench.run("rain", ordinals=[ordinal])
    assert bench.run("report", ordinals=[0]).state is FINE
    assert bench.value("report") == sum(range(1, 32))


def test_marks_in_a_batch_reach_what_lies_downstream_in_the_run():
    @rs.Asset(partitions_def=DAYS)
    def gauge(context):
        context.mark_partition_failed("2024-01-02", "frozen")
        return dict.fromkeys(context.partition.keys, 1)

    @rs.Asset(partitions_def=DAYS)
    def flood(gauge):
        return gauge

    @rs.Asset(partitions_def=DAYS)
    def alarm(flood):
        return flood

    outcome = Bench(gauge, flood, alarm).run("gauge", "flood", "alarm", ordinals=[0, 1], batched=True)
    assert outcome.state is FINE
    assert stored(outcome) == {"gauge": [0], "flood": [0], "alarm": [0]}
    assert failed(outcome) == {
        ("gauge", 1): "frozen",
        ("flood", 1): "gauge for 2024-01-02 failed in the same run: frozen",
        ("alarm", 1): (
            "flood for 2024-01-02 failed in the same run: gauge for 2024-01-02 failed in the same run: frozen"
        ),
    }


def test_a_mark_in_a_run_that_is_not_batched_changes_nothing_and_warns():
    @rs.Asset(partitions_def=DAYS)
    def gauge(context):
        context.mark_partition_failed(context.partition.key, "frozen")
        return 1

    outcome = Bench(gauge).run("gauge", ordinals=[0])
    assert outcome.state is FINE
    assert stored(outcome) == {"gauge": [0]}
    assert len(outcome.warnings) == 1
    assert "not batched" in outcome.warnings[0]


def test_marks_are_told_even_when_the_whole_run_fails():
    @rs.Asset(partitions_def=DAYS)
    def gauge(context):
        context.mark_partition_failed("2024-01-02", "frozen")
        raise OSError("no power")

    outcome = Bench(gauge).run("gauge", ordinals=[0, 1], batched=True)
    assert (outcome.state, outcome.error.summary) == (FAILED, "OSError: no power")
    assert failed(outcome) == {("gauge", 1): "frozen"}


def test_steps_that_hang_on_a_failed_one_are_not_run_and_others_are():
    @rs.Asset(partitions_def=DAYS)
    def gauge():
        raise OSError("no power")

    @rs.Asset(partitions_def=DAYS)
    def flood(gauge):
        raise AssertionError("this is never called")

    bench = Bench(gauge, flood, rain)
    outcome = bench.run("gauge", "flood", "rain", ordinals=[0])
    assert outcome.state is FAILED
    assert outcome.error.summary == "OSError: no power"
    assert dict(states(outcome)) == {"gauge": "failed", "flood": "failed", "rain": "completed"}
    assert stored(outcome) == {"rain": [0]}
    errors = {step.name: step.error for step in outcome.steps}
    assert errors["flood"].summary == "UpstreamFailed: gauge failed in the same run: OSError: no power"


def test_an_upstream_failure_is_told_for_assets_without_partitions_too():
    @rs.Asset
    def station():
        raise OSError("no power")

    @rs.Asset
    def dial(station):
        return station

    outcome = Bench(station, dial).run("station", "dial")
    assert outcome.state is FAILED
    assert dict(states(outcome)) == {"station": "failed", "dial": "failed"}


def test_multi_assets_give_the_outputs_that_are_wanted():
    @rs.Asset.from_multi(output_defs=[rs.AssetDef("low"), rs.AssetDef("high", code_version="2")])
    def tides(context):
        yield rs.Output(1, output_name="low")
        if "high" in context.output_selection:
            yield rs.Output(5, output_name="high", data_version="v9")

    bench = Bench(tides)
    outcome = bench.run("low", "high")
    assert [(one.asset, one.code_version, one.data_version) for one in outcome.outputs] == [
        ("low", None, None),
        ("high", "2", "v9"),
    ]
    assert states(outcome) == [("tides", "completed")]
    assert [one.asset for one in bench.run("low").outputs] == ["low"]


def test_outputs_that_came_before_an_error_are_kept():
    @rs.Asset.from_multi(output_defs=[rs.AssetDef("low"), rs.AssetDef("high")])
    def tides():
        yield rs.Output(1, output_name="low")
        raise OSError("washed away")

    @rs.Asset
    def shallows(low):
        return low

    @rs.Asset
    def flood(high):
        return high

    outcome = Bench(tides, shallows, flood).run("low", "high", "shallows", "flood")
    assert outcome.state is FAILED
    assert set(stored(outcome)) == {"low", "shallows"}
    assert dict(states(outcome))["flood"] == "failed"


def test_a_multi_asset_that_raises_after_its_last_output_has_failed():
    @rs.Asset.from_multi(
        output_defs=[rs.AssetDef("low", partitions_def=DAYS), rs.AssetDef("high", partitions_def=DAYS)]
    )
    def tides():
        yield rs.Output(1, output_name="low")
        yield rs.Output(2, output_name="high")
        raise OSError("washed away")

    for selection in (("low", "high"), ("low",)):
        outcome = Bench(tides).run(*selection, ordinals=[0])
        assert outcome.state is FAILED
        assert stored(outcome) == {}


def test_a_dict_with_an_output_that_does_not_exist_stores_nothing():
    @rs.Asset.from_multi(output_defs=[rs.AssetDef("low"), rs.AssetDef("high")])
    def tides():
        return {"low": 1, "high": 2, "ebb": 3}

    outcome = Bench(tides).run("low", "high")
    assert outcome.error.message == "tides gave an output 'ebb', but its outputs are low, high."
    assert stored(outcome) == {}


def test_graph_assets_run_their_tasks_as_steps():
    @rs.Task
    def double(value):
        return value * 2

    @rs.Task
    def total(left, right):
        return left + right

    @rs.Asset.from_graph(partitions_def=DAYS)
    def sums(rain):
        once = double(rain)
        return total(once, double(once))

    bench = Bench(rain, sums)
    bench.run("rain", ordinals=[4])
    outcome = bench.run("sums", ordinals=[4])
    assert [step.name for step in outcome.steps] == ["sums/double", "sums/double_2", "sums/total", "sums"]
    assert [step.assets for step in outcome.steps] == [(), (), (), ("sums",)]
    assert bench.value("sums", 4) == 30


def test_a_task_is_retried_by_itself_and_its_error_is_the_graphs():
    tries = []

    @rs.Task(retry=rs.RetryPolicy(max_retries=2))
    def flaky():
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("no line")
        return 1

    @rs.Task
    def hopeless(value):
        raise ValueError("never")

    @rs.Asset.from_graph
    def sums():
        return hopeless(flaky())

    outcome = Bench(sums).run("sums")
    assert [(step.name, step.attempts, str(step.state)) for step in outcome.steps] == [
        ("sums/flaky", 3, "completed"),
        ("sums/hopeless", 1, "failed"),
        ("sums", 1, "failed"),
    ]
    assert outcome.error.summary == "ValueError: never"


def test_an_asset_gets_its_own_last_value():
    seen = []

    @rs.Asset(partitions_def=DAYS)
    def level(self: rs.SelfDependency[int]):
        seen.append((self.exists, self.get_inner()))
        return (self.get_inner() or 0) + 1

    bench = Bench(level)
    for ordinal in (0, 0, 1):
        bench.run("level", ordinals=[ordinal])
    assert seen == [(False, None), (True, 1), (False, None)]


def test_a_batch_without_any_last_value_is_told_so():
    seen = []

    @rs.Asset(partitions_def=DAYS)
    def level(context, self: rs.SelfDependency[dict[str, int]]):
        seen.append((self.exists, dict(self.get_inner())))
        return dict.fromkeys(context.partition.keys, 1)

    bench = Bench(level)
    bench.run("level", ordinals=[0, 1], batched=True)
    bench.run("level", ordinals=[1, 2], batched=True)
    assert [exists for exists, _ in seen] == [False, True]
    assert seen[0][1] == {}


def test_a_batch_of_tables_without_any_last_value_is_told_so():
    pandas = pytest.importorskip("pandas")
    seen = []

    @rs.Asset(partitions_def=DAYS)
    def level(self: rs.SelfDependency[pandas.DataFrame]) -> pandas.DataFrame:
        seen.append((self.exists, self.get_inner()))
        return pandas.DataFrame({"meters": [3]})

    bench = Bench(level)
    for _ in range(2):
        assert bench.run("level", ordinals=[0, 1], batched=True).state is FINE
    assert seen[0] == (False, None)
    assert seen[1][0]
    assert list(seen[1][1]["meters"]) == [3]


def test_resources_come_by_name():
    class Gauge(rs.Resource):
        scale: int

    @rs.Asset
    def reading(context, gauge):
        return gauge.scale + context.resources["gauge"].scale

    bench = Bench(reading, resources={"gauge": Gauge(scale=2)})
    assert bench.run("reading").state is FINE
    assert bench.value("reading") == 4


def test_retries_follow_the_policy_and_the_runs_own_wins():
    tries = []

    @rs.Asset(retry=rs.RetryPolicy(max_retries=2, backoff=rs.Backoff.linear(5)))
    def reading():
        tries.append(1)
        raise ConnectionError("no line")

    bench = Bench(reading)
    outcome = bench.run("reading")
    assert (outcome.state, outcome.steps[0].attempts, bench.watch.waits) == (FAILED, 3, [5, 10])
    assert "reading is tried again in 5.0 s (retry 1 of 2)." in bench.texts()
    outcome = bench.run("reading", retry=rs.RetryPolicy(max_retries=0).to_spec())
    assert outcome.steps[0].attempts == 1


def test_only_the_kinds_of_error_that_the_policy_names_are_retried():
    @rs.Asset(retry=rs.RetryPolicy(max_retries=5, retry_on=rs.RetryOn.TRANSIENT))
    def reading():
        raise ValueError("wrong unit")

    assert Bench(reading).run("reading").steps[0].attempts == 1


def test_a_run_canceled_while_it_waits_is_canceled():
    @rs.Asset(retry=rs.RetryPolicy(max_retries=5, backoff=rs.Backoff.constant(60)))
    def reading():
        bench.watch.canceled = True
        raise ConnectionError("no line")

    bench = Bench(reading)
    outcome = bench.run("reading")
    assert (outcome.state, outcome.error, outcome.outputs) == (CANCELED, None, ())


def test_code_that_looks_at_canceled_stores_nothing():
    @rs.Asset
    def reading(context):
        bench.watch.canceled = True
        assert context.canceled
        return "half"

    @rs.Asset
    def later(reading):
        return reading

    bench = Bench(reading, later)
    outcome = bench.run("reading", "later")
    assert outcome.state is CANCELED
    assert states(outcome) == [("reading", "canceled")]
    assert bench.value("reading") is None


def test_a_step_over_its_time_is_asked_to_stop_and_fails():
    @rs.Asset(timeout_seconds=0.01)
    def reading(context):
        while not context.canceled:
            time.sleep(0.001)
        return 1

    outcome = Bench(reading).run("reading")
    assert outcome.error.summary == "StepTimeoutError: reading ran longer than its timeout of 0.01 seconds."


@pytest.mark.parametrize("ending", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_code_that_ends_the_program_fails_its_run_only(ending):
    @rs.Asset
    def reading():
        raise ending

    outcome = Bench(reading).run("reading")
    assert (outcome.state, outcome.error.kind) == (FAILED, type(ending).__name__)


def test_metadata_and_versions_reach_the_outcome():
    @rs.Asset(partitions_def=DAYS, code_version="7")
    def gauge(context):
        context.add_output_metadata({"rows": 3})
        context.add_output_metadata({"mm": 5}, key="2024-01-02")
        context.register_data_version("d1")
        return dict.fromkeys(context.partition.keys, 1)

    (output,) = Bench(gauge).run("gauge", ordinals=[0, 1], batched=True).outputs
    assert (output.code_version, output.data_version) == ("7", "d1")
    assert (dict(output.metadata), {k: dict(v) for k, v in output.key_metadata.items()}) == (
        {"rows": 3},
        {1: {"mm": 5}},
    )


def test_config_reaches_the_context_and_a_wrong_one_fails_the_run():
    class Settings(BaseModel):
        depth: int = 1

    @rs.Asset
    def reading(context: rs.AssetExecutionContext[Settings]):
        return context.config.depth

    bench = Bench(reading)
    assert bench.run("reading", config={"reading": {"depth": 4}}).state is FINE
    assert bench.value("reading") == 4
    outcome = bench.run("reading", config={"reading": {"depth": "deep"}})
    assert outcome.state is FAILED
    assert "depth" in outcome.error.message


def test_secrets_of_resources_and_configs_are_covered():
    class Access(BaseModel):
        token: SecretStr

    class Vault(rs.Resource):
        password: SecretStr

    @rs.Asset
    def reading(context: rs.AssetExecutionContext[Access], vault):
        context.log.info("with %s and %s", context.config.token.get_secret_value(), vault.password.get_secret_value())
        raise ValueError(context.config.token.get_secret_value())

    bench = Bench(reading, resources={"vault": Vault(password="mellon-mellon")})
    outcome = bench.run("reading", config={"reading": {"token": "open-sesame"}})
    assert outcome.error.message == "**********"
    assert bench.texts("log") == ["with ********** and **********"]
    assert not any("open-sesame" in line.text for line in bench.log)


def test_an_asset_that_the_code_no_longer_has_fails_the_run():
    outcome = Bench(rain).run("rain", "snow")
    assert (outcome.state, outcome.error.kind) == (FAILED, "AssetNotFoundError")
