"""Runs in this process: threads can be asked to stop, the calling thread does one run after another."""

from __future__ import annotations

import sys
import threading

import pytest

from rivers_core.executors.permits import PoolPermits
from rivers_core.states import RunState
from rivers_core.steps.task import ReturnReason
from tests.core.executors.driving import grids_of, task_of

WAITING = """
@rs.Asset(partitions_def=days)
def rain(context):
    (HERE / f"begun_{context.partition_key}").touch()
    while not (HERE / "go").exists() and not context.canceled:
        time.sleep(0.002)
    return 1
"""


def test_a_thread_is_asked_to_stop_and_a_waiting_run_never_starts(drive_here):
    driver = drive_here("threads", WAITING, "rain", max_workers=1)
    driver.submit(task_of(1, "rain"), task_of(2, "rain", ordinals=[1]))
    driver.until_started(1)
    driver.executor.stop([1, 2])
    outcomes = driver.until_ended(1, 2)
    assert [outcome.state for outcome in outcomes] == [RunState.CANCELED] * 2
    assert [outcome.outputs for outcome in outcomes] == [(), ()]
    assert driver.started == {1}


def test_waiting_runs_of_threads_can_be_recalled(drive_here, tmp_path):
    driver = drive_here("threads", WAITING, "rain", max_workers=1)
    driver.submit(task_of(1, "rain"), task_of(2, "rain", ordinals=[1]))
    driver.until_started(1)
    driver.executor.recall()
    driver.until(lambda: bool(driver.returned))
    assert (driver.returned[0].run_numbers, driver.returned[0].reason) == ((2,), ReturnReason.RECALLED)
    (tmp_path / "project" / "go").touch()
    assert driver.until_ended(1)[0].state is RunState.COMPLETED


def test_no_more_threads_run_than_are_wanted(drive_here, tmp_path):
    driver = drive_here("threads", WAITING, "rain", max_workers=4)
    driver.wanted = 2
    driver.executor.capacity(2)
    driver.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(4)))
    driver.until_started(0, 1)
    assert driver.started == {0, 1}
    (tmp_path / "project" / "go").touch()
    driver.until_ended(*range(4))


def test_a_closed_thread_executor_leaves_no_thread(drive_here):
    before = set(threading.enumerate())
    driver = drive_here("threads", WAITING, "rain")
    driver.submit(task_of(1, "rain"))
    driver.until_started(1)
    driver.executor.close()
    assert set(threading.enumerate()) == before


def test_executors_of_one_repository_share_its_pools(drive_here, tmp_path):
    code = WAITING.replace("partitions_def=days", "partitions_def=days, pool='gate'") + (
        "\nrepo = rs.CodeRepository([rain], pool_limits={'gate': 1})\n"
    )
    permits = PoolPermits({"gate": 1})
    one = drive_here("threads", code, "rain", permits=permits)
    other = drive_here("threads", code, "rain", permits=permits)
    one.submit(task_of(1, "rain", ordinals=[0]))
    one.until_started(1)
    other.submit(task_of(2, "rain", ordinals=[1]))
    other.reports += other.executor.collect(0)
    assert other.started == set()
    (tmp_path / "project" / "go").touch()
    other.until_ended(2)


def test_resources_are_set_up_once_and_torn_down_at_the_end(drive_here, tmp_path):
    driver = drive_here(
        "threads",
        """
        class Gauge(rs.Resource):
            def setup(self):
                with open(HERE / "told", "a") as told:
                    told.write("up ")

            def teardown(self):
                with open(HERE / "told", "a") as told:
                    told.write("down")

        @rs.Asset(partitions_def=days)
        def rain(gauge):
            return 1

        repo = rs.CodeRepository([rain], resources={"gauge": Gauge()})
        """,
        "rain",
    )
    driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(5)))
    driver.executor.close()
    assert (tmp_path / "project" / "told").read_text() == "up down"


def test_the_calling_thread_runs_within_submit(drive_here):
    driver = drive_here(
        "in_process",
        "import threading\n\n@rs.Asset(partitions_def=days)\ndef rain(context):\n"
        "    context.log.info(threading.current_thread().name)\n",
        "rain",
    )
    driver.submit(task_of(1, "rain"), task_of(2, "rain"))
    driver.reports += driver.executor.collect(0)
    assert set(driver.outcomes) == {1, 2}
    assert driver.texts(1, "log") == [threading.current_thread().name]


def test_a_wake_gives_back_what_has_not_begun(drive_here):
    driver = drive_here(
        "in_process", "@rs.Asset(partitions_def=days)\ndef rain():\n    rs.woken.wake()\n", grids=grids_of("rain")
    )
    import rivers_core

    rivers_core.woken = driver.executor
    try:
        driver.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(3)))
    finally:
        del rivers_core.woken
    driver.reports += driver.executor.collect(0)
    assert set(driver.outcomes) == {0}
    assert driver.returned[0].run_numbers == (1, 2)


def test_ctrl_c_reaches_the_script(drive_here):
    driver = drive_here(
        "in_process", "@rs.Asset(partitions_def=days)\ndef rain():\n    raise KeyboardInterrupt\n", "rain"
    )
    with pytest.raises(KeyboardInterrupt):
        driver.submit(task_of(1, "rain"))


def test_the_streams_are_given_back(drive_here):
    before = (sys.stdout, sys.stderr)
    driver = drive_here("threads", WAITING, "rain")
    assert sys.stdout is not before[0]
    driver.executor.close()
    assert (sys.stdout, sys.stderr) == before
