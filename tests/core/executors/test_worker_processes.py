"""Worker processes survive whatever user code does: they cost one run, and can be stopped."""

from __future__ import annotations

import os
import time

import psutil

from rivers_core.states import RunState
from rivers_core.steps.task import ReturnReason
from tests.core.executors.conftest import outputs_of
from tests.core.executors.driving import grids_of, task_of

CRASHING = """
@rs.Asset(partitions_def=days)
def rain(context):
    if context.partition_key == "2024-01-03":
        os._exit(3)
    return 1
"""

ENDLESS = """
@rs.Asset(partitions_def=days)
def rain(context):
    (HERE / f"pid_{context.partition_key}").write_text(str(os.getpid()))
    print("about to turn")
    while True:
        pass
"""


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


def read_pid(pool, name: str) -> int:
    return int((pool.project.folder / name).read_text())


def test_a_process_that_exits_in_the_middle_costs_one_run(drive_workers):
    driver = drive_workers(CRASHING, "rain")
    outcomes = driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(8)))
    assert [outcome.state for outcome in outcomes] == [
        RunState.FAILED if number == 2 else RunState.COMPLETED for number in range(8)
    ]
    assert outcomes[2].error.message == "The worker process ended by itself with exit code 3 while it ran rain."
    assert outcomes[2].error.kind == "WorkerDied"


def test_a_killed_process_is_told_by_its_signal(drive_workers):
    driver = drive_workers("@rs.Asset(partitions_def=days)\ndef rain():\n    os.kill(os.getpid(), 9)\n", "rain")
    (outcome,) = driver.run(task_of(1, "rain"))
    assert outcome.state is RunState.FAILED
    assert "was ended by signal 9, SIGKILL (out of memory?) while it ran rain" in outcome.error.message


def test_steps_that_ended_before_the_process_did_are_kept(drive_workers):
    driver = drive_workers(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            return 1

        @rs.Asset(partitions_def=days)
        def flood(rain):
            os._exit(1)
        """,
        "rain",
        "flood",
    )
    (outcome,) = driver.run(task_of(1, "rain", "flood", ordinals=[4]))
    assert outcome.state is RunState.FAILED
    assert [(output.asset, list(output.subset)) for output in outcome.outputs] == [("rain", [4])]
    assert [(step.name, step.state) for step in outcome.steps] == [
        ("rain", RunState.COMPLETED),
        ("flood", RunState.FAILED),
    ]


def test_an_endless_loop_is_canceled_within_a_second(new_pool, drive_workers):
    pool = new_pool(ENDLESS)
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.submit(task_of(1, "rain", ordinals=[0]), task_of(2, "rain", ordinals=[1]))
    driver.until_started(1, 2)
    pids = [read_pid(pool, f"pid_2024-01-0{day}") for day in (1, 2) if until_file(pool, f"pid_2024-01-0{day}")]
    driver.executor.stop([1, 2, 3])
    outcomes = driver.until_ended(1, 2)
    assert [outcome.state for outcome in outcomes] == [RunState.CANCELED] * 2
    for pid in pids:
        wait_until_gone(pid)
    assert driver.texts(1, "stdout") == ["about to turn"]


def until_file(pool, name: str) -> bool:
    deadline = time.monotonic() + 30
    path = pool.project.folder / name
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{name} was never written"
        time.sleep(0.005)
    return True


def test_stopping_one_run_leaves_the_others(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain(context):
            while not (HERE / "go").exists():
                time.sleep(0.005)
            return 1
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(4)))
    driver.until_started(0, 1)
    driver.executor.stop([0, 3])
    stopped = driver.until_ended(0, 3)
    assert [outcome.state for outcome in stopped] == [RunState.CANCELED] * 2
    (pool.project.folder / "go").write_text("")
    assert [outcome.state for outcome in driver.until_ended(1, 2)] == [RunState.COMPLETED] * 2
    assert 3 not in driver.started


def test_a_subprocess_dies_with_the_run_that_is_canceled(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            child = subprocess.Popen([sys.executable, "-c", "import time; print('child', flush=True); time.sleep(600)"])
            (HERE / "child").write_text(str(child.pid))
            child.wait()
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.submit(task_of(1, "rain"))
    driver.until(lambda: driver.texts(1, "stdout") == ["child"])
    child = read_pid(pool, "child")
    driver.executor.stop([1])
    driver.until_ended(1)
    wait_until_gone(child)


def test_a_subprocess_that_outlives_its_run_holds_nothing_up(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain(context):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (HERE / f"child_{context.partition_key}").write_text(str(child.pid))
            child.returncode = 0  # left behind on purpose
            if context.partition_key == "2024-01-02":
                os._exit(1)
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    first, second = driver.run(task_of(0, "rain", ordinals=[0]), task_of(1, "rain", ordinals=[1]))
    assert (first.state, second.state) == (RunState.COMPLETED, RunState.FAILED)
    for day in (1, 2):
        os.kill(read_pid(pool, f"child_2024-01-0{day}"), 9)


def test_a_fork_that_holds_the_pipes_does_not_hide_the_end_of_its_parent(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            child = os.fork()
            if child == 0:
                time.sleep(600)
                os._exit(0)
            (HERE / "child").write_text(str(child))
            os._exit(5)
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    (outcome,) = driver.run(task_of(1, "rain"))
    assert "exit code 5" in outcome.error.message
    os.kill(read_pid(pool, "child"), 9)


def test_prints_from_below_python_are_caught(drive_workers):
    driver = drive_workers(
        """
        import ctypes

        @rs.Asset(partitions_def=days)
        def rain():
            print("from Python")
            os.write(1, b"written to descriptor 1\\n")
            os.write(2, "Stra\\u00dfe".encode())
            ctypes.CDLL(None).puts(b"held back by the C library")
            subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        """,
        "rain",
    )
    driver.run(task_of(1, "rain"), task_of(2, "rain", ordinals=[1]))
    for number in (1, 2):
        assert sorted(driver.texts(number, "stdout")) == [
            "from Python",
            "from a child",
            "held back by the C library",
            "written to descriptor 1",
        ]
        assert driver.texts(number, "stderr") == ["Straße"]


def test_prints_of_threads_and_of_the_logging_module_belong_to_the_run(drive_workers):
    driver = drive_workers(
        """
        import logging, threading

        @rs.Asset(partitions_def=days)
        def rain():
            thread = threading.Thread(target=print, args=("from a thread",))
            thread.start()
            thread.join()
            logging.getLogger("gauges").info("gauge %d", 7)
        """,
        "rain",
    )
    driver.run(task_of(1, "rain"))
    assert driver.texts(1, "stdout") == ["from a thread"]
    assert [(line.level, line.text) for line in driver.lines(1) if line.source == "log"] == [("info", "gauge 7")]


def test_a_run_that_prints_without_end_keeps_head_and_tail(drive_workers):
    driver = drive_workers(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            for number in range(100_000):
                print("line", number)
        """,
        "rain",
    )
    driver.run(task_of(1, "rain"))
    texts = driver.texts(1, "stdout")
    assert len(texts) < 10_000
    assert (texts[0], texts[-1]) == ("line 0", "line 99999")
    assert any("lines were left out here" in text for text in driver.texts(1, "rivers"))


def test_a_step_that_takes_too_long_is_killed_and_fails(new_pool, drive_workers):
    driver = drive_workers(
        """
        @rs.Asset(partitions_def=days, timeout_seconds=0.2)
        def rain():
            print("before")
            while True:
                pass
        """,
        "rain",
    )
    (outcome,) = driver.run(task_of(1, "rain"))
    assert outcome.state is RunState.FAILED
    assert outcome.error.message == "rain ran longer than its timeout of 0.2 seconds and was stopped."
    assert driver.texts(1, "stdout") == ["before"]


def test_a_lost_worker_is_retried_where_the_policy_says_so(new_pool, drive_workers):
    pool = new_pool(
        """
        policy = rs.RetryPolicy(max_retries=2, retry_on=rs.RetryOn.TRANSIENT)

        @rs.Asset(partitions_def=days, retry=policy)
        def rain():
            tries = HERE / "tries"
            tries.write_text((tries.read_text() if tries.exists() else "") + "x")
            if len(tries.read_text()) < 3:
                os._exit(1)
            return 1
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    (outcome,) = driver.run(task_of(1, "rain"))
    assert outcome.state is RunState.COMPLETED
    assert sum("It is tried again." in text for text in driver.texts(1, "rivers")) == 2


def test_what_waits_behind_a_run_that_turns_out_long_goes_to_a_worker_that_is_started_for_it(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain(context):
            while context.partition_key > "2024-01-20" and not (HERE / "go").exists():
                time.sleep(0.005)
        """,
        slots=1,
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(8)))  # so short that it sends ahead
    pool.set_slots(2)
    for number in (20, 21):
        driver.submit(task_of(number, "rain", ordinals=[number]))
    driver.until_started(20, 21)
    (pool.project.folder / "go").write_text("")
    assert [outcome.state for outcome in driver.until_ended(20, 21)] == [RunState.COMPLETED] * 2


def test_recalled_runs_come_back_and_those_that_run_go_on(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            while not (HERE / "go").exists():
                time.sleep(0.005)
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(6)))
    driver.until_started(0, 1)
    driver.executor.recall()
    driver.until(lambda: sum(len(one.run_numbers) for one in driver.returned) == 4)
    (pool.project.folder / "go").write_text("")
    assert [outcome.state for outcome in driver.until_ended(0, 1)] == [RunState.COMPLETED] * 2
    assert driver.started == {0, 1}
    assert {one.reason for one in driver.returned} == {ReturnReason.RECALLED}


def test_what_waits_behind_a_run_that_turned_out_long_goes_elsewhere(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain(context):
            while context.partition_key == "2024-04-10" and not (HERE / "go").exists():
                time.sleep(0.005)
        """
    )
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.run(*(task_of(number, "rain", ordinals=[number]) for number in range(50)))
    tasks = [task_of(number, "rain", ordinals=[number]) for number in range(100, 200)]
    driver.submit(*tasks)
    driver.until_ended(*(task.run_number for task in tasks[1:]))
    assert 100 not in driver.outcomes
    (pool.project.folder / "go").write_text("")
    driver.until_ended(100)


def test_backfills_share_the_workers_fairly(new_pool, drive_workers):
    pool = new_pool(
        """
        @rs.Asset(partitions_def=days)
        def rain():
            time.sleep(0.005)
        """,
        slots=1,
    )
    first = drive_workers(pool=pool, grids=grids_of("rain"))
    second = drive_workers(pool=pool, grids=grids_of("rain"))
    first.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(200)))
    first.until_started(0)
    second.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(1000, 1010)))
    second.until_ended(*range(1000, 1010))
    first.reports += first.executor.collect(0)
    assert len(first.outcomes) < 200


def test_changed_code_gives_the_tasks_back(new_pool, drive_workers):
    pool = new_pool(CRASHING)
    planned = pool.spec().code_fingerprint
    driver = drive_workers(pool=pool, grids=grids_of("rain"), fingerprint=planned)
    driver.run(task_of(1, "rain"))
    code = pool.project.code
    code.write_text(code.read_text() + "\n# edited\n")
    pool.reload()
    driver.submit(task_of(2, "rain"), task_of(3, "rain"))
    driver.until(lambda: bool(driver.returned))
    (returned,) = driver.returned
    assert (returned.run_numbers, returned.reason) == ((2, 3), ReturnReason.CODE_CHANGED)
    assert driver.executor.capacity(4) == 0


def test_code_that_no_longer_loads_gives_the_tasks_back(new_pool, drive_workers):
    pool = new_pool(CRASHING)
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.run(task_of(2, "rain", ordinals=[2]))
    code = pool.project.code
    code.write_text(code.read_text() + "\nimport no_such_module\n")
    driver.submit(*(task_of(number, "rain", ordinals=[2]) for number in range(10, 20)))
    driver.until(lambda: bool(driver.returned))
    (returned,) = driver.returned
    assert returned.reason is ReturnReason.LOAD_FAILED
    assert "imports no_such_module, which is not installed" in returned.message


def test_closing_an_executor_ends_its_runs_and_no_others(new_pool, drive_workers):
    pool = new_pool(ENDLESS)
    one = drive_workers(pool=pool, grids=grids_of("rain"))
    other = drive_workers(pool=pool, grids=grids_of("rain"))
    one.wanted = other.wanted = 1
    one.executor.capacity(1)
    other.executor.capacity(1)
    one.submit(task_of(1, "rain", ordinals=[0]))
    one.until_started(1)
    other.submit(task_of(2, "rain", ordinals=[1]))
    other.until_started(2)
    until_file(pool, "pid_2024-01-01")
    until_file(pool, "pid_2024-01-02")
    one.executor.close()
    wait_until_gone(read_pid(pool, "pid_2024-01-01"))
    assert psutil.pid_exists(read_pid(pool, "pid_2024-01-02"))


def test_outputs_go_to_the_projects_folder(new_pool, drive_workers):
    pool = new_pool("@rs.Asset(partitions_def=days)\ndef rain():\n    return 1\n")
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.run(task_of(1, "rain"))
    assert any("2024-01-01" in path.name for path in outputs_of(pool).rglob("*"))


def test_secrets_in_a_config_are_covered_in_logs_and_errors(drive_workers):
    driver = drive_workers(
        """
        from pydantic import BaseModel, SecretStr

        class Access(BaseModel):
            token: SecretStr

        @rs.Asset(partitions_def=days)
        def rain(context: rs.AssetExecutionContext[Access]):
            print("using", context.config.token.get_secret_value())
            os.write(1, context.config.token.get_secret_value().encode() + b"\\n")
            raise ValueError(f"{context.config.token.get_secret_value()} was refused")
        """,
        "rain",
    )
    (outcome,) = driver.run(task_of(1, "rain", config={"rain": {"token": "open-sesame"}}))
    assert outcome.error.message == "********** was refused"
    everything = "\n".join(line.text for line in driver.lines(1)) + outcome.error.traceback
    assert "using **********" in everything
    assert "open-sesame" not in everything


def test_processes_that_user_code_starts_find_the_project_and_the_alias(drive_workers):
    driver = drive_workers(
        """
        import multiprocessing

        def measure(day):
            from rivers import PartitionKey
            return str(PartitionKey.single(day))

        @rs.Asset(partitions_def=days)
        def rain(context):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                context.log.info(" ".join(pool.map(measure, ["2024-01-01", "2024-01-02"])))
        """,
        "rain",
    )
    (outcome,) = driver.run(task_of(1, "rain"))
    assert outcome.error is None
    assert driver.texts(1, "log") == ["2024-01-01 2024-01-02"]


def test_runs_of_a_pool_that_closes_are_answered(new_pool, drive_workers):
    pool = new_pool(ENDLESS)
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    driver.submit(*(task_of(number, "rain", ordinals=[number]) for number in range(5)))
    driver.until_started(0, 1)
    pool.close()
    outcomes = driver.until_ended(0, 1)
    assert [outcome.state for outcome in outcomes] == [RunState.CANCELED] * 2
    returned = [number for one in driver.returned for number in one.run_numbers]
    assert sorted(returned) == [2, 3, 4]
    driver.executor.close()


def test_workers_that_end_before_they_begin_a_run_are_given_up(drive_workers):
    driver = drive_workers(
        """
        import threading
        from rivers.location.worker import Worker

        # As a library might that goes wrong in a thread of its own.
        Worker._run = lambda self, ordered: os._exit(4)

        @rs.Asset(partitions_def=days)
        def rain():
            return 1
        """,
        "rain",
    )
    driver.submit(task_of(1, "rain"), task_of(2, "rain"))
    driver.until(lambda: sum(len(one.run_numbers) for one in driver.returned) == 2)
    assert driver.returned[0].reason is ReturnReason.LOAD_FAILED
    assert driver.returned[0].message == (
        "Worker processes end before they begin a run; the last one ended by itself with exit code 4."
    )
    assert driver.executor.capacity(2) == 0


def test_a_worker_that_dies_while_it_is_idle_is_replaced(new_pool, drive_workers):
    pool = new_pool(RAIN_PID)
    driver = drive_workers(pool=pool, grids=grids_of("rain"))
    (first,) = driver.run(task_of(1, "rain"))
    pid = first.outputs[0].metadata["pid"]
    os.kill(pid, 9)
    wait_until_gone(pid)
    (second,) = driver.run(task_of(2, "rain"))
    assert second.state is RunState.COMPLETED
    assert second.outputs[0].metadata["pid"] != pid


RAIN_PID = """
@rs.Asset(partitions_def=days)
def rain(context):
    context.add_output_metadata({"pid": os.getpid()})
    return 1
"""
