"""The pool of worker processes: questions, reloading, and that nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from rivers_core.exceptions import CodeLocationError, ExecutionError
from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset
from rivers_core.steps.task import Grids, RunOutcome, RunTask

CODE = """
import datetime
import rivers as rs
from pydantic import BaseModel, Field

days = rs.PartitionsDefinition.daily(start=datetime.datetime(2024, 1, 1), end=datetime.datetime(2024, 2, 1))

class Settings(BaseModel):
    depth: int = Field(default=1, ge=1)

@rs.Asset(partitions_def=days)
def rain(context: rs.AssetExecutionContext[Settings]):
    return [{"day": context.partition_key, "mm": 1.5}, {"day": context.partition_key, "mm": float("nan")}]

@rs.Asset
def station():
    return {"name": "Mill Creek", "height": 312}

repo = rs.CodeRepository(assets=[rain, station])
"""


@pytest.fixture
def project(tmp_path) -> Project:
    (tmp_path / "flows.py").write_text(CODE)
    return Project.open(tmp_path)


@pytest.fixture
def pool(project):
    with WorkerPool(project, slots=2) as pool:
        yield pool


def run(pool: WorkerPool, *assets: str, ordinals: tuple[int, ...] = ()) -> RunOutcome:
    """One run through a session of its own."""
    from rivers_core.executors.worker_processes import WorkerProcessExecutor

    spec = pool.spec().asset(assets[0])
    grids, grid = Grids({}, {}), None
    if spec.partitions is not None:
        grid = PartitionsDefinition.from_spec(spec.partitions).fingerprint
        grids = Grids({assets[0]: grid}, {grid: spec.partitions})
    executor = WorkerProcessExecutor(pool)
    executor.open(grids)
    executor.capacity(1)
    executor.submit([RunTask(1, None, assets, grid, Subset.of(ordinals), False)])
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for report in executor.collect(0.1):
                if isinstance(report, RunOutcome):
                    return report
    finally:
        executor.close()
    raise AssertionError("the run never ended")


def test_the_spec_says_what_the_code_holds(pool):
    spec = pool.spec()
    assert [asset.name for asset in spec.assets] == ["rain", "station"]
    assert len(spec.code_fingerprint) == 64
    assert spec.python_version == ".".join(map(str, sys.version_info[:3]))
    assert pool.spec() is spec


def test_reloading_takes_edits_over_and_a_broken_edit_leaves_the_old_spec(pool, project):
    before = pool.spec()
    project.code.write_text(CODE.replace("def station", "def gauge").replace("station]", "gauge]"))
    assert [asset.name for asset in pool.reload().assets] == ["rain", "gauge"]
    assert pool.spec().code_fingerprint != before.code_fingerprint
    project.code.write_text(CODE + "\n1 / 0\n")
    with pytest.raises(CodeLocationError, match=r"flows\.py, line 21, failed .* ZeroDivisionError") as caught:
        pool.reload()
    assert "1 / 0" in caught.value.details
    assert [asset.name for asset in pool.spec().assets] == ["rain", "gauge"]


def test_what_was_printed_while_loading_failed_is_among_the_details(pool, project):
    project.code.write_text("print('gauges are cold')\nraise OSError('frozen')\n")
    with pytest.raises(CodeLocationError) as caught:
        pool.spec()
    assert "gauges are cold" in caught.value.details


def test_code_that_takes_the_process_down_while_loading_is_told(pool, project):
    project.code.write_text("import os\nos._exit(7)\n")
    with pytest.raises(CodeLocationError, match=r"ended by itself with exit code 7 while it loaded flows\.py"):
        pool.spec()


def test_config_problems_come_by_field(pool):
    problems = pool.validate_config({"rain": {"depth": 0, "deepth": 2}, "station": {"any": "thing"}})
    assert {(problem.asset, problem.field) for problem in problems} == {("rain", "depth"), ("rain", "deepth")}
    assert problems[0].sentence.startswith("rain.")
    assert pool.validate_config({"rain": {"depth": 3}}) == []


def test_stored_outputs_are_previewed_as_tables_or_text(pool):
    grid = pool.spec().asset("rain").partitions
    run(pool, "rain", ordinals=(3,))
    table = pool.preview("rain", grid, 3, 1)
    assert (table.columns, table.rows, table.total) == (("day", "mm"), (("2024-01-04", 1.5),), 2)
    assert table.types == ("str", "float")
    assert pool.preview("rain", grid, 3, 10).rows[1] == ("2024-01-04", "nan")
    run(pool, "station")
    assert "Mill Creek" in pool.preview("station", None, -1, 10).text


def test_a_preview_of_nothing_says_so(pool):
    with pytest.raises(ExecutionError, match="rain has no stored output for 2024-01-01"):
        pool.preview("rain", pool.spec().asset("rain").partitions, 0, 10)


def test_stored_outputs_are_found_again(pool):
    grid = pool.spec().asset("rain").partitions
    run(pool, "rain", ordinals=(3,))
    assert pool.outputs_exist("rain", grid, Subset.full(10)) == Subset.of([3])
    assert pool.outputs_exist("station", None, Subset.full(1)) == Subset()
    run(pool, "station")
    assert pool.outputs_exist("station", None, Subset.full(1)) == Subset.full(1)


def test_questions_from_many_threads_are_all_answered(pool):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: pool.validate_config({"rain": {"depth": 0}}), range(40)))
    assert [len(problems) for problems in answers] == [1] * 40


def test_a_worker_loads_nothing_heavy(pool, project):
    project.code.write_text(CODE.replace("return {", "import sys; return sorted(sys.modules) or {"))
    outcome = run(pool, "station")
    assert outcome.error is None
    modules = set(pool.preview("station", None, -1, 10).text.replace("'", "").replace(",", "").split())
    assert {"rivers_core.steps.run", "pydantic"} <= modules
    heavy = {"sqlalchemy", "alembic", "PySide6", "shiboken6", "numpy", "pandas", "pyarrow", "duckdb", "typer", "rich"}
    assert not heavy & {name.strip("[]").partition(".")[0] for name in modules}


def test_a_closed_pool_leaves_no_process_and_takes_no_questions(project):
    before = set(psutil.Process().children(recursive=True))
    pool = WorkerPool(project, slots=2)
    pool.ping()
    assert set(psutil.Process().children(recursive=True)) - before
    pool.close()
    pool.close()
    assert not set(psutil.Process().children(recursive=True)) - before
    with pytest.raises(ExecutionError, match="The project was closed"):
        pool.ping()


def test_closing_does_not_wait_for_code_that_loads_for_ever(project):
    project.code.write_text("from pathlib import Path\n(Path(__file__).parent / 'begun').touch()\nwhile True: pass\n")
    pool = WorkerPool(project, slots=1)
    with ThreadPoolExecutor(1) as threads:
        spec = threads.submit(pool.spec)
        wait_for(lambda: ["begun"] if (project.folder / "begun").exists() else [], 1)
        pool.close()
        with pytest.raises(ExecutionError, match="The project was closed"):
            spec.result(60)


def test_code_that_loads_for_ever_is_given_up(project, monkeypatch):
    monkeypatch.setattr("rivers_core.location.caretaking.LONGEST_LOADING", 0.5)
    project.code.write_text("while True: pass\n")
    with WorkerPool(project) as pool, pytest.raises(CodeLocationError) as caught:
        pool.spec()
    assert str(caught.value) == "flows.py took longer than 0.5 seconds to load and was stopped."


def test_workers_that_nobody_needs_are_ended_but_for_one(project, monkeypatch):
    others = set(psutil.Process().children())
    with WorkerPool(project, slots=2) as pool, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: pool.ping(), range(30)))
        monkeypatch.setattr("rivers_core.location.caretaking.IDLE_SECONDS", 0.0)
        pool.ping()
        wait_for(lambda: ["one"] if len(set(psutil.Process().children()) - others) == 1 else [], 1)


def test_an_interpreter_that_lacks_pydantic_is_told_what_to_do(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = next(path for path in (tmp_path / "venv").rglob("python*") if path.stem == "python")
    (tmp_path / "flows.py").write_text(CODE)
    (tmp_path / "rivers.toml").write_text(f'[project]\ncode = "flows.py"\n[python]\ninterpreter = "{python}"\n')
    with WorkerPool(Project.open(tmp_path)) as pool, pytest.raises(CodeLocationError) as caught:
        pool.spec()
    assert str(caught.value) == (
        f"The Python of this project, {python}, lacks pydantic, which assets need. Install it there: "
        f'"{python}" -m pip install "pydantic>=2.9"'
    )


def test_the_projects_own_interpreter_runs_its_code(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = next(path for path in (tmp_path / "venv").rglob("python*") if path.stem == "python")
    packages = next((tmp_path / "venv").rglob("site-packages"))
    import pydantic

    (packages / "engine_env.pth").write_text(str(Path(pydantic.__file__).parents[1]))
    (tmp_path / "flows.py").write_text(CODE + "\nimport sys\nassert 'venv' in sys.prefix\n")
    (tmp_path / "rivers.toml").write_text(f'[project]\ncode = "flows.py"\n[python]\ninterpreter = "{python}"\n')
    with WorkerPool(Project.open(tmp_path)) as pool:
        assert len(pool.spec().assets) == 2


def test_an_interpreter_that_cannot_start_is_told(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/no/such/shell\n")
    python.chmod(0o755)
    (tmp_path / "flows.py").write_text(CODE)
    (tmp_path / "rivers.toml").write_text('[python]\ninterpreter = "python"\n')
    with WorkerPool(Project.open(tmp_path)) as pool, pytest.raises(CodeLocationError, match="could not be started"):
        pool.spec()


def test_workers_die_with_the_process_that_started_them(project, tmp_path):
    project.code.write_text(
        CODE.replace(
            "return {",
            "Path = __import__('pathlib').Path; import os, subprocess, sys\n"
            "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "    (Path(__file__).parent / 'pids').write_text(f'{os.getpid()} {child.pid}')\n"
            "    while True: pass\n"
            "    return {",
        )
    )
    script = textwrap.dedent(
        f"""
        import time
        from rivers_core.executors.worker_processes import WorkerProcessExecutor
        from rivers_core.location.pool import WorkerPool
        from rivers_core.location.project import Project
        from rivers_core.partitions.subset import Subset
        from rivers_core.steps.task import Grids, RunTask

        executor = WorkerProcessExecutor(WorkerPool(Project.open({str(project.folder)!r})))
        executor.open(Grids({{}}, {{}}))
        executor.submit([RunTask(1, None, ("station",), None, Subset(), False)])
        time.sleep(600)
        """
    )
    engine = subprocess.Popen([sys.executable, "-c", script])
    try:
        pids = wait_for(lambda: read_words(project.folder / "pids"), 2)
    finally:
        engine.kill()
        engine.wait()
    for pid in map(int, pids):
        wait_for(lambda pid=pid: ["gone"] if is_gone(pid) else [], 1)


def read_words(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for(look, count: int) -> list[str]:
    deadline = time.monotonic() + 60
    while len(found := look()) < count:
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
    return found


def test_libraries_get_their_share_of_the_machine(pool, project):
    project.code.write_text(
        CODE.replace(
            "return {",
            "import duckdb, os\n"
            "    ask = \"SELECT current_setting('threads')\"\n"
            "    own = duckdb.connect(config={'threads': 3}).execute(ask).fetchone()[0]\n"
            "    with duckdb.connect(':memory:') as fresh:\n"
            "        found = [fresh.execute(ask).fetchone()[0], duckdb.sql(ask).fetchall()[0][0], own]\n"
            "    return {'threads': found, 'omp': os.environ['OMP_NUM_THREADS'], 'nice': os.nice(0), 'x': {",
        ).replace("312}", "312}}")
    )
    outcome = run(pool, "station")
    assert outcome.error is None, outcome.error
    text = pool.preview("station", None, -1, 10).text
    share = max(1, psutil.cpu_count() // 2)
    assert f"'threads': [{share}, {share}, 3]" in text
    assert f"'omp': '{share}'" in text
    assert "'nice': 10" in text


def test_a_worker_can_be_started_as_a_module(tmp_path):
    worker = subprocess.Popen(
        [sys.executable, "-m", "rivers_core.location.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    (tmp_path / "flows.py").write_text("x = 1\n")
    hello = [
        "hello",
        {
            "folder": str(tmp_path),
            "code": str(tmp_path / "flows.py"),
            "toml": None,
            "outputs": "o",
            "packages": None,
            "threads": 1,
            "memory": 10**9,
        },
    ]
    body = json.dumps(hello).encode()
    worker.stdin.write(len(body).to_bytes(4, "big") + body)
    worker.stdin.flush()
    length = int.from_bytes(worker.stdout.read(4), "big")
    assert json.loads(worker.stdout.read(length)) == ["awake"]
    length = int.from_bytes(worker.stdout.read(4), "big")
    answer = json.loads(worker.stdout.read(length))
    assert answer[0] == "load_failed"
    assert "makes no CodeRepository" in answer[1]
    worker.stdin.close()
    worker.wait(60)
    worker.stdout.close()
