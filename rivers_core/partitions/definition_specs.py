"""Rebuilds a partitions definition from the JSON that another process or the database kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import LoneDefinition, PartitionsDefinition
from rivers_core.partitions.listed_definitions import DynamicPartitions, StaticPartitions
from rivers_core.partitions.multi_definitions import MultiPartitions
from rivers_core.partitions.time_definitions import TimePartitions


def definition_from_spec(spec: Mapping[str, Any]) -> PartitionsDefinition:
    """The definition a spec describes; raises PartitionDefinitionError for one of no known kind."""
    if spec.get("kind") == "multi":
        return MultiPartitions(tuple((name, _lone(part)) for name, part in spec["dimensions"]))
    return _lone(spec)


def _lone(spec: Mapping[str, Any]) -> LoneDefinition:
    match spec.get("kind"):
        case "static":
            return StaticPartitions(tuple(spec["keys"]))
        case "dynamic":
            keys = spec.get("keys")
            return DynamicPartitions(spec["name"], None if keys is None else tuple(keys))
        case "time":
            return TimePartitions(
                cadence=spec["cadence"],
                start=datetime.fromisoformat(spec["start"]),
                end=datetime.fromisoformat(spec["end"]) if spec["end"] else None,
                fmt=spec["fmt"],
                interval_seconds=spec["interval_seconds"],
                cron_schedule=spec["cron_schedule"],
            )
        case kind:
            raise PartitionDefinitionError(f"There is no kind of partitions definition named {kind!r}.")
