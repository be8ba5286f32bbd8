"""Runs on a real Dask cluster of two processes."""

from __future__ import annotations

import os
import signal

import pytest

from rivers_core.exceptions import ConfigurationError, ExecutionError
from rivers_core.executors.dask import DaskExecutor
from rivers_core.location.pool import WorkerPool
from rivers_core.states import RunState
from rivers_core.steps.task import ReturnReason
from tests.core.executors.driving import Driver, grids_of, task_of


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as started:
        yield started.scheduler_address


@pytest.fixture
def drive_cluster(cluster, write_project):
    drivers, projects = [], {}

    def make(code: str, *assets: str, fingerprint: str | None = None, stops_at_failure: bool = False) -> Driver:
        project = projects[code] if code in projects else projects.setdefault(code, write_project(code))
        with WorkerPool(project, slots=1) as pool:
            spec = pool.spec()
        executor = DaskExecutor(cluster, project, spec, fingerprint=fingerprint or spec.code_fingerprint)
        drivers.append(Driver(executor, grids_of(*assets), wanted=4, stops_at_failure=stops_at_failure))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.executor.close()


RAIN = """
@rs.Asset(partitions_def=days)
def rain(context):
    import rivers
    print("measured", context.partition_key)
    if context.partition_key == "2024-01-03":
        raise ValueError("no gauge")
    return context.partition_key

@rs.Asset(partitions_def=days)
def endless(context):
    while not context.canceled:
        time.sleep(0.01)
"""


# Each run notes its process and waits for a file.
GATED = """
@rs.Asset(partitions_def=days)
def gated(context):
    with (HERE / "begun").open("a") as begun:
        begun.write(f"{os.getpid()}\\n")
    while not (HERE / "open").exists() and not context.canceled:
        time.sleep(0.01)
    return 1
"""


def test_runs_of_a_cluster_are_answered_like_all_others(drive_cluster, tmp_path):
    driver = drive_cluster(RAIN, "rain", "endless")
    outcomes = driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(6)))
    assert [outcome.state for outcome in outcomes] == [
        RunState.FAILED if number == 2 else RunState.COMPLETED for number in range(6)
    ]
    assert outcomes[2].error.summary == "ValueError: no gauge"
    for number in range(6):
        assert driver.texts(number, "stdout") == [f"measured 2024-01-0{number + 1}"]
    assert any("2024-01-01" in path.name for path in (tmp_path / "project" / ".rivers").rglob("*"))


def test_running_ones_are_asked_to_stop_and_waiting_ones_never_start(drive_cluster):
    driver = drive_cluster(RAIN, "rain", "endless")
    driver.submit(*(task_of(number, "endless", ordinals=[number]) for number in range(4)))
    driver.until(lambda: len(driver.started) == 2)
    driver.executor.stop(range(4))
    outcomes = driver.until_ended(*range(4))
    assert {outcome.state for outcome in outcomes} == {RunState.CANCELED}
    assert len(driver.started) == 2


def test_waiting_runs_can_be_recalled(drive_cluster):
    driver = drive_cluster(RAIN, "rain", "endless")
    driver.submit(*(task_of(number, "endless", ordinals=[number]) for number in range(4)))
    driver.until(lambda: len(driver.started) == 2)
    driver.executor.recall()
    driver.until(lambda: sum(len(one.run_numbers) for one in driver.returned) == 2)
    assert {number for one in driver.returned for number in one.run_numbers} == set(range(4)) - driver.started
    assert {one.reason for one in driver.returned} == {ReturnReason.RECALLED}


def test_other_code_than_was_planned_gives_the_tasks_back(drive_cluster):
    driver = drive_cluster(RAIN, "rain", "endless", fingerprint="another")
    driver.submit(task_of(1, "rain"))
    driver.until(lambda: bool(driver.returned))
    assert driver.returned[0].reason is ReturnReason.CODE_CHANGED
    assert driver.executor.capacity(4) == 0


def test_a_cluster_that_is_not_there_is_told(write_project, monkeypatch):
    monkeypatch.setattr("rivers_core.executors.dask.CONNECT_SECONDS", 0.5)
    project = write_project(RAIN)
    with WorkerPool(project, slots=1) as pool:
        executor = DaskExecutor("tcp://127.0.0.1:1", project, pool.spec())
    with pytest.raises(ConfigurationError, match="There is no Dask scheduler at tcp"):
        executor.open(grids_of("rain"))
    executor.close()


def test_nothing_begins_in_a_cluster_after_a_failure_where_that_stops_everything(drive_cluster):
    driver = drive_cluster(RAIN, "rain", "endless", stops_at_failure=True)
    driver.submit(*(task_of(number, "rain", ordinals=[2]) for number in range(30)))
    driver.until(lambda: len(driver.outcomes) + sum(len(one.run_numbers) for one in driver.returned) == 30)
    assert len(driver.started) <= 2
    assert {outcome.state for outcome in driver.outcomes.values()} == {RunState.FAILED}


def test_a_run_that_was_recalled_can_be_sent_again(drive_cluster, tmp_path):
    driver = drive_cluster(GATED, "gated")
    tasks = [task_of(number, "gated", ordinals=[number]) for number in range(4)]
    driver.submit(*tasks)
    driver.until(lambda: len(driver.started) == 2)
    driver.executor.recall()
    driver.until(lambda: sum(len(one.run_numbers) for one in driver.returned) == 2)
    (tmp_path / "project" / "open").touch()
    returned = {number for one in driver.returned for number in one.run_numbers}
    driver.submit(*(task for task in tasks if task.run_number in returned))
    assert {outcome.state for outcome in driver.until_ended(*range(4))} == {RunState.COMPLETED}


def test_two_backfills_share_a_cluster_without_hearing_of_each_other(drive_cluster, tmp_path):
    first = drive_cluster(GATED, "gated")
    second = drive_cluster(GATED, "gated")
    first.submit(*(task_of(number, "gated", ordinals=[number]) for number in range(4)))
    second.submit(*(task_of(number, "gated", ordinals=[number]) for number in range(10, 14)))
    (tmp_path / "project" / "open").touch()
    assert {outcome.state for outcome in first.until_ended(*range(4))} == {RunState.COMPLETED}
    assert {outcome.state for outcome in second.until_ended(*range(10, 14))} == {RunState.COMPLETED}
    assert (first.started, second.started) == (set(range(4)), set(range(10, 14)))


def test_a_worker_that_is_killed_costs_no_run(drive_cluster, tmp_path):
    driver = drive_cluster(GATED, "gated")
    project = tmp_path / "project"
    driver.submit(*(task_of(number, "gated", ordinals=[number]) for number in range(6)))
    begun = project / "begun"
    driver.until(lambda: len(driver.started) == 2 and begun.exists() and len(begun.read_text().split()) == 2)
    for process in map(int, begun.read_text().split()):
        os.kill(process, signal.SIGKILL)  # every worker: what they share is lost with them
    (project / "open").touch()
    assert {outcome.state for outcome in driver.until_ended(*range(6))} == {RunState.COMPLETED}


def test_a_cluster_that_ends_in_the_middle_is_told(write_project, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    project = write_project(GATED)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        with WorkerPool(project, slots=1) as pool:
            executor = DaskExecutor(cluster.scheduler_address, project, pool.spec())
        driver = Driver(executor, grids_of("gated"))
        driver.submit(task_of(1, "gated"))
        driver.until_started(1)
    with pytest.raises(ExecutionError, match=r"was lost\. Resume the backfill when the cluster is there again"):
        driver.until_ended(1)
    executor.close()
