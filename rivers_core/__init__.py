"""The engine of Rivers Desktop: what a code location uses, as `import rivers_core as rs`.

Every name is loaded when it is first used, so that a worker process imports no more than its code asks for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rivers_core import exceptions
    from rivers_core.assets.asset import Asset, ExternalAsset, GraphAsset, MultiAsset
    from rivers_core.assets.asset_def import AssetDef
    from rivers_core.assets.asset_def import Dependency as DepDef
    from rivers_core.assets.context import AssetExecutionContext, TaskExecutionContext
    from rivers_core.assets.job import Job
    from rivers_core.assets.metadata import MetadataValue
    from rivers_core.assets.not_run import AutomationCondition, Schedule, Sensor
    from rivers_core.assets.outputs import Materialization, Output, SelfDependency
    from rivers_core.assets.partition_context import PartitionContext
    from rivers_core.assets.resource import Resource
    from rivers_core.assets.retries import Backoff, FailureReason, RetryOn, RetryPolicy
    from rivers_core.assets.task import Task
    from rivers_core.executors.choice import Executor
    from rivers_core.io_handlers.base import BaseIOHandler
    from rivers_core.io_handlers.contexts import InputContext, OutputContext
    from rivers_core.io_handlers.memory import InMemoryIOHandler
    from rivers_core.io_handlers.parquet import ParquetIOHandler
    from rivers_core.io_handlers.pickle import PickleIOHandler
    from rivers_core.partitions.definitions import PartitionsDefinition
    from rivers_core.partitions.keys import PartitionKey
    from rivers_core.partitions.mapping import PartitionMapping
    from rivers_core.partitions.ranges import PartitionKeyRange
    from rivers_core.partitions.strategy import BackfillStrategy
    from rivers_core.repository import CodeRepository
    from rivers_core.script_results import BackfillResult, BackfillStatus, RunResult
    from rivers_core.script_storage import Storage
    from rivers_core.states import BackfillState

    SingleAsset = Asset

__all__ = [
    "Asset",
    "AssetDef",
    "AssetExecutionContext",
    "AutomationCondition",
    "BackfillResult",
    "BackfillState",
    "BackfillStatus",
    "BackfillStrategy",
    "Backoff",
    "BaseIOHandler",
    "CodeRepository",
    "DepDef",
    "Executor",
    "ExternalAsset",
    "FailureReason",
    "GraphAsset",
    "InMemoryIOHandler",
    "InputContext",
    "Job",
    "Materialization",
    "MetadataValue",
    "MultiAsset",
    "Output",
    "OutputContext",
    "ParquetIOHandler",
    "PartitionContext",
    "PartitionKey",
    "PartitionKeyRange",
    "PartitionMapping",
    "PartitionsDefinition",
    "PickleIOHandler",
    "Resource",
    "RetryOn",
    "RetryPolicy",
    "RunResult",
    "Schedule",
    "SelfDependency",
    "Sensor",
    "SingleAsset",
    "Storage",
    "Task",
    "TaskExecutionContext",
    "exceptions",
]

# Where each name lives: a module, and the name there where it differs.
_HOMES = {
    "Asset": "assets.asset",
    "AssetDef": "assets.asset_def",
    "AssetExecutionContext": "assets.context",
    "AssetRecord": "script_storage",
    "AutomationCondition": "assets.not_run",
    "BackfillRequest": "assets.not_run:Request",
    "BackfillResult": "script_results",
    "BackfillState": "states",
    "BackfillStatus": "script_results",
    "BackfillStrategy": "partitions.strategy",
    "Backoff": "assets.retries",
    "BaseIOHandler": "io_handlers.base",
    "CodeRepository": "repository",
    "DepDef": "assets.asset_def:Dependency",
    "EvalMode": "assets.not_run:Choice",
    "Executor": "executors.choice",
    "ExternalAsset": "assets.asset",
    "FailureReason": "assets.retries",
    "GraphAsset": "assets.asset",
    "InMemoryIOHandler": "io_handlers.memory",
    "InputContext": "io_handlers.contexts",
    "InvokedNodeOutput": "assets.composition:TaskResult",
    "Job": "assets.job",
    "Materialization": "assets.outputs",
    "MetadataValue": "assets.metadata",
    "MultiAsset": "assets.asset",
    "Output": "assets.outputs",
    "OutputContext": "io_handlers.contexts",
    "ParquetIOHandler": "io_handlers.parquet",
    "PartitionContext": "assets.partition_context",
    "PartitionKey": "partitions.keys",
    "PartitionKeyRange": "partitions.ranges",
    "PartitionMapping": "partitions.mapping",
    "PartitionsDefinition": "partitions.definitions",
    "PickleIOHandler": "io_handlers.pickle",
    "Resource": "assets.resource",
    "RetryOn": "assets.retries",
    "RetryPolicy": "assets.retries",
    "RunRecord": "records",
    "RunRequest": "assets.not_run:Request",
    "RunResult": "script_results",
    "RunStatus": "assets.not_run:Choice",
    "RunStatusSensorContext": "assets.not_run:Request",
    "Schedule": "assets.not_run",
    "ScheduleEvaluationContext": "assets.not_run:Request",
    "ScheduleStatus": "assets.not_run:Choice",
    "SelfDependency": "assets.outputs",
    "Sensor": "assets.not_run",
    "SensorEvaluationContext": "assets.not_run:Request",
    "SensorResult": "assets.not_run:Request",
    "SensorStatus": "assets.not_run:Choice",
    "SingleAsset": "assets.asset:Asset",
    "SkipReason": "assets.not_run:Request",
    "StaleCause": "script_storage",
    "Storage": "script_storage",
    "StoredEvent": "script_storage",
    "Task": "assets.task",
    "TaskExecutionContext": "assets.context",
}


def __getattr__(name: str) -> Any:
    if name == "exceptions":
        return import_module("rivers_core.exceptions")
    if name not in _HOMES:
        from rivers_core.assets.unavailable import refusal

        if (error := refusal(name)) is not None:
            raise error
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, there = _HOMES[name].partition(":")
    found = getattr(import_module(f"{__name__}.{module}"), there or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
