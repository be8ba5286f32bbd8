"""Code locations as rivers' own users write them: what opens, what is listed as not run, what is refused and where."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from rivers_core.engine import Engine
from rivers_core.exceptions import CodeLocationError
from rivers_core.location.loading import CodePlace, load_code
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState

HARBOR = """\
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import rivers as rs

days = rs.PartitionsDefinition.daily(start=datetime(2024, 5, 1), end=datetime(2024, 5, 4))
grid = rs.PartitionsDefinition.multi({"day": days, "port": rs.PartitionsDefinition.static_(["bodo", "tromso"])})


class Folder(rs.BaseIOHandler):
    kept: dict = {}

    def handle_output(self, context: rs.OutputContext, obj: Any) -> None:
        assert isinstance(context.partition.definition, rs.PartitionsDefinition.Multi)
        context.add_output_metadata({"rows": rs.MetadataValue.int(obj)})
        self.kept[str(context.partition.key)] = obj

    def load_input(self, context: rs.InputContext) -> Any:
        return {str(key): len(str(key)) for key in context.partition.keys}


class Crane(rs.Resource):
    tons: int = 4

    def setup(self) -> None:
        print("crane ready")


@rs.Asset(
    partitions_def=grid, io_handler=Folder(), tags=["quay"], kinds="python", group="harbor", code_version="2",
    metadata={"owner": "port"}, pool="crane", retry="twice", automation_condition=rs.AutomationCondition.eager(),
)
def landings(context: rs.AssetExecutionContext, crane: Crane) -> int:
    begin, end = context.partition_time_window
    assert (end - begin).days == 1 and isinstance(context.partition.key, rs.PartitionKey.Multi)
    context.log.info("unloading %s tons in run %s", crane.tons, context.run_id)
    return crane.tons


@rs.Asset(
    partitions_def=days,
    deps=[rs.AssetDef.input("landings", partition_mapping=rs.PartitionMapping.multi_to_single("day"))],
)
def landed(landings: dict) -> int:
    return len(landings)


@rs.Asset.from_multi(output_defs=[rs.AssetDef("cod", type_hint=int), rs.AssetDef("herring")], partitions_def=days)
def sorted_catch() -> Iterator[rs.Output]:
    yield rs.Output(1, output_name="cod", metadata={"boxes": 2}, tags=["fresh"])
    yield rs.Output(value=2, output_name="herring", data_version="v2")


@rs.Asset(partitions_def=days)
def announced() -> rs.Materialization:
    return rs.Materialization(metadata={"sent": True}, data_version="v1", tags=["radio"])


@rs.Task
def gutted(fish: int) -> int:
    return fish - 1


@rs.Task(name="packed", tags=["cold"], retry=rs.RetryPolicy(max_retries=1))
def pack(fish: int, ice: int) -> int:
    return fish * ice


@rs.Asset.from_graph(name="boxes", partitions_def=days, node_io_handler=rs.InMemoryIOHandler())
def boxing(cod: int) -> rs.InvokedNodeOutput:
    clean = gutted(cod)
    return pack(clean, gutted(clean))


nightly = rs.Job(name="nightly", assets=[announced], executor=rs.Executor.in_process())


@rs.Schedule(cron_schedule="0 3 * * *", job_name="nightly", default_status=rs.ScheduleStatus.Running)
def at_three(context: rs.ScheduleEvaluationContext) -> rs.RunRequest:
    return rs.RunRequest()


@rs.Sensor(job_name="nightly", minimum_interval="30s")
def tide(context: rs.SensorEvaluationContext):
    return rs.SkipReason("low tide")


repo = rs.CodeRepository(
    assets=[landings, landed, sorted_catch, announced, boxing],
    tasks=[gutted, pack],
    jobs=[nightly],
    schedules=[at_three],
    sensors=[tide],
    resources={"crane": Crane()},
    default_executor=rs.Executor.parallel(max_workers=2),
    retries={"twice": rs.RetryPolicy(max_retries=2, backoff=rs.Backoff.exponential(0.01, factor=3, jitter=0.1))},
    default_retry_policy="twice",
    pool_limits={"crane": 1},
)
"""


def opened(folder: Path) -> Engine:
    file = folder / "harbor.py"
    file.write_text(HARBOR)
    return Engine.open(file, slots=1)


def refusal(folder: Path, code: str) -> str:
    """What loading the code in this process is refused with."""
    (folder / "harbor.py").write_text(code)
    path = list(sys.path)
    try:
        with pytest.raises(CodeLocationError) as refused:
            load_code(CodePlace(folder, folder / "harbor.py"))
    finally:
        sys.path[:] = path
        sys.modules.pop("harbor", None)
    return str(refused.value)


def test_a_code_location_with_everything_rivers_has_opens_and_every_asset_of_it_runs(tmp_path: Path) -> None:
    with opened(tmp_path) as engine:
        request = BackfillRequest(selection=None, all_partitions=True)
        ended = engine.run(engine.launch(engine.plan(request)).backfill_id)
        assert (ended.state, ended.failed) == (BackfillState.COMPLETED, 0), ended.error
        (first,) = engine.runs(backfill_id=ended.backfill_id, asset="landings")[:1]
        told = " ".join(line.text for line in engine.logs(first.run_id))
        metadata = [engine.partition(name, 0).materialization for name in ("landings", "cod", "announced")]
    assert f"unloading 4 tons in run {first.run_id}" in told
    assert [one.metadata for one in metadata if one is not None] == [{"rows": 4}, {"boxes": 2}, {"sent": True}]


def test_schedules_sensors_and_conditions_are_listed_as_not_run(tmp_path: Path) -> None:
    with opened(tmp_path) as engine:
        listed = engine.spec().not_run_here
    lines = HARBOR.splitlines()
    schedule = 1 + next(at for at, line in enumerate(lines) if line.startswith("@rs.Schedule"))
    sensor = 1 + next(at for at, line in enumerate(lines) if line.startswith("@rs.Sensor"))
    assert list(listed) == [
        f"the schedule 'at_three' (harbor.py:{schedule})",
        f"the sensor 'tide' (harbor.py:{sensor})",
        "the automation condition of the asset 'landings'",
    ]


ASSET = "@rs.Asset({})\ndef catch():\n    return 1\n\nrepo = rs.CodeRepository(assets=[catch]{})\n"


@pytest.mark.parametrize(
    ("written", "shared", "feature"),
    [
        ("io_handler=rs.DeltaIOHandler('s3://sea')", "", "Delta tables"),
        ("io_handler=rs.IcebergIOHandler()", "", "Iceberg tables"),
        ("hooks=[rs.Hook.success(print)]", "", "Hooks"),
        ("hooks=[print]", "", "Hooks"),
        ("compute=rs.Compute(memory='2Gi')", "", "Kubernetes"),
        ("actions=[rs.AssetAction(name='optimize')]", "", "Asset actions"),
        ("", ", default_executor=rs.Executor.kubernetes()", "Kubernetes"),
        ("", ", run_backend=rs.RunBackendConfig.kubernetes()", "Run backends"),
        ("", ", run_queue=rs.RunQueueConfig(3)", "run queues"),
    ],
)
def test_what_rivers_has_and_rivers_desktop_has_not_is_refused_with_the_feature_and_its_line(
    tmp_path: Path, written: str, shared: str, feature: str
) -> None:
    code = "import rivers as rs\n\n" + ASSET.format(written, shared)
    line = 3 if written else 7
    refused = refusal(tmp_path, code)
    assert feature in refused
    assert f"harbor.py:{line}" in refused


def test_importing_a_handler_that_is_not_there_is_refused_with_its_line(tmp_path: Path) -> None:
    code = "import rivers as rs\nfrom rivers import Asset, DeltaIOHandler\nrepo = rs.CodeRepository(assets=[])\n"
    assert "harbor.py:2: Delta tables (DeltaIOHandler)" in refusal(tmp_path, code)


def test_modules_of_rivers_are_found_where_rivers_has_them(tmp_path: Path) -> None:
    code = (
        "from rivers.exceptions import ExecutionError\n"
        "from rivers.io_handlers import BaseIOHandler, InMemoryIOHandler, PickleIOHandler\n"
        "from rivers.io_handlers.pickle import PickleIOHandler as Same\n"
        "from rivers.resource import Resource\n"
        "import rivers as rs\n"
        "assert (PickleIOHandler, BaseIOHandler, Resource) == (rs.PickleIOHandler, rs.BaseIOHandler, rs.Resource)\n"
        "assert Same is PickleIOHandler and ExecutionError is rs.exceptions.ExecutionError\n"
        "repo = rs.CodeRepository(assets=[])\n"
    )
    (tmp_path / "harbor.py").write_text(code)
    with Engine.open(tmp_path / "harbor.py", slots=1) as engine:
        assert engine.spec().assets == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("from rivers.integrations.dbt import DbtProject", "Integrations with other tools (rivers.integrations)"),
        ("from rivers.io_handlers.delta import DeltaIOHandler", "Delta tables (rivers.io_handlers.delta)"),
        ("from rivers.io_handlers import DeltaIOHandler", "Delta tables (DeltaIOHandler)"),
        ("from rivers.testing import memory_storage", "Fixtures for tests (rivers.testing)"),
    ],
)
def test_a_module_of_rivers_that_is_not_there_is_refused_with_its_line_told_once(
    tmp_path: Path, written: str, said: str
) -> None:
    refused = refusal(tmp_path, f"import rivers as rs\n{written}\nrepo = rs.CodeRepository(assets=[])\n")
    assert refused.startswith(f"harbor.py:2: {said} are not part of Rivers Desktop")


def test_code_that_can_do_without_a_module_of_rivers_opens(tmp_path: Path) -> None:
    code = (
        "import rivers as rs\ntry:\n    from rivers.integrations.slack import tell\nexcept ImportError:\n"
        "    tell = print\nrepo = rs.CodeRepository(assets=[])\n"
    )
    (tmp_path / "harbor.py").write_text(code)
    with Engine.open(tmp_path / "harbor.py", slots=1) as engine:
        assert engine.spec().assets == ()


def test_the_name_rivers_is_lent_to_code_locations_and_taken_by_no_package_of_ours() -> None:
    assert "rivers" not in sys.modules
    for name, owners in importlib.metadata.packages_distributions().items():
        assert name != "rivers" or "rivers-desktop" not in owners
    required = importlib.metadata.requires("rivers-desktop") or []
    assert required
    assert not [one for one in required if one.partition(" ")[0] == "rivers"]
