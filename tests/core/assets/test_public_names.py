"""The names a code location uses, and what importing them costs."""

import subprocess
import sys

import pytest

import rivers_core as rs
from rivers_core.exceptions import AssetDefinitionError

HEAVY = ("numpy", "sqlalchemy", "PySide6", "duckdb", "pandas", "polars", "pyarrow", "fsspec", "croniter")


@pytest.mark.parametrize("name", rs.__all__)
def test_every_public_name_is_there(name):
    assert getattr(rs, name) is not None


def test_declaring_a_repository_loads_nothing_heavy():
    code = """
import sys
import rivers_core as rs
from datetime import datetime

@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=datetime(2024, 1, 1)), retry=rs.RetryPolicy(2))
def tides(context: rs.AssetExecutionContext): ...

@rs.Asset(io_handler=rs.ParquetIOHandler("outputs"), partitions_def=tides.partitions_def)
def waves(tides, self: rs.SelfDependency[int]): ...

repository = rs.CodeRepository(assets=[tides, waves], default_executor=rs.Executor.threads())
repository.validate()
repository.spec()
print(*[name for name in sys.argv[1:] if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)

    assert found.stdout.split() == []


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("DeltaIOHandler", "Delta tables"),
        ("IcebergIOHandler", "Iceberg tables"),
        ("Hook", "Hooks"),
        ("Compute", "Kubernetes"),
        ("RunBackendConfig", "Run backends"),
        ("BashTask", "Shell tasks"),
    ],
)
def test_names_of_features_that_are_not_here_are_refused_with_feature_and_line(name, feature):
    with pytest.raises(AssetDefinitionError) as raised:
        getattr(rs, name)

    assert feature in str(raised.value)
    assert str(raised.value).startswith("test_public_names.py:")


def test_importing_such_a_name_says_the_same():
    with pytest.raises(AssetDefinitionError, match="Delta tables \\(DeltaIOHandler\\) are not part of Rivers Desktop"):
        exec("from rivers_core import DeltaIOHandler")


def test_an_unknown_name_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Tide'"):
        rs.Tide  # noqa: B018  # reading it is the act


def test_every_error_that_is_named_in_the_api_is_there():
    names = (
        "AssetDefinitionError AssetNotFoundError ConfigurationError ExecutionError GraphValidationError "
        "NodeNotFoundError PartitionDefinitionError PartitionValidationError StorageError"
    )

    assert all(issubclass(getattr(rs.exceptions, name), rs.exceptions.RiversError) for name in names.split())


def test_what_schedules_and_sensors_are_written_with_loads():
    @rs.Sensor.run_status(rs.RunStatus.Failure, monitored_jobs=["nightly"])
    def on_failure(context: rs.RunStatusSensorContext[int]): ...

    @rs.Schedule(cron_schedule="@daily", job_name="nightly", default_status=rs.ScheduleStatus.Running)
    def nightly(context: rs.ScheduleEvaluationContext):
        return [rs.RunRequest(partition_key="2024-01-01"), rs.SkipReason("none")]

    assert (on_failure.name, nightly.name) == ("on_failure", "nightly")
    assert len(nightly(None)) == 2


def test_typed_metadata_becomes_plain_values():
    values = [
        rs.MetadataValue.text("a"),
        rs.MetadataValue.int(3),
        rs.MetadataValue.float_(0.5),
        rs.MetadataValue.bool_(True),
        rs.MetadataValue.url("https://example.org"),
        rs.MetadataValue.json('{"a": 1}'),
        rs.MetadataValue.null(),
        rs.MetadataValue.sql("select 1", dialect="duckdb"),
        rs.MetadataValue.list_([1, 2]),
        rs.MetadataValue.date_range(1, 2),
    ]

    assert values == ["a", 3, 0.5, True, "https://example.org", {"a": 1}, None, "select 1", [1, 2], ["1", "2"]]
