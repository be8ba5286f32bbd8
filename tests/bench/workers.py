"""Measures how fast runs are carried out, apart from storage: in this process, in threads, in worker processes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

from rivers_core.executors.in_process import InProcessExecutor
from rivers_core.executors.protocol import Executor
from rivers_core.executors.threads import ThreadExecutor
from rivers_core.executors.worker_processes import WorkerProcessExecutor
from rivers_core.location.loading import CodePlace, load_code
from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.states import RunState
from rivers_core.steps.task import Grids, RunOutcome, RunStarted, RunTask

_RUNS: Final = 20_000
_AT_ONCE: Final = 4
_DAYS: Final = PartitionsDefinition.daily(datetime(1950, 1, 1), datetime(2100, 1, 1))
_GRIDS: Final = Grids({"trivial": _DAYS.fingerprint}, {_DAYS.fingerprint: _DAYS.to_spec()})
_CODE: Final = """
from datetime import datetime
import rivers as rs

days = rs.PartitionsDefinition.daily(start=datetime(1950, 1, 1), end=datetime(2100, 1, 1))

@rs.Asset(partitions_def=days, io_handler=rs.InMemoryIOHandler())
def trivial(context):
    return 1

@rs.Asset
def stuck():
    while True:
        pass

repo = rs.CodeRepository(assets=[trivial, stuck])
"""


def measure() -> list[dict[str, Any]]:
    """Rows of name, value, unit and target."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench_flows.py"
        file.write_text(_CODE, encoding="utf-8")
        definitions = load_code(CodePlace(file.parent, file)).definitions
        rows = [
            _row("trivial runs in the calling thread", _speed(InProcessExecutor(definitions))[0], "runs/s", 15_000),
            _row("trivial runs in threads", _speed(ThreadExecutor(definitions))[0], "runs/s", 6_000),
        ]
        return rows + _worker_processes(Project.open(file))


def _worker_processes(project: Project) -> list[dict[str, Any]]:
    with WorkerPool(project, slots=2) as pool:
        begin = perf_counter()
        pool.ping()
        ready = perf_counter() - begin
        _speed(WorkerProcessExecutor(pool), 500)
        speed, cost = _speed(WorkerProcessExecutor(pool))
        return [
            _row("first worker ready", ready, "s", 1.0),
            _row("trivial runs in 2 worker processes", speed, "runs/s", 6_000),
            _row("of these, this process's part of a run", cost * 1e6, "µs", 100),
            _row("a stuck run is gone after", _time_to_stop(pool), "s", 0.5),
        ]


def _speed(executor: Executor, runs: int = _RUNS) -> tuple[float, float]:
    """Runs a second, and seconds of this process's processor time for each."""
    tasks = [
        RunTask(at, "b1", ("trivial",), _DAYS.fingerprint, Subset(((at, at + 1),)), batched=False) for at in range(runs)
    ]
    executor.open(_GRIDS)
    try:
        begin, began = perf_counter(), process_time()
        _drive(executor, tasks)
        return runs / (perf_counter() - begin), (process_time() - began) / runs
    finally:
        executor.close()


def _drive(executor: Executor, tasks: Sequence[RunTask]) -> None:
    at = ended = 0
    while ended < len(tasks):
        room = executor.capacity(_AT_ONCE)
        if room and at < len(tasks):
            executor.submit(tasks[at : at + room])
            at += room
        for report in executor.collect(0.1):
            if isinstance(report, RunOutcome):
                assert report.state is RunState.COMPLETED, report
                ended += 1


def _time_to_stop(pool: WorkerPool) -> float:
    """Seconds from `stop` to the outcome of a run that never looks up; the median of three."""
    took = []
    for number in range(3):
        executor = WorkerProcessExecutor(pool)
        executor.open(_GRIDS)
        executor.capacity(1)
        executor.submit([RunTask(number, "b1", ("stuck",), None, Subset(), batched=False)])
        while not any(isinstance(report, RunStarted) for report in executor.collect(1.0)):
            pass
        begin = perf_counter()
        executor.stop([number])
        while not any(isinstance(report, RunOutcome) for report in executor.collect(1.0)):
            pass
        took.append(perf_counter() - begin)
        executor.close()
    return median(took)


def _row(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2, ensure_ascii=False))
