"""What holds for runs wherever they are carried out."""

from __future__ import annotations

from rivers_core.states import RunState
from rivers_core.steps.task import LogLine, RunOutcome, RunStarted
from tests.core.executors.driving import grids_of, task_of

RAIN = """
@rs.Asset(partitions_def=days)
def rain(context):
    print("measured", context.partition_key)
    print("to stderr", file=sys.stderr)
    context.log.warning("gauge %s", 7)
    return context.partition_key

@rs.Asset(partitions_def=days)
def flood(context, rain: str):
    return rain + "!"

@rs.Asset(partitions_def=days)
def broken():
    raise ValueError("no gauge")
"""


def test_every_task_is_answered_once_with_what_it_stored(drive):
    driver = drive(RAIN, "rain", "flood", "broken")
    outcomes = driver.run(*(task_of(number, "rain", "flood", ordinals=[number]) for number in range(20)))
    assert [outcome.state for outcome in outcomes] == [RunState.COMPLETED] * 20
    assert [[output.asset for output in outcome.outputs] for outcome in outcomes] == [["rain", "flood"]] * 20
    assert [list(outcome.outputs[1].subset) for outcome in outcomes] == [[number] for number in range(20)]
    assert sum(isinstance(report, RunOutcome) for report in driver.reports) == 20


def test_reports_of_a_run_come_in_order(drive):
    driver = drive(RAIN, "rain", "flood", "broken")
    driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(4)))
    for number in range(4):
        kinds = [type(report) for report in driver.reports if report.run_number == number]
        assert kinds[0] is RunStarted
        assert kinds[-1] is RunOutcome
        assert set(kinds[1:-1]) == {LogLine}


def test_what_a_run_prints_and_logs_is_its_own(drive):
    driver = drive(RAIN, "rain", "flood", "broken")
    driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(6)))
    for number in range(6):
        assert driver.texts(number, "stdout") == [f"measured 2024-01-0{number + 1}"]
        assert driver.texts(number, "stderr") == ["to stderr"]
        assert [(line.level, line.text) for line in driver.lines(number) if line.source == "log"] == [
            ("warning", "gauge 7")
        ]


def test_an_error_of_user_code_fails_its_run_and_shows_only_user_frames(drive):
    driver = drive(RAIN, "rain", "flood", "broken")
    failed, fine = driver.run(task_of(1, "broken"), task_of(2, "rain"))
    assert (failed.state, fine.state) == (RunState.FAILED, RunState.COMPLETED)
    assert (failed.error.kind, failed.error.message) == ("ValueError", "no gauge")
    assert 'raise ValueError("no gauge")' in failed.error.traceback
    assert "rivers_core" not in failed.error.traceback
    assert failed.error.traceback.rstrip() in "\n".join(driver.texts(1, "rivers"))


def test_a_batched_run_keeps_marked_partitions_apart(drive):
    driver = drive(
        """
        @rs.Asset(partitions_def=days)
        def rain(context):
            context.mark_partition_failed("2024-01-02", "no gauge")
            return {key: str(key) for key in context.partition.keys}

        @rs.Asset(partitions_def=days)
        def flood(context, rain):
            return {key: value + "!" for key, value in rain.items()}
        """,
        "rain",
        "flood",
    )
    (outcome,) = driver.run(task_of(1, "rain", "flood", ordinals=[0, 1, 2], batched=True))
    assert outcome.state is RunState.COMPLETED
    assert {output.asset: list(output.subset) for output in outcome.outputs} == {"rain": [0, 2], "flood": [0, 2]}
    failures = {(failure.asset, failure.ordinal): failure.message for failure in outcome.failures}
    assert failures == {
        ("rain", 1): "no gauge",
        ("flood", 1): "rain for 2024-01-02 failed in the same run: no gauge",
    }


def test_assets_without_partitions_run_too(drive):
    driver = drive("@rs.Asset\ndef station():\n    return 'here'\n", grids=grids_of())
    (outcome,) = driver.run(task_of(1, "station", ordinals=None))
    assert outcome.state is RunState.COMPLETED
    assert [(output.asset, len(output.subset)) for output in outcome.outputs] == [("station", 0)]


def test_pools_limit_how_many_runs_hold_them(drive):
    driver = drive(
        """

        @rs.Asset(partitions_def=days, pool="gate")
        def rain(context):
            (HERE / "gate").mkdir()  # fails if it is there already
            (HERE / "gate").rmdir()
            return 1

        repo = rs.CodeRepository([rain], pool_limits={"gate": 1})
        """,
        "rain",
    )
    outcomes = driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(60)))
    assert {outcome.state for outcome in outcomes} == {RunState.COMPLETED}


def test_nothing_begins_after_a_failure_where_that_stops_everything(drive):
    driver = drive(RAIN, "rain", "broken", stops_at_failure=True)
    driver.executor.capacity(1)
    driver.submit(task_of(0, "broken"), *(task_of(number, "rain", ordinals=[number]) for number in range(1, 9)))
    driver.until_ended(0)
    driver.executor.stop(range(9))
    driver.until(
        lambda: (
            set(driver.outcomes) | {one for report in driver.returned for one in report.run_numbers} == set(range(9))
        )
    )
    assert driver.started == {0}
